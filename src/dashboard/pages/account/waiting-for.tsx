import { api } from "../../api.ts";
import type { Health, Source } from "../../api-types.ts";
import { useNow } from "../../clock.ts";
import { durationText, plural } from "../../format.ts";
import { useResource } from "../../resource.ts";
import { may, useSession } from "../../session.ts";
import { ActionError, useAction } from "../../ui/controls.tsx";
import { Icon } from "../../ui/icons.tsx";
import { type WaitedFor, waitedFor } from "./waited-for.ts";

/** What is known of the sender beside that it is behind, and what a person can do about it. */
function adviceOf(source: Source | undefined): string {
  if (source === undefined) return "";
  if (source.status === "idle")
    return `It has sent ${plural(source.accepted, "event", "events")} in all. If that was a trial, or it will not come back, stop waiting: until it sends again, nothing new then counts as nothing happened.`;
  return source.status === "fresh" ? "It still sends other events: check why none of these come." : "Check that it still sends.";
}

type Props = {
  readonly one: WaitedFor;
  /** Its stream that has come furthest; undefined: who reads this may not see it. */
  readonly source: Source | undefined;
  readonly mayRelease: boolean;
  readonly onReleased: () => void;
};

function Notice({ one, source, mayRelease, onReleased }: Props) {
  const now = useNow();
  const release = useAction(async () => {
    await api.releaseSource(one.connectionId);
    onReleased();
  });
  const name = source?.name ?? one.connectionId;
  return (
    <div class="notice notice-warn contributions-notice">
      <Icon name="late" />
      <span>
        {one.dimensions.join(", ")}: waiting for <strong>{name}</strong>, silent for {durationText(now - one.knownTo)}. What it brought is
        held and counts less each day. {adviceOf(source)}
      </span>
      {source?.status === "idle" ? (
        <button
          type="button"
          class="button button-small"
          disabled={!mayRelease || release.busy}
          onClick={() => void release.start()}
          aria-label={`Stop waiting for ${name}`}
        >
          Stop waiting
        </button>
      ) : (
        <a href="/sources">To the sources</a>
      )}
      <ActionError error={release.error} />
    </div>
  );
}

/** Of its streams that are waited for the one that has come furthest: while that goes on, nobody has to decide. */
const furthestOf = (items: readonly Source[], id: string): Source | undefined =>
  items
    .filter(({ connectionId, awaited }) => connectionId === id && awaited)
    .sort((a, b) => Date.parse(b.watermark ?? "") - Date.parse(a.watermark ?? ""))[0];

/** Which senders hold what the score is made of; nothing where none does. Who may not read the sources sees them by their ids. */
export function WaitingFor({ health, onReleased }: { health: Health; onReleased: () => void }) {
  const session = useSession();
  const all = waitedFor(health);
  const sources = useResource(all.length === 0 ? null : "sources of account", (signal) => api.sources(signal));
  const items = sources.data?.items ?? (sources.error === null ? null : []);
  if (items === null) return null;
  const released = (): void => {
    sources.reload();
    onReleased();
  };
  return (
    <>
      {all.map((one) => {
        const source = furthestOf(items, one.connectionId);
        // Released a moment ago: the score follows within seconds.
        if (source === undefined && sources.data !== null) return null;
        return <Notice key={one.connectionId} one={one} source={source} mayRelease={may(session, "write")} onReleased={released} />;
      })}
    </>
  );
}
