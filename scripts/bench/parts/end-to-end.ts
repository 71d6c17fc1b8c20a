import { type BoundedLoad, boundedLoad } from "../bounded-load.ts";
import { dollarsPerMillionEvents } from "../cost.ts";
import { eventSource, firstContacts, USERS_PER_ACCOUNT } from "../events.ts";
import { median, spread } from "../figures.ts";
import { startFloors } from "../floors/host.ts";
import { type LoadRequest, runLoad } from "../load.ts";
import { cpuSeconds } from "../process-figures.ts";
import { type Product, rested, settled, startProduct } from "../product.ts";
import { folderBytes } from "../folder-bytes.ts";
import type { Figure } from "../report.ts";
import { probeVisible } from "./probe.ts";

const WARM_UP_SECONDS = 5;
const CONTACT_EVENTS = 500;
const CONTACT_SECONDS_MAX = 900;
const SINGLE_ACCOUNTS = 1_000;
/** A profile costs CPU of the process it looks at, and floors are measured without: it is taken after the figures, of the same load. */
const PROFILE_SECONDS = 5;
const WINDOW_EVENTS = 5_000;
const FLOOR_WINDOWS = 24;
const REQUEST_EVENTS = 100;
const SETTLE_MS = 120_000;
/** G7 is told in seconds; a look each few milliseconds would be a tenth of what an event costs here. */
const PROBE_LOOK_MS = 100;

type Run = {
  readonly accounts: number;
  readonly perCpuSecond: number;
  readonly firstContactPerCpuSecond: number;
  readonly ratios: readonly number[];
  readonly floor: number;
  readonly eventsPerSecond: number;
  readonly split: unknown;
};

/** G3, G4, G7, G9, G10 and G12: the whole path at saturation, against packed shards with nothing around them. */
export async function endToEnd(rounds: number, seconds: number): Promise<{ figures: Figure[]; splits: Record<string, unknown> }> {
  const figures: Figure[] = [];
  const splits: Record<string, unknown> = {};
  const runs: Run[] = [];
  for (const accounts of [100, 1_000, 10_000]) {
    const sustained = accounts === 100 ? seconds / 4 : seconds;
    const floor = await foldFloor(accounts, rounds);
    const product = await startProduct(Math.max(1, accounts / 100));
    try {
      const run = await saturate(product, accounts, sustained, figures);
      const ratios = floor.map((rate) => run.perCpuSecond / rate);
      runs.push({ accounts, ...run, ratios, floor: median(floor) });
      splits[`G3 ${accounts} accounts`] = run.split;
      figures.push({
        id: "G3",
        what: `end to end ÷ F, ${accounts.toLocaleString("en-US")} accounts`,
        unit: "",
        value: median(ratios),
        low: spread(ratios)[0],
        high: spread(ratios)[1],
        floor: median(floor),
        now: 0.2,
        aim: 0.5,
        greaterIsBetter: true,
        note: `${rate(run.perCpuSecond)} events/CPU-s; ${rate(run.firstContactPerCpuSecond)} where each is its person's first`,
      });
      if (accounts > 100)
        figures.push({
          id: "G4",
          what: `applied events/s over ${sustained} s, ${accounts.toLocaleString("en-US")} accounts`,
          unit: "/s",
          value: run.eventsPerSecond,
          low: run.eventsPerSecond,
          high: run.eventsPerSecond,
          floor: null,
          now: 10_000,
          aim: 30_000,
          greaterIsBetter: true,
          note: "backlog bounded",
        });
    } finally {
      await product.stop();
    }
  }
  const [small, , large] = runs;
  if (small !== undefined && large !== undefined) {
    const growth = small.perCpuSecond / large.perCpuSecond;
    figures.push({
      id: "G12",
      what: "CPU per event, 10,000 ÷ 100 accounts",
      unit: "×",
      value: growth,
      low: growth,
      high: growth,
      floor: null,
      now: 2.5,
      aim: 1.5,
      greaterIsBetter: false,
      note: "",
    });
  }
  const single = await singleEventCost();
  figures.push(single.figure);
  splits["G10 1-event requests, per event"] = single.perEvent;
  return { figures, splits };
}

