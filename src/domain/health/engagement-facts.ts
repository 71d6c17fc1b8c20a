import type { AccountState, EngagementDay } from "../account/state.ts";
import type { Contact } from "./contacts.ts";

/** What the measures of the relationship read: messages and meetings by whole UTC days, and people. */
export type EngagementFacts = {
  readonly firstDay: number;
  /** Newest day with anything on it, up to `day`. */
  readonly newestDay: (day: number) => number | null;
  /** Newest day, up to `day`, on which the customer wrote to us or met us. */
  readonly lastTwoWayDay: (day: number) => number | null;
  /** Sums of the days after one, up to another. */
  readonly sums: (after: number, lastDay: number) => EngagementDay;
  readonly contacts: () => readonly Contact[];
};

/** Null when there never was a message or a meeting. */
export function engagementFacts(state: AccountState, contacts: () => readonly Contact[]): EngagementFacts | null {
  const days = [...state.engagement].sort(([a], [b]) => a - b);
  const first = days[0];
  if (first === undefined) return null;
  const newest = (upTo: number, holds: (counts: EngagementDay) => boolean): number | null =>
    days.findLast(([day, counts]) => day <= upTo && holds(counts))?.[0] ?? null;
  return {
    firstDay: first[0],
    newestDay: (day) => newest(day, () => true),
    lastTwoWayDay: (day) => newest(day, ({ replied, held, spoke }) => replied + held + spoke > 0),
    sums: (after, lastDay) => {
      const sums: EngagementDay = { sent: 0, replied: 0, held: 0, missed: 0, spoke: 0 };
      for (const [day, counts] of days) {
        if (day <= after || day > lastDay) continue;
        for (const name in sums) sums[name as keyof EngagementDay] += counts[name as keyof EngagementDay];
      }
      return sums;
    },
    contacts,
  };
}
