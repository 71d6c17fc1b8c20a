import { checkDocument, type ConfigDocument, shippedDocuments, withRisk } from "../domain/config/document.ts";
import { activate, type Configuration, emptyConfiguration } from "../domain/config/active.ts";
import { jobAuthors } from "../domain/jobs/job.ts";
import { endOfPeriod } from "../domain/jobs/period.ts";
import { riskMonthsMax, riskReportsKept, riskRowsMax, riskShardsAtOnceMax, riskShardsPerStepMax, riskStepsMax } from "../domain/limits.ts";
import type { Weighed } from "../domain/risk/propose.ts";
import { proposalNote } from "../domain/risk/proposal-note.ts";
import { backTest, type RiskReport } from "../domain/risk/report.ts";
import { invariant } from "../domain/result.ts";
import type { BackTestPorts, RiskPart } from "./ports.ts";
import type { StepRunner } from "./work.ts";

/** Author of what the product itself puts into the configuration. */
const author = jobAuthors.monthly;

/**
 * The monthly back-test: reads the histories of all accounts (of a great book a part), tests the score on them, learns a model of risk if there
 * is one to learn, puts it in force, and leaves weights that would have done better as drafts. Nothing after the month's end is looked at.
 * What was read of customers is removed in the end, also where the run fails. Every step may run twice; an older month than the newest one that was tested changes nothing that is in force.
 */
export async function backTestMonth(period: string, step: StepRunner, ports: BackTestPorts): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await inSteps(period, step, ports);
  } catch (error) {
    // No step of its own: the run is to tell at which one it failed. What stays all the same the next month's run removes.
    await ports.parts.remove(period).catch((failure: unknown) => ports.note("back_test_parts_left", { period, error: String(failure) }));
    throw error;
  }
}

async function inSteps(period: string, step: StepRunner, ports: BackTestPorts): Promise<Readonly<Record<string, unknown>>> {
  const { accountsShare } = await step("choose accounts", async () => {
    await ports.parts.removeForgotten();
    return { accountsShare: shareOf(await ports.book.countAccounts()) };
  });
  const asOf = endOfPeriod("month", period);
  let parts = 0;
  for (let after: string | null = null; parts < riskStepsMax; parts++) {
    const reading: Reading = { period, part: parts, asOf, accountsShare, after };
    const { last } = await step(`read accounts ${parts}`, () => readPart(ports, reading));
    if (last === null) break;
    after = last;
  }
  const found = await step("learn", () => learn(ports, { period, parts, asOf, accountsShare }));
  const { configVersion } = await step("put the model in force", () => putInForce(ports, period));
  const { drafts } = await step("propose weights", () => propose(ports, period));
  await step("tidy", async () => {
    await ports.parts.remove(period);
    return { forgotten: await ports.results.forget(riskReportsKept) };
  });
  return { ...found, configVersion, drafts };
}

/** With all months of all accounts the rows are bounded; most accounts have fewer. */
const shareOf = (accounts: number): number => Math.min(1, riskRowsMax / Math.max(1, accounts * riskMonthsMax));

type Reading = {
  readonly period: string;
  readonly part: number;
  readonly asOf: number;
  readonly accountsShare: number;
  /** Name of the last shard that was read. */
  readonly after: string | null;
};

async function readPart(
  { book, parts }: BackTestPorts,
  { period, part, asOf, accountsShare, after: lastRead }: Reading,
): Promise<{ last: string | null }> {
  const shards = await book.shards(lastRead, riskShardsPerStepMax);
  const read: RiskPart[] = [];
  const queue = [...shards];
  const lane = async (): Promise<void> => {
    for (let shard = queue.shift(); shard !== undefined; shard = queue.shift()) {
      let after: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof book.histories>> = await book.histories(shard, { asOf, accountsShare, after });
        read.push(page);
        after = page.next;
      } while (after !== null);
    }
  };
  await Promise.all(Array.from({ length: riskShardsAtOnceMax }, lane));
  if (shards.length > 0) await parts.put(period, part, joined(read));
  return { last: shards.at(-1) ?? null };
}

/** In the order of their ids, so that the same accounts give the same figures to the last bit. */
const joined = (read: readonly RiskPart[]): RiskPart => ({
  accounts: read.reduce((sum, { accounts }) => sum + accounts, 0),
  withoutSubscription: read.reduce((sum, { withoutSubscription }) => sum + withoutSubscription, 0),
  histories: read.flatMap(({ histories }) => histories).sort((a, b) => (a.account < b.account ? -1 : 1)),
});

