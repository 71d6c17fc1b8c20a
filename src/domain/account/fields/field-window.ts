import { QuantileSketch } from "../../sketch.ts";
import type { WindowHours } from "../../window-length.ts";
import type { CountedFields } from "../state.ts";
import { DistinctCounter, DistinctPart } from "./distinct.ts";
import type { FieldPart, Hours } from "./field-part.ts";
import { mergeNumbers, type Numbers, NumbersPart } from "./numbers.ts";
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

export function distinctIn(fields: CountedFields, key: string, window: WindowHours): DistinctCounter {
  const counter = new DistinctCounter();
  for (const { part, hours } of partsIn(fields, key, window)) if (part instanceof DistinctPart) part.addTo(counter, hours);
  return counter;
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
