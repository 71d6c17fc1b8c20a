import { setTimeout as pause } from "node:timers/promises";
import { DAY_MS, SECOND_MS } from "../../src/domain/time.ts";
import type { Action } from "./company/actions.ts";
import { type Company, actionsOfDays, daysNewestFirst } from "./company/history.ts";
import { liveTraffic } from "./company/live.ts";
import type { Doors } from "./doors.ts";
import { mixpanelBatchMax } from "./mixpanel-client.ts";
import type { Span } from "./state.ts";

/** Requests under way at a time while history is played: the more come together, the less each costs behind the doors. */
const underWayMax = 32;
const nativeBatchMax = 500;
/** Days told side by side. */
const daysTogether = 3;
/** Live seconds under way; beyond it the doors hold back and a second is left out: live is live. */
const liveSecondsMax = 10;

export type Playing = { readonly company: Company; readonly doors: Doors; readonly isStopped: () => boolean };
export type Progress = (done: { readonly days: number; readonly daysTotal: number }) => void;

/**
 * Tells a span through the doors, newest day first, as fast as they take it. A day is done when all of it was accepted; a day that was cut
 * short is told again from its beginning, which makes repeats and nothing else.
 */
export async function playSpan({ company, doors, isStopped }: Playing, span: Span, progress: Progress): Promise<void> {
  const days = daysNewestFirst(span.fromMs, span.toMs);
  const missing = days.filter((day) => !span.daysDone.includes(day));
  const told = actionsOfDays(company, missing, span.fromMs, span.toMs);
  const lane = async (): Promise<void> => {
    for (let next = told.next(); next.done !== true && !isStopped(); next = told.next()) {
      const { day, actions } = next.value;
      await inParallel(requestsOf(actions, doors), Math.ceil(underWayMax / daysTogether), isStopped);
      if (isStopped()) return;
      span.daysDone.push(day);
      progress({ days: span.daysDone.length, daysTotal: days.length });
    }
  };
  await Promise.all(Array.from({ length: daysTogether }, lane));
}

/** The requests of a day, shortest way to each door: large native batches, the client's batches of 50, a webhook for each change. */
function requestsOf(actions: readonly Action[], doors: Doors): (() => Promise<void>)[] {
  const native = actions.flatMap((action) => (action.door === "native" ? [action.event] : []));
  const mixpanel = actions.flatMap((action) => (action.door === "mixpanel" ? [action.event] : []));
  const zendesk = actions.flatMap((action) => (action.door === "zendesk" ? [action.step] : []));
  return [
    ...chunks(native, nativeBatchMax).map((events) => () => doors.nativeHistory(events)),
    ...chunks(mixpanel, mixpanelBatchMax).map((events) => () => doors.mixpanelHistory(events)),
    ...zendesk.map((step) => () => doors.zendesk(step)),
  ];
}

const chunks = <T>(items: readonly T[], length: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / length) }, (_, i) => items.slice(i * length, (i + 1) * length));

async function inParallel(requests: readonly (() => Promise<void>)[], width: number, isStopped: () => boolean): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let request = requests[next++]; request !== undefined && !isStopped(); request = requests[next++]) await request();
  };
  await Promise.all(Array.from({ length: width }, lane));
}

/** Live traffic until stopped; tells up to which instant everything was accepted. Rejects when a door refuses for good. */
export async function playLive({ company, doors, isStopped }: Playing, fromMs: number, played: (untilMs: number) => void): Promise<void> {
  const traffic = liveTraffic(company);
  const underWay = new Set<Promise<void>>();
  const failures: Error[] = [];
  for (
    let second = Math.ceil(fromMs / SECOND_MS);
    !isStopped();
    second = Math.max(second + 1, Math.floor(Date.now() / SECOND_MS) - liveSecondsMax)
  ) {
    await pause(Math.max(0, (second + 1) * SECOND_MS - Date.now()));
    if (failures[0] !== undefined) throw failures[0];
    if (underWay.size >= liveSecondsMax) continue;
    const told = tellSecond(traffic(second), doors)
      .then(() => played((second + 1) * SECOND_MS))
      .catch((error: unknown) => {
        if (!isStopped()) failures.push(error instanceof Error ? error : new Error(String(error)));
      })
      .finally(() => underWay.delete(told));
    underWay.add(told);
  }
  await Promise.race([Promise.all(underWay), pause(2 * SECOND_MS)]);
}

async function tellSecond(actions: readonly Action[], doors: Doors): Promise<void> {
  const native = actions.flatMap((action) => (action.door === "native" ? [action.event] : []));
  await Promise.all([
    ...(native.length === 0 ? [] : [doors.native(native)]),
    ...actions.flatMap((action) =>
      action.door === "mixpanel" ? [doors.mixpanel(action.event)] : action.door === "zendesk" ? [doors.zendesk(action.step)] : [],
    ),
  ]);
}

/** What was missed while nobody ran the demo, as a span of its own; at most as long as the history. */
export const spanSince = (playedToMs: number, nowMs: number, spanMaxMs = 90 * DAY_MS): Span | null =>
  nowMs - playedToMs < 60 * SECOND_MS ? null : { fromMs: Math.max(playedToMs, nowMs - spanMaxMs), toMs: nowMs, daysDone: [] };
