import { QuantileSketch } from "../../sketch.ts";
import type { WindowHours } from "../../window-length.ts";
import type { CountedFields } from "../state.ts";
import { DistinctCounter } from "../distinct-counter.ts";
import { DistinctPart } from "./distinct.ts";
import type { FieldPart, Hours } from "./field-part.ts";
import { mergeNumbers, type Numbers, NumbersPart } from "./numbers.ts";
import { OlderDistinctCounter, OlderDistinctPart } from "./older-distinct.ts";
import { QuantilesPart } from "./quantiles.ts";

/** What the days of a window say of a field, put together. Each costs a pass over the days of the window. */

/** Null: there was none. */
export function numbersIn(fields: CountedFields, key: string, window: WindowHours): Numbers | null {
  let all: Numbers | null = null;
  for (const { part, hours } of partsIn(fields, key, window)) {
    const some = part instanceof NumbersPart ? part.within(hours) : null;
    if (some !== null) all = mergeNumbers(all, some);
  }
  return all;
}

export function quantilesIn(fields: CountedFields, key: string, window: WindowHours): QuantileSketch {
  const sketch = new QuantileSketch();
  for (const { part, hours } of partsIn(fields, key, window)) if (part instanceof QuantilesPart) part.addTo(sketch, hours);
  return sketch;
}

export const distinctIn = (fields: CountedFields, key: string, window: WindowHours): Distinct =>
  distinctOfParts(partsIn(fields, key, window));

/** `errorRatio`: standard error of the count, as a share of it, at most; 0: it is exact. */
type Distinct = Pick<DistinctCounter, "count" | "errorRatio">;

/** Those of one key, and so of one kind. */
export function distinctOfParts(parts: Iterable<{ readonly part: FieldPart; readonly hours: Hours }>): Distinct {
  const [counter, older] = [new DistinctCounter(), new OlderDistinctCounter()];
  let isOlder = false;
  for (const { part, hours } of parts) {
    if (part instanceof DistinctPart) part.addTo(counter, hours);
    if (!(part instanceof OlderDistinctPart)) continue;
    part.addTo(older, hours);
    isOlder = true;
  }
  return isOlder ? older : counter;
}

/** Whether anything was counted up to that day. */
export function wasSeen(fields: CountedFields, key: string, lastDay: number): boolean {
  for (const day of fields.daysWith()) if (day <= lastDay && fields.on(day, key) !== null) return true;
  return false;
}

function* partsIn(fields: CountedFields, key: string, window: WindowHours): Generator<{ part: FieldPart; hours: Hours }> {
  const { firstDay, firstHour, lastDay, lastHour } = window;
  for (let day = firstDay; day <= lastDay; day++) {
    const part = fields.on(day, key);
    if (part !== null) yield { part, hours: { first: day === firstDay ? firstHour : 0, last: day === lastDay ? lastHour : 23 } };
  }
}
