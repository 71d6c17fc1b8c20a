import type { JournalRef } from "../account/journal-index.ts";
import type { EventsBehind } from "../account/messages.ts";
import type { AccountState } from "../account/state.ts";
import type { TimelineLine } from "../account/timeline.ts";
import type { Verdict } from "../account/verdicts.ts";
import type { ActiveConfig } from "../config/active.ts";
import type { Event } from "../event.ts";
import { eventIdsPerMoveMax, timelineRowsPerCallMax } from "../limits.ts";
import { dayOf, startOfDay } from "../time.ts";
import type { HealthDocument, HealthMove, MeasureResult } from "./document.ts";
import { flags } from "./flags.ts";
import type { Measure } from "./measure.ts";
import { measures } from "./measures/index.ts";
import { liesBetween, speaksFor } from "./source-events.ts";

/** The two documents that are compared, the account, and the configuration of the later one. */
export type Compared = {
  readonly from: HealthDocument;
  readonly to: HealthDocument;
  readonly state: AccountState;
  readonly config: Pick<ActiveConfig, "ownMeasures" | "segments">;
};
/**
 * The account's rows of the journal, by when their events happened, and how one is read: at most `timelineRowsPerCallMax` are, whatever the
 * number of lines and windows.
 */
export type JournalRows = {
  readonly refs: readonly JournalRef[];
  readonly read: (seq: number) => readonly TimelineLine[];
};
type Accepts = (event: Event) => boolean;

/**
 * The events that lie behind each line of a comparison, in the order of the lines; each row is read once, for all lines and stretches of time
 * that it reaches into.
 *
 * Behind `data`, and behind `missing` of a measure that came or went: events between the two instants of the types that the measure reads,
 * and writes that changed an attribute that it reads; and, apart from them, those that left its window between the two. Behind caps: the same
 * of the flags that came or went. Behind `configuration`: writes that changed an attribute by which segments and groups are assigned. Behind
 * an override: its writing or withdrawal. Nothing comes between for `staleness`. What grew old or fell due has no event of its own.
 */
export function eventsBehind(moves: readonly HealthMove[], compared: Compared, journal: JournalRows): readonly EventsBehind[] {
  const between = { from: compared.from.asOf, to: startOfDay(dayOf(compared.to.asOf) + 1) - 1 };
  const searches = moves.map((move) => {
    const [accepts, left] = [acceptsFor(move, compared), leftWindow(move, compared)];
    return {
      came: accepts === null ? null : new Search(between, accepts),
      left: left === null ? null : new Search(left.range, left.accepts),
      range: left?.range,
    };
  });
  searchRows(
    searches.flatMap(({ came }) => came ?? []),
    searches.flatMap(({ left }) => left ?? []),
    journal,
  );
  return searches.map(({ came, left, range }, i) => ({
    ...(came === null ? verdictsBehind(moves[i] as HealthMove, compared) : came.found()),
    left: left === null || range === undefined || left.isEmpty ? null : { from: range.from, to: range.to, ...left.found() },
  }));
}

type Range = { readonly from: number; readonly to: number };
type Found = Pick<EventsBehind, "eventIds" | "eventsTotal">;

/** The newest events that are looked for, and how many there are. */
class Search {
  readonly range: Range;
  isWhole = true;
  private readonly accepts: Accepts;
  private newest: { at: number; id: string }[] = [];
  private total = 0;

  constructor(range: Range, accepts: Accepts) {
    this.range = range;
    this.accepts = accepts;
  }

  look(at: number, event: Event): void {
    if (!this.accepts(event)) return;
    this.total++;
    this.newest.push({ at, id: event.id });
    if (this.newest.length > 2 * eventIdsPerMoveMax) this.newest = newestOf(this.newest);
  }

  get isEmpty(): boolean {
    return this.isWhole && this.total === 0;
  }

  found(): Found {
    return { eventIds: newestOf(this.newest).map(({ id }) => id), eventsTotal: this.isWhole ? this.total : null };
  }
}

/**
 * Reads the rows that reach into a stretch of time, for all searches whose stretch it is. What came is looked for first, then what left
 * windows, that which takes the fewest rows first: so as many answers as can be are whole.
 */
function searchRows(came: readonly Search[], left: readonly Search[], { refs, read }: JournalRows): void {
  const searchesOf = new Map<JournalRef, Search[]>();
  const reaching = ({ range }: Search): readonly JournalRef[] => refs.filter((ref) => ref.from <= range.to && ref.to >= range.from);
  const stretchesOf = (some: readonly Search[]) =>
    byStretch(some)
      .map((searches) => ({ searches, rows: reaching(searches[0] as Search) }))
      .sort((a, b) => a.rows.length - b.rows.length);
  for (const { searches, rows } of [...stretchesOf(came), ...stretchesOf(left)]) {
    for (const ref of [...rows].sort((a, b) => b.to - a.to || b.seq - a.seq)) {
      const known = searchesOf.get(ref);
      if (known !== undefined) known.push(...searches);
      else if (searchesOf.size < timelineRowsPerCallMax) searchesOf.set(ref, [...searches]);
      else for (const search of searches) search.isWhole = false;
    }
  }
  for (const [{ seq }, searches] of searchesOf)
    for (const { at, event, held } of read(seq)) if (!held) for (const search of searches) search.look(at, event);
}

const byStretch = (searches: readonly Search[]): readonly (readonly Search[])[] => [
  ...Map.groupBy(searches, ({ range: { from, to } }) => `${from} ${to}`).values(),
];

