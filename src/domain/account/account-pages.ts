import { ticketsPerPage } from "../limits.ts";
import { resolve } from "./attributes.ts";
import { DayRecord, nameIndex } from "./day-record.ts";
import { emptyAccount, type AttributeRegister, type FoldedAccount, type FoldedTicket } from "./folded.ts";

/** First field of every JSON page; another number means: written by other code, and the account is folded again from its journal. */
const LAYOUT = 1;

/** Scores at the end of each UTC day up to `lastDay`, oldest first, as computed with that configuration. */
export type ScoreLine = { readonly configVersion: string; readonly lastDay: number; readonly scores: readonly (number | null)[] };

/** What a head page says beside the state. */
export type Head = {
  /** Journal rows up to this one are in the pages. */
  readonly pagedSeq: number;
  readonly scoreLine: ScoreLine | null;
};

type HeadPage = Head & {
  readonly layout: number;
  readonly times: readonly (number | null)[];
  readonly events: number;
  readonly features: readonly string[];
  readonly metrics: readonly string[];
  readonly totals: readonly (readonly [string, number])[];
  readonly registers: readonly (readonly [string, AttributeRegister])[];
  readonly ticketSlots: number;
  readonly freeTicketSlots: readonly number[];
  readonly ticketHorizon: number;
  readonly today: number;
  readonly scoreDirtyFrom: number;
};

export function toHeadPage(state: FoldedAccount, head: Head): string {
  const page: HeadPage = {
    layout: LAYOUT,
    ...head,
    times: [state.firstEventAt, state.lastEventAt, state.lastReceivedAt],
    events: state.events,
    features: state.features,
    metrics: state.metricNames.names,
    totals: [...state.totals],
    registers: [...state.registers],
    ticketSlots: state.ticketSlots,
    freeTicketSlots: state.freeTicketSlots,
    ticketHorizon: state.ticketHorizon,
    today: state.today,
    scoreDirtyFrom: state.scoreDirtyFrom,
  };
  return JSON.stringify(page);
}

/** What the pages of one account hold; bodies as they were written. */
export type StoredPages = {
  readonly head: string;
  readonly days: readonly { readonly day: number; readonly body: Uint8Array }[];
  readonly tickets: readonly string[];
};

/** The state as of its pages; null when one of them has another layout. */
export function fromPages(id: string, pages: StoredPages, watermarks: Map<string, number>): { state: FoldedAccount; head: Head } | null {
  const page = JSON.parse(pages.head) as HeadPage;
  if (page.layout !== LAYOUT) return null;
  const state: FoldedAccount = {
    ...emptyAccount(id, watermarks),
    metricNames: nameIndex(page.metrics),
    features: [...page.features],
    featureIndex: new Map(page.features.map((feature, i) => [feature, i])),
    totals: new Map(page.totals),
    registers: new Map(page.registers),
    freeTicketSlots: [...page.freeTicketSlots],
    firstEventAt: page.times[0] ?? null,
    lastEventAt: page.times[1] ?? null,
    lastReceivedAt: page.times[2] ?? null,
    events: page.events,
    ticketSlots: page.ticketSlots,
    ticketHorizon: page.ticketHorizon,
    today: page.today,
    scoreDirtyFrom: page.scoreDirtyFrom,
  };
  for (const [name, register] of state.registers) resolve(state, name, register);
  for (const { day, body } of pages.days) {
    const record = DayRecord.fromPage(day, state.metricNames, body);
    if (record === null) return null;
    state.days.set(day, record);
  }
  for (const body of pages.tickets) {
    const { layout, tickets } = JSON.parse(body) as { layout: number; tickets: readonly FoldedTicket[] };
    if (layout !== LAYOUT) return null;
    for (const ticket of tickets) state.tickets.set(ticket.key, ticket);
  }
  return { state, head: { pagedSeq: page.pagedSeq, scoreLine: page.scoreLine } };
}

/** Ticket pages that hold a changed ticket; a null body is an empty page. */
export function takeChangedTicketPages(state: FoldedAccount): { part: number; body: string | null }[] {
  if (state.changedTicketSlots.size === 0) return [];
  const parts = new Map<number, FoldedTicket[]>();
  for (const slot of state.changedTicketSlots) parts.set(Math.floor(slot / ticketsPerPage), []);
  for (const ticket of state.tickets.values()) parts.get(Math.floor(ticket.slot / ticketsPerPage))?.push(ticket);
  state.changedTicketSlots.clear();
  return [...parts].map(([part, tickets]) => ({ part, body: tickets.length === 0 ? null : JSON.stringify({ layout: LAYOUT, tickets }) }));
}

/** About what a state occupies in memory; see `DayRecord.bytes`. */
export function stateBytes(state: FoldedAccount): number {
  let bytes = 2_000 + state.features.length * 60 + state.totals.size * 100 + state.registers.size * 300 + state.tickets.size * 900;
  for (const record of state.days.values()) bytes += record.bytes;
  return bytes;
}
