import { nameIndex, type DayRecord, type NameIndex } from "./day-record.ts";
import type { AccountState, AttributeValue, TicketRecord, TicketStatus } from "./state.ts";

/** Values of one attribute: the newest a person wrote and the newest a source reported. `value` null = withdrawn, or not known any more. */
export type AttributeRegister = { person: AttributeValue | null; source: AttributeValue | null };

/**
 * A ticket as the fold keeps it. `frozen` stands for observations that were given up for room, the oldest ones: what they amounted to,
 * the status they led to, and the instant up to which nothing more is taken in.
 */
export type FoldedTicket = TicketRecord & {
  /** (at, tie) of the event that gave the subject. */
  subjectAt: number;
  subjectTie: string;
  frozen: {
    readonly at: number;
    readonly status: TicketStatus | null;
    readonly transitions: TicketRecord["transitions"];
    readonly effects: readonly Effect[];
  } | null;
  /** Position in the account's ticket pages, given once. */
  readonly slot: number;
};

/** What a ticket adds to a metric, and when. */
export type Effect = { readonly metric: string; readonly at: number; readonly n: number };

/**
 * The state of one account as the fold keeps it: what readers know (`AccountState`) and what only folding needs.
 *
 * Everything derives from the events alone and not from their order, up to the bounds of limits.ts; a bound that is reached keeps what came first.
 */
export type FoldedAccount = Omit<AccountState, "days" | "tickets"> & {
  readonly days: Map<number, DayRecord>;
  readonly tickets: Map<string, FoldedTicket>;
  /** By attribute name; `$name`, `$domains` and `$external:{system}` hold what is no attribute. */
  readonly registers: Map<string, AttributeRegister>;
  /** Per metric key: everything ever counted, whatever its age. */
  readonly totals: Map<string, number>;
  readonly metricNames: NameIndex;
  readonly featureIndex: Map<string, number>;
  /** Ticket slots given so far. */
  ticketSlots: number;
  freeTicketSlots: number[];
  /** Tickets changed up to here have been given up for room: nothing about them is taken in any more. Epoch ms. */
  ticketHorizon: number;
  /** Ticket slots whose page must be written. */
  readonly changedTicketSlots: Set<number>;
  /** UTC day of `now` at the last fold or expiry: buckets are kept as of then. */
  today: number;
  /** Lowest UTC day whose score may have changed since it was last computed. */
  scoreDirtyFrom: number;
};

/** @param watermarks belong to the sources and not to the account: all accounts of a shard share one map */
export const emptyAccount = (id: string, watermarks: Map<string, number> = new Map()): FoldedAccount => ({
  id,
  name: null,
  attributes: new Map(),
  registers: new Map(),
  firstEventAt: null,
  lastEventAt: null,
  lastReceivedAt: null,
  events: 0,
  features: [],
  featureIndex: new Map(),
  days: new Map(),
  tickets: new Map(),
  watermarks,
  totals: new Map(),
  metricNames: nameIndex(),
  ticketSlots: 0,
  freeTicketSlots: [],
  ticketHorizon: 0,
  changedTicketSlots: new Set(),
  today: 0,
  scoreDirtyFrom: 0,
});

const NEVER = Number.MAX_SAFE_INTEGER;
export const cleanScores = (state: FoldedAccount): void => void (state.scoreDirtyFrom = NEVER);
export const dirtyScores = (state: FoldedAccount, fromDay: number): void =>
  void (state.scoreDirtyFrom = Math.min(state.scoreDirtyFrom, fromDay));
