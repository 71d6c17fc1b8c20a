import type { RuleJump } from "../health/rule-jumps.ts";
import { recordsPerPage, ticketsPerPage } from "../limits.ts";
import { type EventKind, noSources, type SourceReach } from "../source-reach.ts";
import { resolve } from "./attributes.ts";
import { dayKept } from "./buckets.ts";
import { fromGroupPage } from "./day-group.ts";
import { type DayPlace, DayRecord } from "./day-record.ts";
import { emptyAccount, shelfOf, type AttributeRegister, type FoldedAccount, type FoldedRecord, type FoldedTicket } from "./folded.ts";
import { nameIndex } from "./name-index.ts";
import { noteBytes } from "./notes.ts";
import { fromOlderTellers } from "./older-tellers.ts";
import { type Shelf, type ShelfHead, type Shelved, fromShelfHead, takeChanged, toShelfHead } from "./shelf.ts";
import { type RecordKind, recordKinds, type Restatement } from "./state.ts";
import { noVerdicts, type Verdicts } from "./verdicts.ts";

/**
 * First field of every JSON page. From this one on to a kind's newest all are read; another number means: written by other code, and the
 * account is folded again from its journal before it can be read.
 */
const LAYOUT = 3;
/**
 * Of heads, instead: those of layout 3 tell all tokens for one source, and not who told of support; those before 5 know values of attributes
 * without the events that told them, and by another order of what was told at one instant.
 */
const HEAD_LAYOUT = 5;
const TIES_LAYOUT = 5;
/** Of pages of tickets, instead: those of layout 3 say of a ticket how many comments older code counted, which is another number. */
const TICKET_LAYOUT = 4;
const layoutOf = (kind: "ticket" | RecordKind): number => (kind === "ticket" ? TICKET_LAYOUT : LAYOUT);
/**
 * Older ones are read as they stand, with the figures of older code, so that nobody waits after an upgrade: the shard's storage has ordered
 * these accounts to be folded again in steps (durable-objects/account-shard/schema.ts), whatever is written of them until then.
 */
const isReadable = (layout: number, newest: number): boolean => layout >= LAYOUT && layout <= newest;

/**
 * Scores at the end of each UTC day up to `lastDay`, oldest first, each by the configuration that was in force then. `money`: by which rates,
 * in which currency (`lineMoney`), where scores depend on them. `rules`: `scoreRules` of the code that made it; absent in older lines. `jumps`:
 * what other rules did to the score at their instants in the last week, at most `ruleTurnsMax`; absent: none, or not known.
 */
export type ScoreLine = {
  readonly lastDay: number;
  readonly scores: readonly (number | null)[];
  readonly money?: string | undefined;
  readonly rules?: number | undefined;
  readonly jumps?: readonly RuleJump[] | undefined;
};

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
  /** Keys of the fields that are counted. Not in pages written before there were any. */
  readonly fields?: readonly string[];
  readonly totals: readonly (readonly [string, number])[];
  readonly registers: readonly (readonly [string, AttributeRegister])[];
  /** Not in pages written before people could override. */
  readonly verdicts?: Verdicts;
  readonly ticketShelf: ShelfHead;
  readonly shelves: readonly (readonly [RecordKind, ShelfHead])[];
  readonly engagement: readonly (readonly number[])[];
  readonly toldBy: readonly (readonly [EventKind, readonly string[]])[];
  readonly restated?: readonly [count: number, newest: readonly Restatement[]];
  readonly today: number;
  readonly scoreDirtyFrom: number;
};

