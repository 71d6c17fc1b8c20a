import { statisticsGroupsMax, statisticsSegmentCharsMax, statisticsSegmentsMax } from "../limits.ts";
import { QuantileSketch, type SketchJson } from "../sketch.ts";
import { anchorsKey, type DrawnGroup, type Statistics, type StatisticsFigure } from "./document.ts";
import type { DrawnAt, Line } from "./drawn-at.ts";
import type { Observation } from "./observe.ts";

type Rate = { hits: number; of: number; accounts: number };
type Counted = Rate | QuantileSketch;
type Group = Line & {
  readonly scorecard: string;
  readonly measure: string;
  readonly segment: string | null;
  readonly tenureDaysFrom: number | null;
  readonly tenureDaysTo: number | null;
  readonly sketch: QuantileSketch;
};

/** Of a shard's accounts, on the way to where all of them are put together. */
export type GatheredJson = {
  readonly accounts: number;
  /** `[measure, segment, hits, of, accounts]`; the segment null for all. */
  readonly rates: readonly (readonly [string, string | null, number, number, number])[];
  readonly numbers: readonly (readonly [string, string | null, SketchJson])[];
  readonly groups: readonly (Omit<Group, "sketch"> & { readonly sketch: SketchJson })[];
};

const linePoints = 10_000;

/**
 * Gathers what accounts have to say. Parts of the book are gathered apart and put together: the answer is that of the whole, whatever the
 * order, as long as there are no more segments and groups than are kept. Accounts of a segment whose name is too long count among all. Memory does not grow with the number of accounts.
 */
export class Gathered {
  accounts = 0;
  private readonly figures = new Map<string, Map<string | null, Counted>>();
  private readonly segments = new Set<string>();
  private readonly groups = new Map<string, Group>();

  add({ segment, scorecard, tenureDays, figures, values }: Observation): void {
    this.accounts++;
    const named = this.segmentOf(segment);
    for (const { measure, contribution } of figures) {
      for (const where of named === null ? [null] : [null, named]) {
        if ("number" in contribution) this.numbersOf(measure, where).add(contribution.number);
        else addTo(this.rateOf(measure, where), { ...contribution, accounts: 1 });
      }
    }
    for (const { measure, value, anchors, tenureDays: bounds } of values) {
      const tenure = tenureOf(tenureDays, bounds);
      if (tenure === null) continue;
      for (const where of named === null ? [null] : [null, named]) {
        const group = this.groupOf({ scorecard, measure, segment: where, ...tenure, ...anchors });
        if (group !== null) group.sketch.add(toLine(value, group));
      }
    }
  }

  merge(json: GatheredJson): void {
    this.accounts += json.accounts;
    for (const [measure, segment, hits, of, accounts] of json.rates)
      if (this.hasRoomFor(segment)) addTo(this.rateOf(measure, segment), { hits, of, accounts });
    for (const [measure, segment, sketch] of json.numbers)
      if (this.hasRoomFor(segment)) this.numbersOf(measure, segment).merge(QuantileSketch.fromJson(sketch));
    for (const { sketch, ...group } of json.groups)
      if (this.hasRoomFor(group.segment)) this.groupOf(group)?.sketch.merge(QuantileSketch.fromJson(sketch));
  }

  toJson(): GatheredJson {
    const all = [...this.figures].flatMap(([measure, by]) => [...by].map(([segment, counted]) => ({ measure, segment, counted })));
    return {
      accounts: this.accounts,
      rates: all.flatMap(({ measure, segment, counted }) =>
        counted instanceof QuantileSketch ? [] : [[measure, segment, counted.hits, counted.of, counted.accounts] as const],
      ),
      numbers: all.flatMap(({ measure, segment, counted }) =>
        counted instanceof QuantileSketch ? [[measure, segment, counted.toJson()] as const] : [],
      ),
      groups: [...this.groups.values()].map(({ sketch, ...group }) => ({ ...group, sketch: sketch.toJson() })),
    };
  }

  /**
   * The statistics of all that was gathered, or null of nobody. What was gathered by other anchors than those in force (a scorecard was published
   * meanwhile) is of another line; the rest would be a part of the book, so such a measure keeps the anchors that it has.
   *
   * @param drawnBy what the scorecard in force asks for, by scorecard and measure; null: no anchors are drawn
   * @param inForce until now
   */
  toStatistics(
    stamp: Pick<Statistics, "version" | "period" | "at">,
    drawnBy: (scorecard: string, measure: string) => DrawnAt | null,
    inForce: Statistics | null,
  ): Statistics | null {
    if (this.accounts === 0) return null;
    const figures: Record<string, { all: StatisticsFigure; segments: Record<string, StatisticsFigure> }> = {};
    for (const [measure, by] of this.figures) {
      const all = figureOf(by.get(null));
      if (all === null) continue;
      const segments = [...by].flatMap(([segment, counted]) => {
        const figure = segment === null ? null : figureOf(counted);
        return figure === null || segment === null ? [] : [[segment, figure] as const];
      });
      figures[measure] = { all, segments: Object.fromEntries(segments) };
    }
    return { ...stamp, accounts: this.accounts, figures, anchors: this.anchors(drawnBy, inForce) };
  }

