import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { AccountBook } from "../../../durable-objects/account-shard/account-book.ts";
import { applyCall } from "../../../durable-objects/account-shard/apply.ts";
import type { Entry } from "../../../durable-objects/account-shard/entry.ts";
import { JournalStore } from "../../../durable-objects/account-shard/journal-store.ts";
import { CountedKeys } from "../../../durable-objects/account-shard/counted-keys.ts";
import { MetaStore } from "../../../durable-objects/account-shard/meta-store.ts";
import { runSchemaSteps } from "../../../durable-objects/account-shard/schema.ts";
import { type Figures, figures, toAccountChange } from "../../../src/domain/account/account-change.ts";
import { stateBytes } from "../../../src/domain/account/account-pages.ts";
import { cleanScores } from "../../../src/domain/account/folded.ts";
import { fold } from "../../../src/domain/account/fold.ts";
import { IdHasher } from "../../../src/domain/account/id-hash.ts";
import type { ApplyCall, ApplyReply } from "../../../src/domain/account/messages.ts";
import { hashId, remember } from "../../../src/domain/account/seen.ts";
import { activate, type ActiveConfig, emptyConfiguration, shippedConfig } from "../../../src/domain/config/active.ts";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import { type ConfigAt, onlyConfig } from "../../../src/domain/health/account-health.ts";
import type { Event } from "../../../src/domain/event.ts";
import { toShortLine } from "../../../src/domain/event-line.ts";
import { stampOf } from "../../../src/domain/stamp.ts";
import { dayOf, HOUR_MS } from "../../../src/domain/time.ts";
import { ObjectDatabase, storageHandle } from "../../../test/simulation/platform/object-storage.ts";
import { AccountModel, type AccountSize, largeAccount, modelDays, smallAccount } from "../account-model.ts";
import { median, spread } from "../figures.ts";
import type { Figure } from "../report.ts";

/** Of the model's clock, epoch ms. */
export const NOW = Date.UTC(2026, 10, 25, 10, 2, 30);
const CALL_EVENTS = 100;
/** Pages are written now and then while history is folded, as ids are sealed there. */
const HISTORY_PAGE_EVENTS = 50_000;
const APPLY_EVENTS = 100_000;
const RECOMPUTE_SECONDS = 2;

type Measured = {
  readonly applyUs: number;
  readonly recomputeUs: number;
  /** The same with three scorecards beside the account's own. */
  readonly besideUs: number;
  /** With three publications of the last 24 hours, each of which counts the account otherwise, and how many evaluations a row has then, and without. */
  readonly publishedUs: number;
  readonly evaluations: { readonly published: number; readonly plain: number };
  readonly lineUs: number;
  readonly heapMiB: number;
  readonly countedMiB: number;
  readonly measures: string;
};

/**
 * G14 and G15: what one event and one recompute cost an account shard, for a small account and for the largest that is promised, with every
 * dimension of the shipped scorecard measured. The shard's own code on SQLite in this process, without the calls around it.
 */
