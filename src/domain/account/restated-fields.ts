import type { Event } from "../event.ts";
import { QuantileSketch } from "../sketch.ts";
import { dayOf } from "../time.ts";
import { dayKept } from "./buckets.ts";
import { type CountedField, type FieldKind, fromFieldKey, isCountedIn, valueAt } from "./fields/counted-field.ts";
import type { FieldPart } from "./fields/field-part.ts";
import { distinctOfParts } from "./fields/field-window.ts";
import { NumbersPart, sumOf } from "./fields/numbers.ts";
import { QuantilesPart } from "./fields/quantiles.ts";
import type { FoldedAccount } from "./folded.ts";
import { ranged } from "./restated-range.ts";
import type { Figure } from "./state.ts";

const WHOLE = { first: 0, last: 23 } as const;
const SHARES = [0.5, 0.9] as const;

/** Functions of expressions, each with what it gives for the day; null: there is no value. */
type Figures = readonly (readonly [
  name: "sum" | "count" | "min" | "max" | "last" | "count_true" | "share_true" | "distinct" | "quantile",
  value: number | null,
  share?: number,
])[];
const none: Readonly<Record<FieldKind, Figures>> = {
  numbers: [
    ["sum", 0],
    ["count", 0],
    ["min", null],
    ["max", null],
    ["last", null],
  ],
  booleans: [
    ["count_true", 0],
    ["share_true", null],
  ],
  quantile: SHARES.map((share) => ["quantile", null, share]),
  distinct: [["distinct", 0]],
};

/**
 * Which figures of counted fields an event changes on its day, if that is closed: what a measure of one's own reads of them over a window follows
 * from these. Called before the event is folded; the answer is asked for afterwards.
 *
 * @param isLookedUp false: told is only which figures may be others (null)
 */
export function fieldWatch(state: FoldedAccount, { type, data, occurredAt }: Event, now: number, isLookedUp: boolean): () => Figure[] {
  const day = dayOf(occurredAt);
  const counted = state.fields.ofType(type).filter(({ kind, path }) => isCountedIn(kind, valueAt(data, path)));
  if (counted.length === 0 || day < dayKept(dayOf(now)) || day >= dayOf(now)) return () => [];
  const read = (): readonly Figures[] => counted.map(({ key }) => figuresOf(key, state.fields.on(day, key)));
  const before = isLookedUp ? read() : null;
  return () => {
    const after = read();
    return counted.flatMap((field, i) => rowsOf(field, day, before?.[i] ?? null, after[i] as Figures));
  };
}

function figuresOf(key: string, part: FieldPart | null): Figures {
  const { kind } = fromFieldKey(key);
  if (part instanceof NumbersPart) {
    const numbers = part.within(WHOLE);
    if (numbers !== null && kind === "booleans")
      return [
        ["count_true", sumOf(numbers)],
        ["share_true", sumOf(numbers) / numbers.count],
      ];
    if (numbers !== null)
      return [
        ["sum", sumOf(numbers)],
        ["count", numbers.count],
        ["min", numbers.min],
        ["max", numbers.max],
        ["last", numbers.last.value],
      ];
  }
  if (part instanceof QuantilesPart) {
    const sketch = new QuantileSketch();
    part.addTo(sketch, WHOLE);
    return SHARES.map((share) => ["quantile", sketch.at(share), share]);
  }
  if (part !== null && kind === "distinct") return [["distinct", distinctOfParts([{ part, hours: WHOLE }]).count]];
  return none[kind];
}

function rowsOf({ type, field }: CountedField, day: number, before: Figures | null, after: Figures): Figure[] {
  return after.flatMap(([name, now, share], i) => {
    const old = before?.[i]?.[1] ?? null;
    const change = old === null || now === null ? null : rounded(now - old);
    return change === 0 ? [] : [ranged(fieldMetric(name, [type, field, ...(share === undefined ? [] : [share])]), day, day, change)];
  });
}

/** As an expression asks for it, without a window: `sum("export.finished", "rows")`. */
const fieldMetric = (name: string, given: readonly (string | number)[]): string =>
  `${name}(${given.map((one) => JSON.stringify(one)).join(", ")})`;

/** Numbers are counted to six decimals: what the subtraction adds beyond is no change. */
const rounded = (change: number): number => Math.round(change * 1e6) / 1e6;