  private anchors(drawnBy: (scorecard: string, measure: string) => DrawnAt | null, inForce: Statistics | null): Statistics["anchors"] {
    const anchors: Record<string, DrawnGroup[]> = {};
    const inPart = new Set<string>();
    for (const group of this.groups.values()) {
      const at = drawnBy(group.scorecard, group.measure);
      if (at === null) continue;
      const key = anchorsKey(group.scorecard, group.measure);
      if (at.first === group.first && at.last === group.last) (anchors[key] ??= []).push(drawn(group, at.shares));
      else inPart.add(key);
    }
    for (const key of inPart) {
      const kept = inForce?.anchors[key];
      if (kept === undefined) delete anchors[key];
      else anchors[key] = [...kept];
    }
    return anchors;
  }

  private segmentOf(segment: string | null): string | null {
    return segment !== null && this.hasRoomFor(segment) ? segment : null;
  }

  private hasRoomFor(segment: string | null): boolean {
    if (segment === null || this.segments.has(segment)) return true;
    if (segment.length > statisticsSegmentCharsMax || this.segments.size >= statisticsSegmentsMax) return false;
    this.segments.add(segment);
    return true;
  }

  private rateOf(measure: string, segment: string | null): Rate {
    return this.counted(measure, segment, () => ({ hits: 0, of: 0, accounts: 0 })) as Rate;
  }

  private numbersOf(measure: string, segment: string | null): QuantileSketch {
    return this.counted(measure, segment, () => new QuantileSketch()) as QuantileSketch;
  }

  private counted(measure: string, segment: string | null, make: () => Counted): Counted {
    let by = this.figures.get(measure);
    if (by === undefined) this.figures.set(measure, (by = new Map()));
    let counted = by.get(segment);
    if (counted === undefined) by.set(segment, (counted = make()));
    return counted;
  }

  private groupOf(named: Omit<Group, "sketch">): Group | null {
    const { scorecard, measure, segment, tenureDaysFrom, tenureDaysTo, first, last } = named;
    // Values on two lines are not values of one: while shards learn of a new scorecard, some gather by the old one.
    const key = JSON.stringify([scorecard, measure, segment, tenureDaysFrom, tenureDaysTo, first, last]);
    const known = this.groups.get(key);
    if (known !== undefined) return known;
    if (this.groups.size >= statisticsGroupsMax) return null;
    const group = { ...named, sketch: new QuantileSketch() };
    this.groups.set(key, group);
    return group;
  }
}

function addTo(rate: Rate, { hits, of, accounts }: Rate): void {
  rate.hits += hits;
  rate.of += of;
  rate.accounts += accounts;
}

function figureOf(counted: Counted | undefined): StatisticsFigure | null {
  if (counted === undefined) return null;
  if (!(counted instanceof QuantileSketch))
    return counted.of === 0 ? null : { value: counted.hits / counted.of, accounts: counted.accounts };
  const median = counted.at(0.5);
  return median === null ? null : { value: median, accounts: counted.values };
}

/** Between which of the bounds a tenure lies; without bounds any. Null: there are bounds and the tenure is not known. */
function tenureOf(days: number | null, bounds: readonly number[]): Pick<Group, "tenureDaysFrom" | "tenureDaysTo"> | null {
  if (bounds.length === 0) return { tenureDaysFrom: null, tenureDaysTo: null };
  if (days === null || days < 0) return null;
  return { tenureDaysFrom: bounds.findLast((bound) => bound <= days) ?? 0, tenureDaysTo: bounds.find((bound) => bound > days) ?? null };
}

/** A value as a whole number from 0 to `linePoints`: what lies further out than a span counts as if it lay there, where every score is flat. */
function toLine(value: number, { first, last }: Line): number {
  const span = last - first;
  return Math.round(Math.min(1, Math.max(0, (value - first + span) / (3 * span))) * linePoints);
}

function drawn({ segment, tenureDaysFrom, tenureDaysTo, first, last, sketch }: Group, shares: readonly number[]): DrawnGroup {
  const span = last - first;
  const values = shares.map((share) => first - span + ((sketch.at(share) ?? 0) / linePoints) * 3 * span);
  return { segment, tenureDaysFrom, tenureDaysTo, accounts: sketch.values, values };
}
