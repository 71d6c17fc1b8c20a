import { Component, type ComponentChildren } from "preact";

/** A bug in one page must not take the navigation with it. */
export class ErrorBoundary extends Component<{ children: ComponentChildren }, { failure: string | null }> {
  override state = { failure: null };

  static override getDerivedStateFromError(error: unknown): { failure: string } {
    return { failure: error instanceof Error ? error.message : String(error) };
  }

  override render() {
    if (this.state.failure === null) return <>{this.props.children}</>;
    return (
      <div class="face face-failed" role="alert">
        <h1>This page has a fault</h1>
        <p>Everything else goes on: events are taken in and counted. Load the page again; if it comes back, report this line.</p>
        <p class="mono">{this.state.failure}</p>
        <button type="button" class="button" onClick={() => location.reload()}>
          Load again
        </button>
      </div>
    );
  }
}