async function foldFloor(accounts: number, rounds: number): Promise<number[]> {
  const rates: number[] = [];
  const floors = await startFloors(Math.max(1, accounts / 100));
  try {
    for (let round = 0; round < rounds; round++) {
      const source = eventSource({ accounts, seed: 2, run: `f${round}`, time: () => Date.now() });
      const windows = Array.from({ length: FLOOR_WINDOWS }, () => source(WINDOW_EVENTS).ndjson);
      const before = cpuSeconds(floors.workerdPid);
      const { events } = await runLoad(
        floors.url,
        () => (windows.length === 0 ? null : { path: "/fold", body: windows.pop() as Buffer, events: WINDOW_EVENTS }),
        { connections: 8 },
      );
      rates.push(events / (cpuSeconds(floors.workerdPid) - before));
    }
  } finally {
    await floors.stop();
  }
  return rates;
}

async function saturate(
  product: Product,
  accounts: number,
  seconds: number,
  figures: Figure[],
): Promise<Pick<Run, "perCpuSecond" | "firstContactPerCpuSecond" | "eventsPerSecond" | "split">> {
  const source = eventSource({ accounts, seed: 3, run: `e${accounts}`, time: () => Date.now() });
  const headers = { authorization: `Bearer ${product.token}`, "content-type": "application/json" };
  const next = (): LoadRequest => ({ path: "/v1/events", headers, body: source(REQUEST_EVENTS).json, events: REQUEST_EVENTS });
  const bounded = boundedLoad(product);
  // Accounts, people and compiled code are made once; what is asked is what an event costs after that. What the first ones cost is told beside it.
  const contact = await firstContact(product, accounts, bounded.run);
  const warm = contact.events + (await bounded.run(next, WARM_UP_SECONDS));
  const warmed = await settled(product, SETTLE_MS);
  await rested(product);
  if (warmed.applied !== warm) throw new Error(`warm-up: sent ${warm}, applied ${warmed.applied}`);
  const { by: _before, ...usageBefore } = await product.usage();
  const before = cpuSeconds(product.workerdPid);
  const probe = accounts === 1_000 ? probeVisible(product, seconds * 1_000, PROBE_LOOK_MS) : Promise.resolve([]);
  const sent = await bounded.run(next, seconds);
  const visible = await probe;
  const atEnd = await product.counters();
  const counters = await settled(product, SETTLE_MS);
  await rested(product);
  const used = cpuSeconds(product.workerdPid) - before;
  const expected = warm + sent + visible.length;
  if (counters.applied !== expected || counters.accepted !== expected)
    throw new Error(`sent ${expected}, accepted ${counters.accepted}, applied ${counters.applied}: lost or doubled`);
  const { by: _after, ...usage } = await product.usage();
  const calls = usage.objectCalls - usageBefore.objectCalls;
  if (accounts === 1_000) {
    const cost = dollarsPerMillionEvents(difference(usage, usageBefore), used, sent);
    figures.push({
      id: "G10",
      what: "dollars per million events, 100-event requests",
      unit: "$",
      value: cost.total,
      low: cost.total,
      high: cost.total,
      floor: null,
      now: 0.6,
      aim: 0.3,
      greaterIsBetter: false,
      note: terms(cost.terms),
    });
    const p95 = visible.toSorted((a, b) => a - b)[Math.floor(visible.length * 0.95)] ?? Number.NaN;
    figures.push({
      id: "G7",
      what: "event to visible at saturation, p95",
      unit: "s",
      value: p95 / 1_000,
      low: Math.min(...visible) / 1_000,
      high: Math.max(...visible) / 1_000,
      floor: null,
      now: 15,
      aim: 5,
      greaterIsBetter: false,
      note: `${visible.length} probes`,
    });
    const bytes = folderBytes(product.folder) / expected;
    figures.push({
      id: "G9",
      what: "disk per event, all copies",
      unit: "B",
      value: bytes,
      low: bytes,
      high: bytes,
      floor: null,
      now: 2_000,
      aim: 600,
      greaterIsBetter: false,
      note: "data folder after settling",
    });
  }
  await product.profileStart();
  await bounded.run(next, PROFILE_SECONDS);
  const { shares, hottest } = await product.profileStop();
  await settled(product, SETTLE_MS);
  bounded.stop();
  return {
    perCpuSecond: sent / used,
    firstContactPerCpuSecond: contact.perCpuSecond,
    eventsPerSecond: (atEnd.applied - warmed.applied) / seconds,
    split: {
      events: sent,
      cpuSeconds: used,
      eventsPerCall: sent / calls,
      callsPerSecond: calls / seconds,
      shares,
      hottest,
    },
  };
}

