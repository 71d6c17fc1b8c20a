import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Runtime, startRuntime } from "../../scripts/runtime/host.ts";
import { readArchive } from "../oracle/archive.ts";
import { deskCalendar, localCalendar } from "../oracle/company/cases.ts";
import { companyZone, rates, reportingCurrency } from "../oracle/company/rates.ts";
import { scorecards } from "../oracle/company/scorecards.ts";
import { ago, clockMs } from "../oracle/company/tell.ts";
import { type Comparison, Computation, toTable } from "../oracle/computation.ts";
import { type Link, link, type Played, play, publish, publishRules } from "../oracle/play.ts";
import { Product, type Question } from "../oracle/product.ts";

/** All that the product tells of a small company, computed a second time by SQL over the raw archive: docs/design/oracle.md. */
const adminToken = "admin-token-of-this-test";
const dayMs = 86_400_000;
const today = Math.floor(clockMs / dayMs);
const daysFromNow = (days: number): number => Math.round(clockMs + days * dayMs);
const question: Question = {
  days: { from: today - 520, to: today + 2 },
  // Now; in the past, at the edge and in the middle of days; ahead, when sources are behind.
  instants: [0, -0.5, -4.1, -21.77, -54.5, -89, 0.08, 4].map(daysFromNow),
  scorecards: Object.keys(scorecards),
};
const folder = mkdtempSync(join(tmpdir(), "pulseline-oracle-"));
let runtime: Runtime;
let product: Product;
let played: Played;
let computation: Computation;

const compute = async (links: readonly Link[], asked = question): Promise<Computation> =>
  Computation.of({
    archive: await readArchive(runtime.mf, product),
    links,
    merges: played.merges,
    scorecards,
    calendars: { always: {}, desk: deskCalendar, local: localCalendar },
    rates,
    reportingCurrency,
    companyZone,
    clockMs,
    question: asked,
  });
const compare = async (accounts: readonly string[], asked = question): Promise<Comparison> =>
  computation.compare(await product.readings(accounts, asked));
/** Names of the figures of which a value differs. */
const differing = ({ lines }: Comparison): readonly string[] => lines.filter(({ different }) => different > 0).map(({ figure }) => figure);

/** The product with its clock standing still there. */
const startAt = (productMs: number): Promise<Runtime> =>
  startRuntime({
    dataFolder: folder,
    adminToken,
    clock: { productMs, wallMs: Date.now(), rate: 0 },
    // One account shard knows how far every stream has come as soon as it has taken its events; others hear of it within a minute.
    vars: { ACCOUNT_SHARDS: "1", PULSELINE_ARCHIVE_EVERY_MS: "1000" },
  });

/** It plays a company's whole life: on two busy cores that has taken longer than a hook's usual time. */
const playMaxMs = 400_000;

beforeAll(async () => {
  runtime = await startAt(daysFromNow(-100));
  await publishRules(new Product(runtime.url, adminToken));
  await runtime.stop();
  runtime = await startAt(clockMs);
  product = new Product(runtime.url, adminToken);
  played = await play(product);
  computation = await compute(played.links);
}, playMaxMs);
afterAll(async () => {
  // What has not come to be need not be ended: the set-up may have failed half-way.
  (computation as Computation | undefined)?.close();
  await (runtime as Runtime | undefined)?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("SQL over the raw archive, which shares no code with the product,", () => {
  test("agrees with every metric, measure, flag and score that it tells", async () => {
    const comparison = await compare(await product.accounts());
    console.log(toTable(comparison));
    expect(comparison.differences.slice(0, 20)).toEqual([]);
    expect(differing(comparison)).toEqual([]);
    expect(comparison.lines.filter(({ telling }) => telling === 0).map(({ figure }) => figure)).toEqual([]);
  });

  test("finds one event that it was not given, and names what it moves", async () => {
    await played.tell([
      {
        id: "one-more",
        type: "feature.used",
        time: ago(0, 1),
        account: { id: "gaia-2" },
        user: { id: "new" },
        data: { feature: "report" },
      },
    ]);
    await product.settled();
    const found = differing(await compare(["gaia-2"]));
    expect(found).toEqual(
      expect.arrayContaining([
        "metric events",
        "metric events.{type}",
        "metric active_users_28d",
        "measure seat_use: value",
        "score and band",
      ]),
    );
    const untouched = ["metric tickets_created", "metric ticket_backlog", "measure csat: value", "measure nps: value"];
    expect(found.filter((figure) => untouched.includes(figure))).toEqual([]);
    // A stream of which one event more has come is more complete, for whomever it speaks for.
    const ofAll = (figure: string): boolean => figure === "confidence" || figure.endsWith(": completeness");
    expect(differing(await compare(["gaia-3"])).filter((figure) => !ofAll(figure))).toEqual([]);
  });

  test("finds one link that it was not given, and the event that it set free", async () => {
    await link(product, lateLink);
    await product.settled();
    const { differences } = await compare(["ceres"]);
    expect(differences).toContainEqual({
      figure: "metric tickets_created",
      account: "ceres",
      scorecard: null,
      instant: `${ago(4).slice(0, 10)}T00:00:00Z`,
      product: "3.0",
      computed: "2.0",
    });
  });

  test("finds one weight of one measure that is another, in the shares, the contributions and the score", async () => {
    const [seatUse] = scorecards["standard"]?.dimensions[0]?.measures ?? [];
    if (seatUse === undefined) throw new Error("the standard scorecard has no measure");
    seatUse.weight += 1;
    const { version: _, ...document } = scorecards["standard"] ?? {};
    await publish(product, "scorecards/standard", document);
    const found = differing(await compare(["gaia-3"]));
    expect(found).toEqual(
      expect.arrayContaining([`measure ${seatUse.key}: share`, `measure ${seatUse.key}: contribution`, "score before caps"]),
    );
    expect(found.filter((figure) => figure.startsWith("metric") || figure.endsWith(": value"))).toEqual([]);
  });

  test("agrees again when it is given the event, the link and the weight", async () => {
    computation.close();
    // The weight is another from its publication on: what lies before was judged by the old one.
    const asked = { ...question, instants: question.instants.filter((instant) => instant >= clockMs) };
    computation = await compute([...played.links, lateLink], asked);
    expect((await compare(["gaia-2", "gaia-3", "ceres"], asked)).differences.slice(0, 20)).toEqual([]);
  });
});

const lateLink: Link = { kind: "domain", value: "nobody.example", accountId: "ceres" };
