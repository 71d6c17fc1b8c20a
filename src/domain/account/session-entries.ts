import { isUsage } from "../event-types.ts";
import { isoTime, SECOND_MS } from "../time.ts";
import { hash53 } from "./id-hash.ts";
import type { JournalRef } from "./journal-index.ts";
import type { TimelineEntry } from "./messages.ts";
import type { ClosedSession } from "./sessions.ts";
import type { UserKey } from "./state.ts";
import type { TimelineCursor, TimelineLine } from "./timeline.ts";

/** Type and source of what the timeline tells of sessions: no event, but made from events. */
export const sessionClosed = "session.closed";
const source = "pulseline";

/** Where a session stands in the timeline: after the events of the same instant, as its row is before all of the journal. */
export const cursorOfSession = ({ closedAt, user }: ClosedSession): TimelineCursor => ({
  at: closedAt,
  seq: 0,
  line: user % 1_000_000_000,
});

type Facts = { readonly session: ClosedSession; events: number; userId: string | null; late: boolean; firstAt: number; lastAt: number };

/** What the events of sessions say of them: whose they are, how many events, whether any of them came late. */
export class SessionEntries {
  private readonly byUser = new Map<UserKey, Facts[]>();
  private readonly all: readonly Facts[];

  constructor(sessions: readonly ClosedSession[]) {
    this.all = sessions.map((session) => ({
      session,
      events: 0,
      userId: null,
      late: false,
      firstAt: session.startMs,
      lastAt: session.lastMs,
    }));
    for (const facts of this.all) this.byUser.set(facts.session.user, [...(this.byUser.get(facts.session.user) ?? []), facts]);
  }

  /** Whether a row may hold events of any of them. */
  mayBeIn({ from, to }: Pick<JournalRef, "from" | "to">): boolean {
    return this.all.some(({ session }) => from < session.lastMs + SECOND_MS && to >= session.startMs);
  }

  take({ event, held, restated }: TimelineLine): void {
    const { user, type, occurredAt: at } = event;
    if (held || user === undefined || !isUsage(type)) return;
    const facts = this.byUser.get(hash53(user.id))?.find(({ session }) => at >= session.startMs && at < session.lastMs + SECOND_MS);
    if (facts === undefined) return;
    facts.firstAt = facts.events === 0 ? at : Math.min(facts.firstAt, at);
    facts.lastAt = facts.events === 0 ? at : Math.max(facts.lastAt, at);
    facts.events++;
    facts.userId = user.id;
    facts.late ||= restated;
  }

  /** @param isWhole all rows that may hold events of them were taken; else what is counted is not told */
  entries(isWhole: boolean): TimelineEntry[] {
    return this.all.map(({ session, events, userId, late, firstAt, lastAt }) => ({
      id: `${sessionClosed}/${session.user.toString(36)}/${session.startMs}`,
      type: sessionClosed,
      occurredAt: session.closedAt,
      receivedAt: session.closedAt,
      connectionId: source,
      connector: source,
      userId,
      data: {
        startedAt: isoTime(firstAt),
        lastActivityAt: isoTime(lastAt),
        seconds: Math.round((lastAt - firstAt) / SECOND_MS),
        events: isWhole ? events : null,
      },
      outcome: "derived",
      restated: late,
      deliveryId: null,
    }));
  }
}
