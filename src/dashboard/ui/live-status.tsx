import { useEffect, useState } from "preact/hooks";
import { clockText, durationText } from "../format.ts";
import { liveState, reconnectNow, useLiveState } from "../live.ts";
import { announce } from "./announcer.tsx";
import { Icon } from "./icons.tsx";

/** A connection that comes back at once is no news: the banner waits this long. */
const graceMs = 1500;

function useSecond(on: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!on) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [on]);
  return now;
}

export function LiveDot() {
  const live = useLiveState();
  const words = { live: "Live", connecting: "Connecting", lost: "Not live" } as const;
  return (
    <p
      class={`live live-${live.status}`}
      title={live.status === "live" ? "Changes appear as they happen" : "Changes do not appear by themselves now"}
    >
      <span class="live-dot" aria-hidden="true" />
      <span>{words[live.status]}</span>
    </p>
  );
}

/** Says that the page is not live, since when, and how old what it shows is. */
export function LiveBanner() {
  const live = useLiveState();
  const lost = live.status === "lost";
  const now = useSecond(lost);
  const shown = lost && now - live.since >= graceMs;
  useEffect(() => {
    if (shown) announce("The live connection is lost. The page does not update by itself.", false);
  }, [shown]);
  if (!shown) return null;
  const heardAt = liveState().heardAt;
  return (
    <div class="notice notice-warn" data-testid="not-live">
      <Icon name="late" />
      <span>
        Not live since {clockText(live.since)}.{" "}
        {heardAt === null ? "This page has not been live yet." : `What you see is ${durationText(now - heardAt)} old.`} Reconnecting by
        itself.
      </span>
      <button type="button" class="button button-small" onClick={reconnectNow}>
        Reconnect now
      </button>
    </div>
  );
}
