import { type EventCategory, eventTypeOf } from "../event-types.ts";
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