export function toHeadPage(state: FoldedAccount, head: Head): string {
  const page: HeadPage = {
    layout: HEAD_LAYOUT,
    ...head,
    times: [state.firstEventAt, state.lastEventAt, state.lastReceivedAt],
    events: state.events,
    features: state.features,
    metrics: state.metricNames.names,
    ...(state.fields.keys.size > 0 && { fields: [...state.fields.keys] }),
    totals: [...state.totals],
    registers: [...state.registers],
    verdicts: state.verdicts,
    ticketShelf: toShelfHead(state.ticketShelf),
    shelves: [...state.shelves].map(([kind, shelf]) => [kind, toShelfHead(shelf)] as const),
    engagement: [...state.engagement].map(([day, { sent, replied, held, missed, spoke }]) => [day, sent, replied, held, missed, spoke]),
    toldBy: [...state.toldBy].map(([source, scopes]) => [source, [...scopes]] as const),
    ...(state.restatedEvents > 0 && { restated: [state.restatedEvents, state.restatements] as const }),
    today: state.today,
    scoreDirtyFrom: state.scoreDirtyFrom,
  };
  return JSON.stringify(page);
}

/** What the pages of one account hold; bodies as they were written. */
export type StoredPages = {
  readonly head: string;
  readonly days: readonly { readonly day: number; readonly body: Uint8Array }[];
  /** Small days, many to a page. */
  readonly dayGroups?: readonly { readonly group: number; readonly body: Uint8Array }[];
  /** Tickets and records; each says of which kind it is. */
  readonly records: readonly string[];
};
type RecordPage =
  | { readonly layout: number; readonly kind: "ticket"; readonly records: readonly FoldedTicket[] }
  | { readonly layout: number; readonly kind: RecordKind; readonly records: readonly FoldedRecord[] };

/** Journal rows up to which one are in the pages; null when the head has another layout, or cannot be read. */
export function pagedSeqOf(head: string): number | null {
  try {
    const { layout, pagedSeq } = JSON.parse(head) as HeadPage;
    return isReadable(layout, HEAD_LAYOUT) ? pagedSeq : null;
  } catch {
    return null;
  }
}

/** As older code kept it, without ties. */
function fromOlderRegister(register: AttributeRegister): AttributeRegister {
  const { person, source, past } = register;
  return {
    ...register,
    person: person === null ? null : { ...person, tie: "" },
    source: source === null ? null : { ...source, tie: "" },
    ...(past !== undefined && { past: past.map((value) => ({ ...value, tie: "" })) }),
  };
}

/** The state as of its pages; null when one of them has another layout. */
export function fromPages(id: string, pages: StoredPages, sources: SourceReach = noSources()): { state: FoldedAccount; head: Head } | null {
  const page = JSON.parse(pages.head) as HeadPage;
  if (!isReadable(page.layout, HEAD_LAYOUT)) return null;
  const state: FoldedAccount = {
    ...emptyAccount(id, sources, {
      ticketShelf: fromShelfHead(page.ticketShelf),
      ...(page.fields !== undefined && { counted: page.fields }),
    }),
    metricNames: nameIndex(page.metrics),
    features: [...page.features],
    featureIndex: new Map(page.features.map((feature, i) => [feature, i])),
    totals: new Map(page.totals),
    registers: new Map(
      page.layout < TIES_LAYOUT ? page.registers.map(([name, register]) => [name, fromOlderRegister(register)]) : page.registers,
    ),
    verdicts: page.verdicts ?? noVerdicts(),
    firstEventAt: page.times[0] ?? null,
    lastEventAt: page.times[1] ?? null,
    lastReceivedAt: page.times[2] ?? null,
    events: page.events,
    engagement: new Map(
      page.engagement.map(([day = 0, sent = 0, replied = 0, held = 0, missed = 0, spoke = 0]) => [
        day,
        { sent, replied, held, missed, spoke },
      ]),
    ),
    toldBy: new Map(page.toldBy.map(([source, scopes]) => [source, new Set(scopes)])),
    restatedEvents: page.restated?.[0] ?? 0,
    restatements: page.restated?.[1] ?? [],
    today: page.today,
    scoreDirtyFrom: page.scoreDirtyFrom,
  };
  for (const register of state.registers.keys()) resolve(state, register);
  if (!readDays(state, pages)) return null;
  for (const [kind, head] of page.shelves) shelfOf(state, kind, fromShelfHead(head));
  for (const body of pages.records) {
    const read = JSON.parse(body) as RecordPage;
    if (!isReadable(read.layout, layoutOf(read.kind))) return null;
    if (read.kind === "ticket") for (const ticket of read.records) state.tickets.set(ticket.key, ticket);
    else for (const record of read.records) shelfOf(state, read.kind).records.set(record.key, record);
  }
  if (page.layout !== HEAD_LAYOUT) fromOlderTellers(state);
  return { state, head: { pagedSeq: page.pagedSeq, scoreLine: page.scoreLine } };
}

