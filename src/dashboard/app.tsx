import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ErrorBoundary } from "./ui/error-boundary.tsx";
import { KeyHelp, useGlobalKeys } from "./keys.tsx";
import { LiveBanner, LiveDot } from "./ui/live-status.tsx";
import { Icon, type IconName } from "./ui/icons.tsx";
import { Announcer } from "./ui/announcer.tsx";
import { ActionError, useAction } from "./ui/controls.tsx";
import type { ConfigKind } from "./api-types.ts";
import { AccountPage } from "./pages/account/account-page.tsx";
import { isKind } from "./pages/scoring/kinds.ts";
import { DeadLettersPage } from "./pages/dead-letters/dead-letters-page.tsx";
import { DeliveryPage } from "./pages/delivery/delivery-page.tsx";
import { PortfolioPage } from "./pages/portfolio/portfolio-page.tsx";
import { SettingsPage } from "./pages/settings/settings-page.tsx";
import { SignInPage } from "./pages/sign-in-page.tsx";
import { TasksPage } from "./pages/tasks/tasks-page.tsx";
import { loadUsage } from "./pages/usage/load-usage.ts";
import { SourcesPage } from "./pages/sources/sources-page.tsx";
import { WelcomePage } from "./pages/welcome/welcome-page.tsx";
import { navigate, usePlace } from "./router.ts";
import { readSession, signOut, useSession } from "./session.ts";
import { Skeleton } from "./ui/faces.tsx";
import { useLazy } from "./ui/lazy.ts";

type Page = { readonly title: string; readonly view: ComponentChildren };

/** Null for what is no text in the address's encoding: there is no such page. */
function decoded(part: string | undefined): string | null {
  try {
    return part === undefined ? null : decodeURIComponent(part);
  } catch {
    return null;
  }
}

function Usage() {
  const pages = useLazy("usage", loadUsage);
  if (pages !== null) return <pages.UsagePage />;
  return (
    <>
      <h1 class="unseen">Usage</h1>
      <Skeleton rows={8} />
    </>
  );
}

/** The editor of scoring comes only with whoever opens it. */
const loadScoring = () => import("./pages/scoring/scoring.ts");

function Scoring({ kind, id }: { kind: ConfigKind; id: string | null }) {
  const pages = useLazy("scoring", loadScoring);
  if (pages === null)
    return (
      <>
        <h1 class="unseen">Scoring</h1>
        <Skeleton rows={8} />
      </>
    );
  return id === null ? <pages.ScoringPage /> : <pages.DocumentPage kind={kind} id={id} />;
}

/** So does the back-test. */
const loadRisk = () => import("./pages/risk/risk.ts");

function BackTest() {
  const pages = useLazy("risk", loadRisk);
  if (pages !== null) return <pages.RiskPage />;
  return (
    <>
      <h1 class="unseen">Back-test</h1>
      <Skeleton rows={8} />
    </>
  );
}

/** And the runs of jobs. */
const loadJobs = () => import("./pages/jobs/jobs.ts");

function Jobs() {
  const pages = useLazy("jobs", loadJobs);
  if (pages !== null) return <pages.JobsPage />;
  return (
    <>
      <h1 class="unseen">Jobs</h1>
      <Skeleton rows={8} />
    </>
  );
}

function scoringOf(path: string): Page | null {
  if (/^\/settings\/scorecards\/?$/.test(path)) return { title: "Scoring", view: <Scoring kind="scorecards" id={null} /> };
  const [, kind = "", part] = /^\/settings\/([a-z]+)\/([^/]+)\/?$/.exec(path) ?? [];
  const id = decoded(part);
  return id === null || !isKind(kind) ? null : { title: id, view: <Scoring key={`${kind} ${id}`} kind={kind} id={id} /> };
}

