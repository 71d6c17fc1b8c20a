import { z } from "zod";
import type { Statistics } from "../../domain/statistics/document.ts";
import { isoTime } from "../../domain/time.ts";
import { endpoint, okJson, type Endpoint } from "../endpoint.ts";
import { time } from "../schemas.ts";

const statistics = z.object({
  configVersion: z.string().nullable(),
  period: z.string().nullable(),
  at: time.nullable(),
  accounts: z.number(),
  figures: z.array(z.object({ measure: z.string(), segment: z.string().nullable(), value: z.number(), accounts: z.number() })),
  anchors: z.array(
    z.object({
      scorecard: z.string(),
      measure: z.string(),
      segment: z.string().nullable(),
      tenureDaysFrom: z.number().nullable(),
      tenureDaysTo: z.number().nullable(),
      values: z.array(z.number()),
      accounts: z.number(),
    }),
  ),
});

const nothing = { configVersion: null, period: null, at: null, accounts: 0, figures: [], anchors: [] };

const toJson = ({ version, period, at, accounts, figures, anchors }: Statistics): z.infer<typeof statistics> => ({
  configVersion: String(version),
  period,
  at: isoTime(at),
  accounts,
  figures: Object.entries(figures).flatMap(([measure, { all, segments }]) => [
    { measure, segment: null, ...all },
    ...Object.entries(segments).map(([segment, figure]) => ({ measure, segment, ...figure })),
  ]),
  anchors: Object.entries(anchors).flatMap(([of, groups]) => {
    const [scorecard = "", measure = ""] = of.split("/");
    return groups.map((group) => ({ scorecard, measure, ...group }));
  }),
});

export const statisticsEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/statistics",
    tag: "configuration",
    summary: "What accounts lend each other: segment means, medians and drawn anchors, each with the accounts behind it",
    scope: "read",
    spansAccounts: true,
    answers: { 200: { description: "Those in force; empty before the daily job has published any", schema: statistics } },
    async handle({ ports }) {
      const found = (await ports.store.configuration())?.statistics ?? null;
      return okJson(found === null ? nothing : toJson(found));
    },
  }),
];