/** False when a page has another layout. Days that are kept no more may have pages yet. */
function readDays(state: FoldedAccount, { days, dayGroups = [] }: StoredPages): boolean {
  const read = (day: number, body: Uint8Array, place: DayPlace): boolean => {
    if (day < dayKept(state.today)) return true;
    const record = DayRecord.fromPage(day, state.metricNames, body, place);
    if (record !== null) state.days.set(day, record);
    return record !== null;
  };
  return (
    days.every(({ day, body }) => read(day, body, "own")) &&
    dayGroups.every(({ group, body }) => fromGroupPage(group, body)?.every(({ day, page }) => read(day, page, "group")) ?? false)
  );
}

/** Parts of one kind of records: tickets are the first kind, so that their pages have the numbers that they always had. */
const PARTS_PER_KIND = 2 ** 18;

/** Pages that hold a changed ticket or record; a null body is an empty page. */
export function takeChangedRecordPages(state: FoldedAccount): { part: number; body: string | null }[] {
  const pages = (kind: "ticket" | RecordKind, shelf: Shelf<Shelved>, recordsPerOne: number): { part: number; body: string | null }[] =>
    takeChanged(shelf, recordsPerOne).map(({ page, records }) => ({
      part: (kind === "ticket" ? 0 : recordKinds.indexOf(kind) + 1) * PARTS_PER_KIND + page,
      body: records.length === 0 ? null : JSON.stringify({ layout: layoutOf(kind), kind, records }),
    }));
  return [
    ...pages("ticket", state.ticketShelf, ticketsPerPage),
    ...[...state.shelves].flatMap(([kind, shelf]) => pages(kind, shelf, recordsPerPage)),
  ];
}

/** The whole state as pages, for a copy beside the account's own: `pagedSeq` is what the copy goes up to. What has changed since is forgotten. */
export function toPages(state: FoldedAccount, pagedSeq: number): StoredPages {
  const days = [...state.days].map(([day, record]) => {
    const body = record.toPage();
    record.written(body, { place: "own", keepOpen: false });
    return { day, body };
  });
  for (const shelf of [state.ticketShelf, ...state.shelves.values()])
    for (const { slot } of shelf.records.values()) shelf.changedSlots.add(slot);
  const records = takeChangedRecordPages(state).flatMap(({ body }) => body ?? []);
  // Last, because packing days may have named metrics that the head keeps the names of.
  return { head: toHeadPage(state, { pagedSeq, scoreLine: null }), days, records };
}

const noRecords: ReadonlyMap<string, FoldedRecord> = new Map();

/** About what a state occupies in memory; see `DayRecord.bytes`. */
export function stateBytes(state: FoldedAccount): number {
  let bytes = 2_000 + state.features.length * 60 + state.totals.size * 100 + bytesOfRegisters(state) + state.tickets.size * 900;
  bytes += state.engagement.size * 120;
  for (const records of state.records.values())
    for (const { observations, contactDays } of records.values()) bytes += 300 + observations.length * 450 + contactDays.length * 8;
  for (const kind of ["note", "task"] as const) bytes += noteBytes(state.records.get(kind) ?? noRecords);
  bytes += (state.verdicts.overrides.length + state.verdicts.opinions.length) * 600 + state.restatements.length * 500;
  for (const record of state.days.values()) bytes += record.bytes;
  return bytes;
}

function bytesOfRegisters({ registers }: FoldedAccount): number {
  let bytes = registers.size * 300;
  // Once in the register, once in what is derived from it.
  for (const { past } of registers.values()) bytes += (past?.length ?? 0) * 400;
  return bytes;
}