export async function account(rounds: number, large: AccountSize = largeAccount): Promise<{ figures: Figure[]; splits: Record<string, unknown> }> {
  const smalls: Measured[] = [];
  const larges: Measured[] = [];
  for (let round = 0; round < rounds; round++) {
    smalls.push(measure(smallAccount));
    larges.push(measure(large));
  }
  const ratios = larges.map(({ applyUs }, i) => applyUs / (smalls[i] as Measured).applyUs);
  const of = (all: readonly Measured[], key: "applyUs" | "recomputeUs" | "besideUs" | "publishedUs" | "lineUs" | "heapMiB"): number => median(all.map((one) => one[key]));
  const size = `${large.users.toLocaleString("en-US")} people, ${large.events.toLocaleString("en-US")} events, ${large.names} names`;
  const shared = { greaterIsBetter: false, floor: null } as const;
  const single = (value: number): Pick<Figure, "value" | "low" | "high"> => ({ value, low: value, high: value });
  const measures = larges[0]?.measures ?? "";
  const { plain, published } = smalls[0]?.evaluations ?? { plain: 0, published: 0 };
  return {
    figures: [
      { ...shared, id: "G14", what: "apply per event, large ÷ small account", unit: "×", value: median(ratios), low: spread(ratios)[0], high: spread(ratios)[1], now: 2, aim: 1.25, note: `${of(larges, "applyUs").toFixed(1)} and ${of(smalls, "applyUs").toFixed(1)} µs; large: ${size}` },
      { ...shared, id: "G14", what: "memory of the large account", unit: "MiB", ...single(of(larges, "heapMiB")), now: 40, aim: 32, note: `counted as ${(larges[0]?.countedMiB ?? 0).toFixed(1)} MiB; history packed, today open` },
      { ...shared, id: "G15", what: "recompute ÷ apply of one event, small account", unit: "×", ...single(of(smalls, "recomputeUs") / of(smalls, "applyUs")), now: 300, aim: 100, note: `${(of(smalls, "recomputeUs") / 1_000).toFixed(1)} ms: now, a day ago, yesterday and the change; ${measures}; with three scorecards beside its own ${(of(smalls, "besideUs") / 1_000).toFixed(1)} ms; with three publications of the last 24 hours ${(of(smalls, "publishedUs") / 1_000).toFixed(1)} ms (${published} evaluations a row, ${plain} without); its line of 90 days ${(of(smalls, "lineUs") / 1_000).toFixed(1)} ms` },
      { ...shared, id: "G15", what: "recompute, large ÷ small account", unit: "×", ...single(of(larges, "recomputeUs") / of(smalls, "recomputeUs")), now: 150, aim: 50, note: `${(of(larges, "recomputeUs") / 1_000).toFixed(0)} ms; with three publications of the last 24 hours ${(of(larges, "publishedUs") / 1_000).toFixed(0)} ms; its line of 90 days ${(of(larges, "lineUs") / 1_000).toFixed(0)} ms` },
    ],
    splits: { account: { small: smalls, large: larges } },
  };
} // prettier-ignore

function measure(size: AccountSize): Measured {
  const before = usedBytes();
  const shelf = new Shelf();
  const model = new AccountModel(size, NOW);
  const entry = shelf.withHistory(model, size);
  const heapMiB = (usedBytes() - before) / 2 ** 20;
  const { state, ids } = shelf.book.load(entry, NOW);
  const countedMiB = (stateBytes(state) + ids.bytes) / 2 ** 20;
  const applyUs = shelf.applyLive(model);
  const configAt = onlyConfig(shippedConfig);
  const health = figures(state, configAt, { scoreLine: null }, NOW);
  const all = health.health.dimensions.flatMap(({ measures }) => measures);
  const stamp = { shard: "0", epoch: 1, number: 1, setAside: false, deleted: false, waitingBand: null };
  const lineUs = cpuOf(() => {
    state.scoreDirtyFrom = 0;
    figures(state, configAt, { scoreLine: null }, NOW);
  });
  cleanScores(state);
  const recompute = (by: ConfigAt, { scoreLine } = health): number =>
    cpuOf(() => toAccountChange(state, figures(state, by, { scoreLine }, NOW), stamp, NOW));
  const recomputeUs = recompute(configAt);
  const besideUs = recompute(onlyConfig({ ...shippedConfig, segments: besideAll }));
  const published = figures(state, publishedThrice, { scoreLine: null }, NOW);
  const publishedUs = recompute(publishedThrice, published);
  const evaluationsBy = (by: ConfigAt, { scoreLine }: Figures): number => figures(state, by, { scoreLine }, NOW).evaluations();
  const evaluations = { published: evaluationsBy(publishedThrice, published), plain: evaluationsBy(configAt, health) };
  const measures = `${all.filter(({ value }) => value !== null).length} of ${all.length} measures with a value`;
  return { applyUs, recomputeUs, besideUs, publishedUs, evaluations, lineUs, heapMiB, countedMiB, measures };
}

/** Three times in the last 24 hours, at 1:02, 5:02 and 9:02, Usage was given another weight. */
const publishedThrice: ConfigAt = (at) => {
  const turns = [9, 5, 1].map((hours, i) => ({ version: i + 2, at: NOW - hours * HOUR_MS, weight: [20, 25, 35][i] as number }));
  const passed = turns.filter((turn) => turn.at <= at).reverse();
  const [now] = passed;
  if (now === undefined) return { config: { ...shippedConfig, version: 1, since: 0 }, missing: null };
  return { config: { ...weighed(now), since: now.at, before: [...passed.slice(1), { version: 1, at: 0 }] }, missing: null };
};
const weighed = ({ version, weight }: { version: number; weight: number }): ActiveConfig => {
  const known = weighedBy.get(version);
  if (known !== undefined) return known;
  const { version: _, configVersion: __, ...shipped } = standardScorecard;
  const dimensions = shipped.dimensions.map((one) => (one.key === "usage" ? { ...one, weight } : one));
  const config = activate({ ...emptyConfiguration, version, scorecards: { standard: { version, document: { ...shipped, dimensions } } } });
  weighedBy.set(version, config);
  return config;
};
const weighedBy = new Map<number, ActiveConfig>();

