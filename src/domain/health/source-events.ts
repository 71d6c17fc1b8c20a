import { type EventCategory, eventTypeOf } from "../event-types.ts";
import { dayOf } from "../time.ts";
import type { MeasureSource } from "./measure.ts";

const categories: Readonly<Record<MeasureSource, readonly EventCategory[]>> = {
  usage: ["usage"],
  support: ["support"],
  engagement: ["engagement"],
  success: ["success"],
  revenue: ["revenue"],
  market: ["market"],
  lifecycle: ["usage"],
};

/** Whether events of a type are what the measures of a source read. Conversations are support and a sign of life. */
export const speaksFor = (source: MeasureSource, type: string): boolean => {
  const category = eventTypeOf(type)?.category;
  return category !== undefined && (categories[source].includes(category) || (source === "engagement" && type.startsWith("conversation.")));
};

/** Sources whose facts are kept by whole UTC days: what happens on a day counts for every instant of it. */
const byDay: ReadonlySet<MeasureSource> = new Set<MeasureSource>(["usage", "engagement", "lifecycle", "market"]);

/** Whether what happens at `at` may make a difference between two instants, for measures of a source. */
export const liesBetween = (source: MeasureSource, at: number, { from, to }: { readonly from: number; readonly to: number }): boolean =>
  byDay.has(source) ? dayOf(at) > dayOf(from) && dayOf(at) <= dayOf(to) : at > from && at <= to;
