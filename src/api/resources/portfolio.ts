import { z } from "zod";
import { toAccountRow } from "../../domain/account-row.ts";
import { activate, shippedConfig } from "../../domain/config/active.ts";
import { standardScorecard } from "../../domain/config/standard.ts";
import { portfolioDaysMax } from "../../domain/limits.ts";
import { type BandEdges, bandFigures, type PortfolioDay } from "../../domain/portfolio-day.ts";
import { dayOf, isoTime, startOfDay } from "../../domain/time.ts";
import { endpoint, okJson, type Endpoint } from "../endpoint.ts";
import type { ApiPorts } from "../ports.ts";
import { accountRow, band, money, time } from "../schemas.ts";
import { rangeOf, rangeQuery } from "../time-range.ts";

const bandsSchema = z.array(
  z.object({
    band,
    accounts: z.number(),
    arr: z.array(money),
    unconverted: z.object({ accounts: z.number(), amounts: z.array(money) }),
  }),
);
const historyDays = 90;
/** Lines of daily scores go so far back. */
const lineDays = 90;

const dayJson = ({ day, takenAt, ...figures }: PortfolioDay) => ({
  day: isoTime(startOfDay(day)).slice(0, 10),
  ...figures,
  reckoned: takenAt === null,
  takenAt: isoTime(takenAt),
});

/** Each day of the range as it was recorded, today as it stands; days before the first record as they can be reckoned, and none beyond that. */
async function daysOf(ports: ApiPorts, from: number, to: number, now: number): Promise<readonly PortfolioDay[]> {
  const today = dayOf(now);
  const recorded = await ports.store.recordedDays(from, Math.min(to, today));
  const wanted = { from: Math.max(from, today - lineDays + 1), to: Math.min(to, today) };
  const isWhole = recorded.filter(({ day }) => day >= wanted.from).length >= wanted.to - wanted.from;
  const reckoned = isWhole ? [] : await ports.store.reckonedDays(await edgesInForce(ports), wanted.from, wanted.to);
  const known = new Set(recorded.map(({ day }) => day));
  const days = [...recorded, ...reckoned.filter(({ day }) => !known.has(day))];
  if (to > today) {
    const { accounts, scored, averageScore, bands, unconverted, configVersions } = await ports.store.portfolio(null);
    if (accounts > 0)
      days.push({ day: today, takenAt: now, accounts, scored, averageScore, bands: bandFigures(bands, unconverted), configVersions });
  }
  return days.sort((a, b) => a.day - b.day);
}

/** Those of the scorecard that most accounts have: the default. */
async function edgesInForce(ports: ApiPorts): Promise<BandEdges> {
  const configuration = await ports.store.configuration();
  const { segments, scorecards } = configuration === null ? shippedConfig : activate(configuration);
  return (scorecards.get(segments?.scorecard ?? "standard") ?? standardScorecard).bands;
}

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
          averageChangeByConfiguration: z.number().nullable(),
          bands: bandsSchema,
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
        averageChangeByConfiguration: figures.averageChangeByConfiguration,
        bands: bandFigures(figures.bands, figures.unconverted),
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
  endpoint({
    method: "get",
    path: "/portfolio/history",
    tag: "accounts",
    summary: "How the book stood by day: accounts and ARR in each band",
    scope: "read",
    spansAccounts: true,
    query: z.object(rangeQuery),
    answers: {
      200: {
        description: "Days of the range of which something is known, oldest first",
        schema: z.object({
          from: time,
          to: time,
          days: z.array(
            z.object({
              day: z.iso.date(),
              accounts: z.number(),
              scored: z.number(),
              averageScore: z.number().nullable(),
              bands: bandsSchema,
              configVersions: z.object({ least: z.string(), greatest: z.string() }).nullable(),
              reckoned: z.boolean(),
              takenAt: time.nullable(),
            }),
          ),
          asOf: time,
        }),
      },
    },
    async handle({ ports, query, now }) {
      const range = rangeOf(query, now, historyDays);
      if (!range.ok) return range.error;
      const from = dayOf(range.value.from);
      const to = dayOf(range.value.to - 1) + 1;
      if (to - from > portfolioDaysMax) return { failure: "bad_query", pointer: "?from", detail: `at most ${portfolioDaysMax} days` };
      const days = await daysOf(ports, from, to, now);
      return okJson({ from: isoTime(startOfDay(from)), to: isoTime(startOfDay(to)), days: days.map(dayJson), asOf: isoTime(now) });
    },
  }),
];