const besideAll = {
  title: "Everybody",
  scorecard: "standard",
  sideScorecards: ["self_serve", "strategic", "usage_support"],
  segments: [],
};

/** A shard's accounts without the object around them. */
export class Shelf {
  readonly book: AccountBook;
  private readonly storage: DurableObjectStorage;
  private readonly journal: JournalStore;
  private readonly hasher = new IdHasher(1, 2);

  constructor() {
    this.storage = storageHandle(new ObjectDatabase(), () => true, () => undefined); // prettier-ignore
    runSchemaSteps(this.storage);
    this.journal = new JournalStore(this.storage.sql);
    const meta = new MetaStore(this.storage.sql);
    this.book = new AccountBook({
      storage: this.storage,
      journal: this.journal,
      meta,
      counted: new CountedKeys(meta),
      hasher: this.hasher,
      fold,
      foldVersion: () => 1,
    });
    this.book.learn({ "tok_1/events": NOW });
  }

  /** Folded day by day, without its journal: how it came is no part of what is measured. */
  withHistory(model: AccountModel, size: AccountSize): Entry {
    const entry = this.book.newEntry("acme");
    this.book.insertRow(entry);
    for (const event of model.relations()) this.take(entry, event);
    const perDay = size.events / modelDays;
    let sincePaged = 0;
    for (let day = modelDays - 1; day >= 0; day--) {
      for (let i = 0; i < perDay; i++) this.take(entry, model.usage(model.instantOf(day)));
      sincePaged += perDay;
      if (sincePaged < HISTORY_PAGE_EVENTS && day > 0) continue;
      sincePaged = 0;
      entry.headChanged = true;
      if (!this.book.page(entry, NOW)) throw new Error("the pages of the account could not be written");
    }
    return entry;
  }

  private take(entry: Entry, event: Event): void {
    const { state, ids } = this.book.load(entry, NOW);
    fold(state, event, NOW);
    hashId(this.hasher, event, undefined);
    // As it was known on that day: ids are forgotten after 35.
    remember(ids, this.hasher, event, dayOf(event.receivedAt), false);
  }

  /** CPU of one event in calls of a hundred, all of today: parsed, looked up, folded, journalled, paged. */
  applyLive(model: AccountModel): number {
    const calls = Array.from({ length: APPLY_EVENTS / CALL_EVENTS }, () =>
      callOf(Array.from({ length: CALL_EVENTS }, () => ({ ...model.usage(model.instantToday()), receivedAt: NOW }))),
    );
    const warm = calls.splice(0, calls.length / 4);
    for (const call of warm) this.apply(call);
    const before = cpuUs();
    for (const call of calls) this.apply(call);
    return (cpuUs() - before) / (calls.length * CALL_EVENTS);
  }

  /** A call as the shard takes it; throws where an event is not applied. */
  apply(call: ApplyCall): ApplyReply {
    const { storage, book, journal, hasher } = this;
    const { reply, touched } = applyCall(call, { storage, book, journal, hasher, fold }, NOW);
    if (reply.outcomes.some((outcome) => outcome !== 1)) throw new Error("an event was not applied");
    book.pageWhatIsDue(touched, NOW);
    return reply;
  }
}

/** As the consumer makes it: a stamp for all events of a delivery. */
const callOf = (events: readonly Event[]): ApplyCall => ({
  accounts: [{ id: "acme", mayCreate: false }],
  accountOf: events.map(() => 0),
  edgeOf: events.map(() => 0),
  edges: [{ key: "account|acme", version: 0 }],
  stamps: events.slice(0, 1).map((event) => stampOf(event)),
  stampOf: events.map(() => 0),
  lines: events.map(toShortLine).join("\n"),
  watermarks: { "tok_1/events": NOW },
  configVersion: "0",
});

const cpuUs = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** CPU of one run, µs, over two seconds of runs. */
function cpuOf(run: () => void): number {
  run();
  const before = cpuUs();
  let runs = 0;
  do {
    run();
    runs++;
  } while (cpuUs() - before < RECOMPUTE_SECONDS * 1e6);
  return (cpuUs() - before) / runs;
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Heap and buffers in use. */
function usedBytes(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