function pageOf(path: string): Page {
  const id = decoded(/^\/accounts\/([^/]+)\/?$/.exec(path)?.[1]);
  if (id !== null) {
    return { title: id, view: <AccountPage key={id} id={id} /> };
  }
  const delivery = decoded(/^\/deliveries\/([^/]+)\/?$/.exec(path)?.[1]);
  if (delivery !== null) return { title: "Delivery", view: <DeliveryPage key={delivery} id={delivery} /> };
  if (path === "/" || path === "/accounts" || path === "/portfolio") return { title: "Portfolio", view: <PortfolioPage /> };
  if (path === "/welcome") return { title: "Start", view: <WelcomePage /> };
  if (path === "/tasks") return { title: "Tasks", view: <TasksPage /> };
  if (path === "/usage") return { title: "Usage", view: <Usage /> };
  if (path === "/sources") return { title: "Sources", view: <SourcesPage /> };
  if (path === "/dead-letters") return { title: "Dead letters", view: <DeadLettersPage /> };
  const scoring = scoringOf(path);
  if (scoring !== null) return scoring;
  if (path === "/settings/jobs") return { title: "Jobs", view: <Jobs /> };
  if (path === "/settings/risk") return { title: "Back-test", view: <BackTest /> };
  if (path === "/settings") return { title: "Settings", view: <SettingsPage /> };
  return {
    title: "Not found",
    view: (
      <div class="face">
        <h1>There is no page here</h1>
        <div class="face-body">
          <p>
            Nothing stands at <span class="mono">{path}</span>. The link may be mistyped, or from another version.
          </p>
          <a class="button button-main" href="/">
            Go to the portfolio
          </a>
        </div>
      </div>
    ),
  };
}

const links: readonly { readonly href: string; readonly word: string; readonly icon: IconName }[] = [
  { href: "/", word: "Portfolio", icon: "portfolio" },
  { href: "/usage", word: "Usage", icon: "usage" },
  { href: "/sources", word: "Sources", icon: "sources" },
  { href: "/dead-letters", word: "Dead letters", icon: "dead" },
  { href: "/settings", word: "Settings", icon: "settings" },
];

function Side({ path, onHelp }: { path: string; onHelp: () => void }) {
  // Who could not sign out must know that the session goes on.
  const leave = useAction(signOut);
  const here = (href: string): boolean =>
    href === "/"
      ? path === "/" || path.startsWith("/accounts") || path === "/tasks"
      : path.startsWith(href) || (href === "/sources" && path.startsWith("/deliveries"));
  return (
    <header class="side">
      <a class="brand" href="/" aria-label="Pulseline, portfolio">
        <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true" focusable="false">
          <rect width="32" height="32" rx="7" />
          <path d="M5 17h5l3-8 5 15 3-7h6" />
        </svg>
        <span>Pulseline</span>
      </a>
      <nav aria-label="Main">
        <ul>
          {links.map((link) => (
            <li key={link.href}>
              <a href={link.href} aria-current={here(link.href) ? "page" : undefined}>
                <Icon name={link.icon} />
                <span>{link.word}</span>
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="side-foot">
        <LiveDot />
        <button type="button" class="side-button side-help" onClick={onHelp}>
          <Icon name="help" />
          <span>Keys</span>
        </button>
        <button type="button" class="side-button" disabled={leave.busy} onClick={() => void leave.start()}>
          <Icon name="out" />
          <span>Sign out</span>
        </button>
        <ActionError error={leave.error} />
      </div>
    </header>
  );
}

export function App() {
  const place = usePlace();
  const session = useSession();
  const [help, setHelp] = useState(false);
  useGlobalKeys(() => setHelp(true), session.state === "signed_in");

  const signingIn = place.path === "/sign-in";
  useEffect(() => {
    if (session.state === "signed_out" && !signingIn) {
      const wanted = location.pathname + location.search;
      navigate(wanted === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(wanted)}`, "replace");
    }
  }, [session.state, signingIn]);

  const page = pageOf(place.path);
  useEffect(() => {
    document.title = signingIn ? "Sign in – Pulseline" : `${page.title} – Pulseline`;
  }, [page.title, signingIn]);

  if (signingIn) return <SignInPage />;
  if (session.state === "unreachable") {
    return (
      <main class="alone">
        <div class="face face-failed" role="alert">
          <h1>Pulseline cannot be reached</h1>
          <p>Check your connection, or whether the server is running. Events that were acknowledged are stored.</p>
          <button type="button" class="button" onClick={() => void readSession()}>
            <Icon name="refresh" /> Try again
          </button>
        </div>
      </main>
    );
  }
  return (
    <div class="app">
      <a class="skip" href="#main">
        Skip to content
      </a>
      <Side path={place.path} onHelp={() => setHelp(true)} />
      <main id="main" tabIndex={-1}>
        <LiveBanner />
        {
          // While the session is asked for, the page asks for its data already: whoever has no session is told so by either answer.
          session.state === "signed_out" ? (
            <h1 class="unseen">{page.title}</h1>
          ) : (
            <ErrorBoundary key={place.path}>{page.view}</ErrorBoundary>
          )
        }
      </main>
      <Announcer />
      {help ? <KeyHelp onClose={() => setHelp(false)} /> : null}
    </div>
  );
}
