import type { Event } from "./event.ts";

/**
 * What a door stamped on all events of a delivery: where events lie beside each other it is written once for all of them.
 *
 * An array, because that is how it is written, in packs, in calls and in journal rows. Part of the storage format: fields are only ever
 * appended. `copy` 0: the first; `lane` 1: backfill; `receivedAt` epoch ms; `form` absent: older code has written it.
 */
export type Stamp = readonly [
  deliveryId: string,
  copy: number,
  connectionId: string,
  connector: string,
  lane: 0 | 1,
  receivedAt: number,
  form?: string,
];

type Stamped = Pick<Event, "deliveryId" | "copy" | "connectionId" | "connector" | "lane" | "receivedAt" | "form">;

/** @param form by which it came: that of its delivery; what the event says itself where it stands alone */
export function stampOf(event: Stamped, form = event.form): Stamp {
  const { deliveryId, copy = 0, connectionId, connector, lane, receivedAt } = event;
  const stamp = [deliveryId, copy, connectionId, connector, lane === "backfill" ? 1 : 0, receivedAt] as const;
  return form === undefined ? stamp : [...stamp, form];
}

/** Whether an event bears this very stamp: those of one delivery do, those that are replayed together may not. */
export const hasStamp = (event: Event, stamp: Stamp, form = event.form): boolean => {
  const [deliveryId, copy, connectionId, connector, lane, receivedAt, stampedForm] = stamp;
  return (
    event.deliveryId === deliveryId &&
    event.receivedAt === receivedAt &&
    (event.copy ?? 0) === copy &&
    event.connectionId === connectionId &&
    event.connector === connector &&
    (event.lane === "backfill") === (lane === 1) &&
    form === stampedForm
  );
};

export const receivedAtOf = ([, , , , , receivedAt]: Stamp): number => receivedAt;

type StampLine = { readonly stamps: readonly Stamp[]; readonly runs: readonly number[] };

/** Where the number of a stamp is expected: none, the line is whole. */
export const WHOLE_LINE = -1;

/**
 * The stamps of consecutive lines as one line of JSON, to stand before them: each stamp once, and runs of (stamp, lines).
 *
 * @param stamps one a line, null for a whole line; lines of one delivery share theirs by identity
 */
export function toStampLine(stamps: readonly (Stamp | null)[]): string {
  const distinct: Stamp[] = [];
  const index = new Map<Stamp | null, number>([[null, WHOLE_LINE]]);
  const runs: number[] = [];
  let last: Stamp | null | undefined;
  for (const stamp of stamps) {
    if (stamp === last) {
      runs[runs.length - 1] = (runs.at(-1) as number) + 1;
      continue;
    }
    last = stamp;
    let at = index.get(stamp);
    if (at === undefined) index.set(stamp, (at = distinct.push(stamp as Stamp) - 1));
    runs.push(at, 1);
  }
  return JSON.stringify({ stamps: distinct, runs } satisfies StampLine);
}

/** The stamp of each line, as `toStampLine` was given them. */
export function fromStampLine(line: string): (Stamp | null)[] {
  const { stamps, runs } = JSON.parse(line) as StampLine;
  const of: (Stamp | null)[] = [];
  for (let at = 0; at < runs.length; at += 2) {
    const stamp = stamps[runs[at] as number] ?? null;
    for (let rest = runs[at + 1] as number; rest > 0; rest--) of.push(stamp);
  }
  return of;
}
