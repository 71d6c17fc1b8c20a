import type { Measure } from "../measure.ts";
import { breadth } from "./breadth.ts";
import { csat } from "./csat.ts";
import { depth } from "./depth.ts";
import { recency } from "./recency.ts";
import { reopenRate } from "./reopen-rate.ts";
import { resolutionTime } from "./resolution-time.ts";
import { seatUse } from "./seat-use.ts";
import { stickiness } from "./stickiness.ts";
import { ticketVolume } from "./ticket-volume.ts";
import { trend } from "./trend.ts";
import { weightedBacklog } from "./weighted-backlog.ts";

/** Every measure a scorecard may name. A new one is a file and a line here. */
export const measures: ReadonlyMap<string, Measure> = new Map(
  [seatUse, stickiness, breadth, depth, trend, recency, weightedBacklog, ticketVolume, resolutionTime, reopenRate, csat].map((measure) => [
    measure.key,
    measure,
  ]),
);
