import { z } from "zod";
import { toAccountRow } from "../../domain/account-row.ts";
import type { Band } from "../../domain/health/document.ts";
import { isoTime } from "../../domain/time.ts";
import { endpoint, okJson, type Endpoint } from "../endpoint.ts";
import { accountRow, band, money, time } from "../schemas.ts";

const bandsShown: readonly Band[] = ["healthy", "watch", "at_risk", "critical", "not_enough_data"];

export const portfolioEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/portfolio",
    tag: "accounts",
    summary: "The whole book in figures, and the accounts that moved most in 24 hours",
    scope: "read",
    answers: {
      200: {
        description: "Figures over all accounts that the token may see",
        schema: z.object({
          accounts: z.number(),
          scored: z.number(),
          averageScore: z.number().nullable(),
          averageScoreDayAgo: z.number().nullable(),
          bands: z.array(z.object({ band, accounts: z.number(), arr: z.array(money) })),
          segments: z.array(z.object({ segment: z.string().nullable(), accounts: z.number() })),
          owners: z.array(z.object({ owner: z.string().nullable(), accounts: z.number() })),
          risen: z.number(),
          fallen: z.number(),
          setAside: z.number(),
          items: z.array(accountRow),
          asOf: time.nullable(),
        }),
      },
    },
    async handle({ ports, identity }) {
      const figures = await ports.store.portfolio(identity.accountIds);
      return okJson({
        accounts: figures.accounts,
        scored: figures.scored,
        averageScore: figures.averageScore,
        averageScoreDayAgo: figures.averageScoreDayAgo,
        bands: bandsShown.map((name) => {
          const parts = figures.bands.filter((part) => part.band === name);
          return {
            band: name,
            accounts: parts.reduce((sum, part) => sum + part.accounts, 0),
            arr: parts.flatMap((part) => (part.currency === null ? [] : [{ amount: part.arrMinor, currency: part.currency }])),
          };
        }),
        segments: figures.segments.map(({ value, accounts }) => ({ segment: value, accounts })),
        owners: figures.owners.map(({ value, accounts }) => ({ owner: value, accounts })),
        risen: figures.risen,
        fallen: figures.fallen,
        setAside: figures.setAside,
        items: figures.items.map(toAccountRow),
        asOf: isoTime(figures.asOf),
      });
    },
  }),
];