const newestOf = (events: readonly { readonly at: number; readonly id: string }[]) =>
  [...events].sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1)).slice(0, eventIdsPerMoveMax);

/** The part of a measure's earlier window that its later one does not hold any more, and the events of it that the measure reads. */
function leftWindow(move: HealthMove, compared: Compared): { readonly range: Range; readonly accepts: Accepts } | null {
  if (move.cause !== "data" && !(move.cause === "missing" && cameOrWent(move.measure, compared))) return null;
  const [before, after] = [resultOf(compared.from, move.measure)?.window, resultOf(compared.to, move.measure)?.window];
  const measure = measures.get(move.measure) ?? compared.config.ownMeasures.get(move.measure);
  if (measure === undefined || before == null || after == null) return null;
  const range = { from: before.from, to: Math.min(before.to, after.from) };
  if (range.from >= range.to) return null;
  return { range, accepts: ({ type, occurredAt }) => occurredAt >= range.from && occurredAt < range.to && isReadBy(measure, type) };
}

function acceptsFor(move: HealthMove, compared: Compared): Accepts | null {
  switch (move.cause) {
    case "staleness":
    case "override":
      return null;
    case "configuration":
      return tellsChange(assigningAttributes(compared), compared);
    case "missing":
      return cameOrWent(move.measure, compared) ? acceptsForMeasure(move.measure, compared) : null;
    case "data":
      return move.measure === "caps" ? acceptsForFlags(compared) : acceptsForMeasure(move.measure, compared);
  }
}

const resultOf = ({ dimensions }: HealthDocument, key: string): MeasureResult | undefined =>
  dimensions.flatMap((dimension) => dimension.measures).find((measure) => measure.key === key);
const cameOrWent = (key: string, { from, to }: Compared): boolean =>
  ((resultOf(from, key)?.value ?? null) === null) !== ((resultOf(to, key)?.value ?? null) === null);

function acceptsForMeasure(key: string, compared: Compared): Accepts | null {
  const own = compared.config.ownMeasures.get(key);
  const measure = measures.get(key) ?? own;
  if (measure === undefined) return null;
  const changesAttribute = tellsChange(measure.attributes ?? [], compared);
  const isBetween = own === undefined ? betweenFor(measure.source, compared) : betweenByEither(compared);
  return (event) => (isReadBy(measure, event.type) && isBetween(event)) || changesAttribute(event);
}

/** Whether a measure reads events of a type. */
export const isReadBy = ({ events, source }: Measure, type: string): boolean =>
  events === undefined ? speaksFor(source, type) : events.some((one) => type.startsWith(one));

const betweenFor =
  (source: Measure["source"], { from, to }: Compared): Accepts =>
  ({ occurredAt }) =>
    liesBetween(source, occurredAt, { from: from.asOf, to: to.asOf });

/** What people define counts by whole days, by hours, or looks at how things stand, whatever its source: either clock may tell it apart. */
function betweenByEither(compared: Compared): Accepts {
  const [byDay, byInstant] = [betweenFor("usage", compared), betweenFor("support", compared)];
  return (event) => byDay(event) || byInstant(event);
}

function acceptsForFlags(compared: Compared): Accepts {
  const raised = (document: HealthDocument): ReadonlySet<string> => new Set(document.flags.map(({ key }) => key));
  const [before, after] = [raised(compared.from), raised(compared.to)];
  const changed = [...new Set([...before, ...after])].filter((key) => before.has(key) !== after.has(key));
  const sources = new Set(changed.flatMap((key) => flags.get(key)?.source ?? []));
  const isBetween = betweenFor("support", compared);
  const changesAttribute = tellsChange(
    changed.flatMap((key) => flags.get(key)?.attributes ?? []),
    compared,
  );
  return (event) =>
    (isBetween(event) && (event.type === "user.identified" || [...sources].some((source) => speaksFor(source, event.type)))) ||
    changesAttribute(event);
}

/** Segments are assigned by the attributes of their conditions, groups of anchors by these two. */
const assigningAttributes = ({ config }: Compared): readonly string[] => [
  "segment",
  "contractStart",
  ...(config.segments?.segments.flatMap(({ when }) => when.map(({ attribute }) => attribute)) ?? []),
];

/** A write with which one of these attributes got another value, between the two instants. */
function tellsChange(names: readonly string[], { from, to, state }: Compared): Accepts {
  const changes = new Map<number, string[]>();
  for (const name of new Set(names))
    for (const { since } of state.attributeHistory.get(name)?.slice(1) ?? [])
      if (since > from.asOf && since <= to.asOf) changes.set(since, [...(changes.get(since) ?? []), name]);
  return ({ type, occurredAt, data }) => {
    if (type !== "account.updated") return false;
    const inner = data["attributes"];
    const told = { ...data, ...(typeof inner === "object" ? inner : null) };
    return (changes.get(occurredAt) ?? []).some((name) => Object.hasOwn(told, name));
  };
}

/** Writings and withdrawals of the overrides that make the difference; each knows its event. */
function verdictsBehind(move: HealthMove, { from, to, state }: Compared): Found {
  if (move.cause !== "override") return { eventIds: [], eventsTotal: 0 };
  const said = ({ at }: Verdict): boolean => at > from.asOf && at <= to.asOf;
  const stood = ({ at }: Verdict): boolean => at === from.override?.at || at === to.override?.at;
  const ids = state.verdicts.overrides.filter((verdict) => said(verdict) || stood(verdict)).map(({ tie }) => tie);
  return { eventIds: ids.reverse().slice(0, eventIdsPerMoveMax), eventsTotal: ids.length };
}
