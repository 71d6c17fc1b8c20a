import { noSources, type SourceReach } from "../source-reach.ts";
import type { Comments } from "./comments.ts";
import type { DayRecord } from "./day-record.ts";
import { AccountFields } from "./fields/account-fields.ts";
import { nameIndex, type NameIndex } from "./name-index.ts";
import { emptyShelf, type Shelf } from "./shelf.ts";
import type { AccountRecord, AccountState, AttributeValue, Figure, RecordKind, Restatement, TicketRecord, TicketStatus } from "./state.ts";
import { noVerdicts } from "./verdicts.ts";

/** A value as it was told. `tie`: the id of the event, by which of one instant the greater counts; empty, so the least, where older code has folded it. */
export type ToldValue = AttributeValue & { readonly tie: string };
/** Values of one attribute: the newest a person wrote and the newest a source reported. `value` null = withdrawn, or not known any more. */
export type AttributeRegister = {
  person: ToldValue | null;
  source: ToldValue | null;
  /** Values that newer ones have replaced, the oldest first, of each side one an instant (attribute-history.ts). */
  past?: readonly PastValue[];
  /** Older ones were given up. */
  isPastCut?: boolean;
};
export type PastValue = ToldValue & { readonly by: "person" | "source" };

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
    /** Of the last metrics and days; older ones stay counted, and nothing about them changes any more. */
    readonly effects: readonly Effect[];
    /** Absent in records of older code, whose effects told it. */
    readonly isCreationCounted?: boolean;
  } | null;
  /** What was told of its public comments. Absent until there is one. */
  comments?: Comments;
  /** Position in the account's ticket pages, given once. */
  readonly slot: number;
};

/** A record as the fold keeps it. */
export type FoldedRecord = AccountRecord & {
  /** Older observations were given up for room up to this instant: nothing about that time is taken in any more. */
  frozenTo: number | null;
  /** Position in the account's pages of that kind, given once. */
  readonly slot: number;
};

/** What a ticket adds to a metric, and when. */
export type Effect = { readonly metric: string; readonly at: number; readonly n: number };

/**
 * The state of one account as the fold keeps it: what readers know (`AccountState`) and what only folding needs.
 *
 * Everything derives from the events alone and not from their order, up to the bounds of limits.ts; a bound that is reached keeps what came first.
 */
export type FoldedAccount = Omit<AccountState, "days" | "fields" | "tickets" | "records"> & {
  readonly days: Map<number, DayRecord>;
  readonly fields: AccountFields;
  readonly tickets: Map<string, FoldedTicket>;
  /** By attribute name; `$name`, `$domains` and `$external:{system}` hold what is no attribute. */
  readonly registers: Map<string, AttributeRegister>;
  /** Per metric key: everything ever counted, whatever its age. */
  readonly totals: Map<string, number>;
  readonly metricNames: NameIndex;
  readonly featureIndex: Map<string, number>;
  /** Holds `tickets`. */
  readonly ticketShelf: Shelf<FoldedTicket>;
  readonly records: Map<RecordKind, Map<string, FoldedRecord>>;
  /** Hold `records`. */
  readonly shelves: Map<RecordKind, Shelf<FoldedRecord>>;
  /** The newest events that came late, newest arrival first, and how many there were. */
  restatements: readonly Restatement[];
  restatedEvents: number;
  /** What is being changed, while an event that comes late is folded; see lateness.ts. */
  figures: Figure[] | null;
  /** Lowest UTC day whose score may have changed since it was last computed. */
  scoreDirtyFrom: number;
};

type Known = {
  readonly ticketShelf?: Shelf<FoldedTicket>;
  /** Keys of the fields that it counts from its first event on. */
  readonly counted?: Iterable<string>;
};

/** @param sources how far they are; all accounts of a shard share it */
export const emptyAccount = (
  id: string,
  { watermarks, streams, arrivals }: SourceReach = noSources(),
  { ticketShelf = emptyShelf(), counted = [] }: Known = {},
): FoldedAccount => {
  const days = new Map<number, DayRecord>();
  return {
    id,
    name: null,
    attributes: new Map(),
    attributeHistory: new Map(),
    verdicts: noVerdicts(),
    registers: new Map(),
    firstEventAt: null,
    lastEventAt: null,
    lastReceivedAt: null,
    events: 0,
    features: [],
    featureIndex: new Map(),
    days,
    fields: new AccountFields(days, counted),
    ticketShelf,
    tickets: ticketShelf.records,
    records: new Map(),
    shelves: new Map(),
    engagement: new Map(),
    toldBy: new Map(),
    watermarks,
    streams,
    arrivals,
    totals: new Map(),
    metricNames: nameIndex(),
    restatements: [],
    restatedEvents: 0,
    figures: null,
    today: 0,
    scoreDirtyFrom: 0,
  };
};

/** The shelf of a kind; made when it is first needed, as most accounts have few kinds. */
export function shelfOf(state: FoldedAccount, kind: RecordKind, known?: Shelf<FoldedRecord>): Shelf<FoldedRecord> {
  let shelf = state.shelves.get(kind);
  if (shelf === undefined) {
    shelf = known ?? emptyShelf();
    state.shelves.set(kind, shelf);
    state.records.set(kind, shelf.records);
  }
  return shelf;
}

const NEVER = Number.MAX_SAFE_INTEGER;
export const cleanScores = (state: FoldedAccount): void => void (state.scoreDirtyFrom = NEVER);
export const dirtyScores = (state: FoldedAccount, fromDay: number): void =>
  void (state.scoreDirtyFrom = Math.min(state.scoreDirtyFrom, fromDay));