/** One event for each person of each account. */
async function firstContact(
  product: Product,
  accounts: number,
  run: BoundedLoad["run"],
): Promise<{ events: number; perCpuSecond: number }> {
  const contacts = firstContacts({ accounts, run: `c${accounts}`, time: () => Date.now() });
  const headers = { authorization: `Bearer ${product.token}`, "content-type": "application/json" };
  const before = cpuSeconds(product.workerdPid);
  const next = (): LoadRequest | null => {
    const body = contacts(CONTACT_EVENTS);
    return body === null ? null : { path: "/v1/events", headers, body, events: CONTACT_EVENTS };
  };
  const events = await run(next, CONTACT_SECONDS_MAX);
  await settled(product, SETTLE_MS);
  await rested(product);
  if (events !== accounts * USERS_PER_ACCOUNT)
    throw new Error(`first contact: ${events} of ${accounts * USERS_PER_ACCOUNT} events were sent`);
  return { events, perCpuSecond: events / (cpuSeconds(product.workerdPid) - before) };
}

/** G10 for senders that send one event a request. */
async function singleEventCost(): Promise<{ figure: Figure; perEvent: Record<string, number> }> {
  const product = await startProduct(SINGLE_ACCOUNTS / 100);
  try {
    const source = eventSource({ accounts: SINGLE_ACCOUNTS, seed: 4, run: "single", time: () => Date.now() });
    const headers = { authorization: `Bearer ${product.token}`, "content-type": "application/json" };
    const load = (seconds: number) =>
      runLoad(product.url, () => ({ path: "/v1/events", headers, body: source(1).json, events: 1 }), { seconds });
    const bounded = boundedLoad(product);
    await firstContact(product, SINGLE_ACCOUNTS, bounded.run);
    bounded.stop();
    await load(WARM_UP_SECONDS);
    await settled(product, SETTLE_MS);
    await rested(product);
    const usageBefore = await product.usage();
    const before = cpuSeconds(product.workerdPid);
    const { events } = await load(8);
    await settled(product, SETTLE_MS);
    const { by: byBefore, ...unitsBefore } = usageBefore;
    const { by, ...units } = await product.usage();
    const used = difference(units, unitsBefore);
    const cost = dollarsPerMillionEvents(used, cpuSeconds(product.workerdPid) - before, events);
    const figure: Figure = {
      id: "G10",
      what: "dollars per million events, 1-event requests",
      unit: "$",
      value: cost.total,
      low: cost.total,
      high: cost.total,
      floor: null,
      now: 1.5,
      aim: 0.8,
      greaterIsBetter: false,
      note: terms(cost.terms),
    };
    const counted = { "rows: D1": used.d1RowsWritten, ...difference(by, byBefore) };
    return { figure, perEvent: Object.fromEntries(Object.entries(counted).map(([what, count]) => [what, count / events])) };
  } finally {
    await product.stop();
  }
}

const rate = (perSecond: number): string => Math.round(perSecond).toLocaleString("en-US");

const difference = <T extends Record<string, number>>(after: T, before: T): T =>
  Object.fromEntries(Object.entries(after).map(([key, value]) => [key, value - (before[key] ?? 0)])) as T;
const terms = (parts: Record<string, number>): string =>
  Object.entries(parts)
    .map(([name, dollars]) => `${name} ${dollars.toFixed(3)}`)
    .join(", ");
