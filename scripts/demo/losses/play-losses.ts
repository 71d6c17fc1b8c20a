import { setTimeout as pause } from "node:timers/promises";
import { newestDue } from "../../../src/domain/jobs/job.ts";
import { endOfPeriod } from "../../../src/domain/jobs/period.ts";
import { logistic } from "../../../src/domain/risk/logistic.ts";
import type { Risk90 } from "../../../src/domain/risk/model.ts";
import type { RiskReport } from "../../../src/domain/risk/report.ts";
import { isoTime } from "../../../src/domain/time.ts";
import { RuntimeFailure } from "../../runtime/failure.ts";
import type { NativeEvent } from "../company/actions.ts";
import { nameOf } from "../company/customers.ts";
import { type Doors, openDoors } from "../doors.ts";
import { setUpNative } from "../set-up.ts";
import type { DemoState } from "../state.ts";
import { type Customer, customersOf, type Happened } from "./losing-book.ts";

const months = 13;
const batchMax = 500;
/** Requests under way at a time. */
const underWayMax = 8;
const lookAgainMs = 2_000;
/** Some 250 customers with five people who come every fourth day. */
const visitEachMs = 4 * 60_000;
/** For scores to follow their events, and for the job. */
const waitMaxMs = 10 * 60_000;

/** Sizes of the segments, and log odds of a loss within 30 days of a customer who uses nothing; each further tenth of its use takes 0.35 off. */
const segments = [
  { segment: "smb", accounts: 220, level: -2.1 },
  { segment: "mid_market", accounts: 80, level: -2.5 },
  { segment: "enterprise", accounts: 40, level: -3 },
] as const;
const perUse = -3.5;
export const accountsTotal = segments.reduce((sum, { accounts }) => sum + accounts, 0);

/** A book of which the chance to lose each customer is known, as none of flesh and blood is. */
export function losingBook({ seed, originMs }: Pick<DemoState, "seed" | "originMs">): readonly Customer[] {
  const sizes = segments.flatMap(({ segment, accounts }) => Array.from({ length: accounts }, () => segment));
  return customersOf({
    seed,
    accounts: accountsTotal,
    months,
    asOf: endOfPeriod("month", newestDue("monthly", originMs)),
    until: originMs,
    hazard: (use, segment) => logistic((segments.find((one) => one.segment === segment)?.level ?? 0) + perUse * use),
    segmentOf: (index) => sizes[index] ?? "smb",
    nameOf,
  });
}

/**
 * Tells the book through the native door, has it back-tested, and prints what was learned beside what is true. A book that was told is not told
 * again; one that was cut short is, from its beginning, which makes repeats and nothing else.
 */
export async function playLosses(url: string, state: DemoState, isStopped: () => boolean): Promise<void> {
  const customers = losingBook(state);
  await setUpNative(url, state);
  const doors = openDoors(new URL(url), state, isStopped);
  if (state.spans.length > 0) {
    const begun = performance.now();
    await tellBook(customers, doors, isStopped);
    if (isStopped()) return;
    state.spans = [];
    console.log(`history of ${months} months told in ${Math.round((performance.now() - begun) / 1_000)} s: ${doors.tally.native.toLocaleString("en")} events; the back-test follows`); // prettier-ignore
  }
  const testing = testBook(customers, { url, token: state.adminToken }, isStopped).then((lines) => {
    for (const line of lines) console.log(line);
  });
  // Together: whichever fails first is told, and not as a failure that nobody waits for.
  await Promise.all([playLive(customers, doors, isStopped), testing]);
}

/** Who is left comes on as before: a visit now and then, so that what is shown is not old. */
async function playLive(customers: readonly Customer[], doors: Doors, isStopped: () => boolean): Promise<void> {
  const paying = customers.filter(({ lostAt }) => lostAt === null);
  for (let visit = 0; !isStopped(); visit++) {
    const { account, people } = paying[visit % paying.length] as Customer;
    const at = Date.now();
    const user = `u${Math.floor(visit / paying.length) % people}`;
    await doors.native([toEvent({ account, at, type: "feature.used", user, data: { feature: "report" } }, `${account}/${at}`)]);
    for (const end = at + visitEachMs; Date.now() < end && !isStopped();) await pause(1_000);
  }
}

async function tellBook(customers: readonly Customer[], doors: Doors, isStopped: () => boolean): Promise<void> {
  const events = customers.flatMap((customer) => customer.events.map((one, i) => toEvent(one, `${one.account}/${i}`)));
  let from = 0;
  const lane = async (): Promise<void> => {
    while (from < events.length && !isStopped()) {
      const batch = events.slice(from, (from += batchMax));
      await doors.nativeHistory(batch);
    }
  };
  await Promise.all(Array.from({ length: underWayMax }, lane));
}