async function learn(
  { parts, results, config, now }: BackTestPorts,
  of: { readonly period: string; readonly parts: number; readonly asOf: number; readonly accountsShare: number },
) {
  const read: RiskPart[] = [];
  for (let part = 0; part < of.parts; part++) read.push(await parts.get(of.period, part));
  const all = joined(read);
  const { period, asOf, accountsShare } = of;
  const { report, model } = backTest({ ...all, period, asOf, accountsShare, scorecards: weighable(await config.active()) });
  await results.keep(report, model, now());
  const { rows, losses } = report.sample;
  return { accounts: all.accounts, rows, losses, learned: report.forecasts.filter(({ status }) => status === "learned").length };
}

const configured = (active: Configuration | null): Configuration => active ?? { ...emptyConfiguration, version: 1 };

const weighable = (active: Configuration | null): readonly Weighed[] =>
  [...activate(configured(active)).scorecards].map(([scorecard, { dimensions }]) => ({
    scorecard,
    dimensions: dimensions.map(({ key, title, weight, measures }) => ({ key, title, weight, measures: measures.map(weighedOf) })),
  }));
const weighedOf = ({ key, title, weight }: { readonly key: string; readonly title: string; readonly weight: number }) => ({ key, title, weight }); // prettier-ignore

/** A month that was declined ends the model of the month before: what is no longer borne out is no longer told. */
async function putInForce({ results, config, now }: BackTestPorts, period: string): Promise<{ configVersion: number | null }> {
  const stored = await results.read(period);
  invariant(stored !== null, "the report was kept by the step before");
  if (stored.newest !== period) return { configVersion: null };
  const next = withRisk(await config.active(), stored.model);
  if (!next.ok || next.value === null) return { configVersion: null };
  if (!(await config.put(next.value, { author, at: now() }))) throw new Error("another configuration came first");
  await config.spread(next.value.version);
  return { configVersion: next.value.version };
}

async function propose(ports: BackTestPorts, period: string): Promise<{ drafts: readonly string[] }> {
  const stored = await ports.results.read(period);
  invariant(stored !== null, "the report was kept by a step before");
  const { report, model, newest } = stored;
  const weights: RiskReport["weights"] = [];
  for (const one of report.weights) {
    const draft = one.weights === null || newest !== period ? null : await saveProposal(ports, period, one);
    weights.push({ ...one, draft });
  }
  await ports.results.keep({ ...report, weights }, model, ports.now());
  return { drafts: weights.flatMap(({ scorecard, draft }) => (draft === "saved" ? [scorecard] : [])) };
}

type Proposal = RiskReport["weights"][number];

/** The scorecard as it is in force, with the proposed weights, as its draft; a draft that a person has saved, or that runs in shadow, stays. */
async function saveProposal({ config, now }: BackTestPorts, period: string, proposal: Proposal) {
  const { scorecard, weights } = proposal;
  const active = await config.active();
  const document = active?.scorecards[scorecard]?.document ?? shippedDocuments("scorecards").get(scorecard);
  const { draft, lastVersion } = await config.draft("scorecards", scorecard);
  if (draft !== null && (draft.status === "shadow" || draft.author !== author)) return "other_draft";
  const checked = checkDocument({ kind: "scorecards", key: scorecard }, withWeights(document, weights ?? []), active);
  if (!checked.ok) return "not_valid";
  const saved: ConfigDocument = {
    kind: "scorecards",
    key: scorecard,
    version: draft?.version ?? lastVersion + 1,
    status: "draft",
    revision: (draft?.revision ?? 0) + 1,
    document: checked.value,
    author,
    at: now(),
    note: proposalNote(period, proposal),
  };
  return (await config.saveDraft(saved, draft?.revision ?? 0)) ? "saved" : "other_draft";
}

type Written = { readonly dimensions: readonly { readonly key: string; readonly measures: readonly { readonly key: string }[] }[] };

/** What the proposal does not name, or leaves, stays as it is written. */
function withWeights(document: unknown, weights: NonNullable<Proposal["weights"]>): unknown {
  const { dimensions, ...rest } = document as Written;
  return {
    ...rest,
    dimensions: dimensions.map((dimension) => {
      const proposed = weights.find(({ key }) => key === dimension.key);
      const measures = dimension.measures.map((one) => weighed(one, proposed?.measures ?? []));
      return { ...weighed(dimension, weights), measures };
    }),
  };
}

function weighed<One extends { readonly key: string }>(
  one: One,
  proposed: readonly { readonly key: string; readonly weight: number | null }[],
) {
  const weight = proposed.find(({ key }) => key === one.key)?.weight ?? null;
  return weight === null ? one : { ...one, weight };
}
