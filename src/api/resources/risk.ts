import { z } from "zod";
import { isPeriod } from "../../domain/jobs/period.ts";
import { RiskReportSchema } from "../../domain/risk/report.ts";
import { endpoint, okJson, type Endpoint } from "../endpoint.ts";

const query = z.object({
  period: z
    .string()
    .refine((period) => isPeriod("month", period), "must be a month such as 2026-10")
    .optional(),
});

export const riskEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/risk",
    tag: "health",
    summary: "The monthly back-test: how well the score told losses, whether a forecast could be learned, and weights that are proposed",
    scope: "read",
    spansAccounts: true,
    query,
    answers: {
      200: {
        description: "The newest back-test, or that of a month",
        schema: z.object({
          /** Month of the model that is in force. */
          inForce: z.string().nullable(),
          periods: z.array(z.string()),
          report: RiskReportSchema.nullable(),
        }),
      },
    },
    async handle({ ports, query: { period } }) {
      const [{ report, periods }, active] = await Promise.all([ports.store.riskReport(period ?? null), ports.store.configuration()]);
      if (report === null && period !== undefined) return { failure: "not_found", what: "report" };
      return okJson({ inForce: active?.risk?.period ?? null, periods, report });
    },
  }),
];