const toEvent = ({ account, at, type, user, data }: Happened, id: string): NativeEvent => ({
  id,
  type,
  time: isoTime(at),
  account: { id: account },
  ...(user === undefined ? {} : { user: { id: `${account}-${user}`, email: `${user}@${account}.example`, name: user } }),
  data,
});

type Api = { readonly url: string; readonly token: string };
type Told = { readonly id: string; readonly risk90: Risk90 | null };

/** Once everything is applied, has the back-test of the month that has ended run, and says in two lines what it learned and how near that comes. */
async function testBook(customers: readonly Customer[], api: Api, isStopped: () => boolean): Promise<readonly string[]> {
  const isApplied = async (): Promise<boolean> => {
    const waiting = /^pulseline_events_waiting (\d+)/m.exec(await read(api, "/metrics"))?.[1];
    const { total } = JSON.parse(await read(api, "/api/v1/accounts?limit=1")) as { total: number };
    return waiting === "0" && total >= accountsTotal;
  };
  await until("events are applied", isApplied, isStopped);
  await until(
    "the back-test is done",
    async () => {
      const { status, error } = JSON.parse(await read(api, "/api/v1/jobs/monthly/run", "POST")) as { status: string; error: string | null };
      if (status === "failed") throw new RuntimeFailure(`the back-test failed: ${error ?? "it does not say why"}`);
      return status === "done";
    },
    isStopped,
  );
  const { report } = JSON.parse(await read(api, "/api/v1/risk")) as { report: RiskReport };
  const paying = customers.filter(({ lostAt }) => lostAt === null);
  let told: readonly Told[] = [];
  const isTold = async (): Promise<boolean> => {
    told = (await accountsTold(api)).filter(({ risk90 }) => risk90 !== null);
    const known = new Set(told.map(({ id }) => id));
    return paying.every(({ account, segment }) => known.has(account) || !hasForecast(report, segment));
  };
  // Should some have none all the same, what there is is told.
  await comesTrue(isTold, isStopped);
  return isStopped() ? [] : [reportText(report), truthText(paying, told)];
}

async function read({ url, token }: Api, path: string, method = "GET"): Promise<string> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  if (!response.ok) throw new RuntimeFailure(`${method} ${path} was answered ${response.status}: ${text.slice(0, 300)}`);
  return text;
}

async function accountsTold(api: Api): Promise<readonly Told[]> {
  const found: Told[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const page = JSON.parse(
      await read(api, `/api/v1/accounts?limit=200${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`),
    ) as {
      items: readonly Told[];
      nextCursor: string | null;
    };
    found.push(...page.items);
    cursor = page.nextCursor;
  }
  return found;
}

/** Whether accounts of a segment are told a forecast: its losses may contradict every one that it could take. */
export function hasForecast({ forecasts }: Pick<RiskReport, "forecasts">, segment: string | null): boolean {
  const own = forecasts.find((one) => one.scope === "segment" && one.segment === segment);
  if (own !== undefined) return own.takes !== null;
  return forecasts.some(({ scope, status }) => scope === "all" && status === "learned");
}

async function until(what: string, isSo: () => Promise<boolean>, isStopped: () => boolean): Promise<void> {
  if (!(await comesTrue(isSo, isStopped))) throw new RuntimeFailure(`${waitMaxMs / 60_000} minutes were not enough until ${what}`);
}

/** False when the time is over; true also where it was stopped. */
async function comesTrue(isSo: () => Promise<boolean>, isStopped: () => boolean): Promise<boolean> {
  const end = Date.now() + waitMaxMs;
  while (!isStopped() && !(await isSo())) {
    if (Date.now() > end) return false;
    await pause(lookAgainMs);
  }
  return true;
}

function reportText({ period, sample, forecasts }: RiskReport): string {
  const found = forecasts.map(({ scope, segment, status, declined, takes }) => {
    const name = scope === "all" ? "the whole book" : scope === "pool" ? "the small segments together" : (segment ?? "no segment");
    return `${name}: ${status === "learned" ? "learned" : takes === null ? (declined?.reason ?? "declined") : `told by ${takes === "pool" ? "the small ones together" : "the whole book"}`}`;
  });
  return `back-test of ${period}: ${sample.rows} account-months of ${sample.accounts} accounts, ${sample.losses} losses. ${found.join("; ")} (Settings → Back-test)`;
}

/** How many true probabilities lie within what is told of the account: what nobody can know of a real book. */
function truthText(paying: readonly Customer[], told: readonly Told[]): string {
  const truth = new Map(paying.map(({ account, risk90 }) => [account, risk90]));
  const known = told.flatMap(({ id, risk90 }) => {
    const own = truth.get(id);
    return own === undefined || risk90 === null ? [] : [own >= risk90.low && own <= risk90.high];
  });
  return `of ${known.length} accounts with a forecast the true probability lies within its interval in ${known.filter(Boolean).length}`;
}
