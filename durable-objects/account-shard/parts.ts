import type { FoldedAccount } from "../../src/domain/account/folded.ts";
import { IdHasher } from "../../src/domain/account/id-hash.ts";
import type { Event } from "../../src/domain/event.ts";
import { dayOf } from "../../src/domain/time.ts";
import { type Clock, wallNow } from "../../src/platform/clock.ts";
import { AccountBook } from "./account-book.ts";
import { ShardAnalyses } from "./analyses.ts";
import { ChangeOutbox } from "./change-outbox.ts";
import { ShardComparisons } from "./comparisons.ts";
import { ShardConfig } from "./config.ts";
import { CountedKeys } from "./counted-keys.ts";
import { Drive } from "./drive.ts";
import type { Entry } from "./entry.ts";
import { FieldCounting } from "./field-counting.ts";
import { FieldTrials } from "./field-trials.ts";
import { GiveBackOutbox } from "./give-back-outbox.ts";
import { HealthReads } from "./health-reads.ts";
import { Instants } from "./instants.ts";
import { JournalArchiving } from "./journal-archiving.ts";
import { JournalStore } from "./journal-store.ts";
import { Leaving } from "./leaving.ts";
import { MetaStore } from "./meta-store.ts";
import type { Paces } from "./pace.ts";
import { idsMarkedSince, ParityReads } from "./parity-reads.ts";
import type { AccountPorts } from "./ports.ts";
import { AccountReads } from "./reads.ts";
import type { RefoldBounds } from "./rebuild.ts";
import { Refolding } from "./refolding.ts";
import { RefusedStore } from "./refused-store.ts";
import { Returns } from "./returns.ts";
import { runSchemaSteps } from "./schema.ts";
import { Timers } from "./timers.ts";
import { Turns } from "./turns.ts";

/** What the parts of a shard need of the object around them. */
type ShardHost = {
  readonly storage: DurableObjectStorage;
  readonly clock: Clock;
  /** Of the object; undefined where an alarm woke it by its id. */
  readonly name: string | undefined;
  readonly paces: Paces;
  readonly ports: () => AccountPorts;
  readonly fold: (state: FoldedAccount, event: Event, now: number, late: boolean, origin?: string) => void;
  readonly foldVersion: () => number;
  readonly refoldBounds: () => RefoldBounds;
  /** Makes known what scores depend on besides the accounts. */
  readonly learn: () => Promise<void>;
  /** The accounts have counted all that was asked for. */
  readonly counted: () => void;
  /** An account was made anew. */
  readonly refolded: (entry: Entry) => void;
};

export type ShardParts = ReturnType<typeof shardParts>;

/** Opens what the storage keeps, in the form of this code, and puts together the parts that work on it. */
export function shardParts(host: ShardHost) {
  const { storage, clock, paces, ports, fold, foldVersion } = host;
  runSchemaSteps(storage);
  const meta = new MetaStore(storage.sql);
  const epoch = meta.once("epoch", wallNow);
  const incarnation = meta.once("incarnation", () => crypto.randomUUID());
  if (host.name !== undefined) meta.once("shard", () => host.name as string);
  const shard = (): string => host.name ?? meta.text("shard") ?? "";
  const now = (): number => clock.now();
  const idKey = idKeyOf(meta);
  const hasher = new IdHasher(...idKey);
  const { spread } = hasher;
  const journal = new JournalStore(storage.sql);
  meta.once(idsMarkedSince, () => (journal.lastSeq === 0 ? 0 : dayOf(now())));
  const keys = new CountedKeys(meta);
  const book = new AccountBook({ storage, counted: keys, journal, meta, hasher, fold, foldVersion });
  const config = new ShardConfig(meta, () => ports().config);
  const active = () => config.active;
  const counting = new FieldCounting({ book, journal, keys, now, paces, active: () => config.active.fields, done: host.counted });
  const outbox = new ChangeOutbox({ book, meta, shard, epoch, rules: active, paces, spread });
  const refused = new RefusedStore(storage, shard);
  const givenBack = new GiveBackOutbox({ storage, meta, shard, incarnation, refused });
  const leaving = new Leaving({ storage, book, journal, givenBack });
  const { refoldBounds: bounds, refolded: changed } = host;
  const refolding = new Refolding({ storage, book, journal, leaving, bounds, foldVersion, now, paces, changed });
  const timers = new Timers(meta, book);
  const returns = new Returns(book, meta, (productMs) => clock.wallTimeOf(productMs));
  const instants = new Instants({ book, config, timers, outbox, paces, clock, spread });
  const archiving = new JournalArchiving({ storage, meta, journal, book });
  const isOutdated = (entry: Entry): boolean => refolding.isOutdated(entry);
  const turns = new Turns();
  const undone = { counting, outbox, refused, givenBack, leaving, refolding, timers, returns, instants };
  return {
    ...undone,
    meta,
    incarnation,
    shard,
    hasher,
    journal,
    book,
    config,
    archiving,
    drive: new Drive({ storage, clock, book, journal, config, ...undone, shard, ports, learn: host.learn }),
    reads: new AccountReads({ book, journal, config }),
    healthReads: new HealthReads({ book, journal, config }),
    parity: new ParityReads({ book, journal, config, meta, archiving, isOutdated, idKey }),
    analyses: new ShardAnalyses({ book, journal, config, turns, now }),
    comparisons: new ShardComparisons({ book, config, turns, now }),
    fieldTrials: new FieldTrials({ book, journal, turns }),
  };
}

/** Made once for this storage: nobody outside can make ids that collide. */
function idKeyOf(meta: MetaStore): [number, number] {
  const text = meta.once("idKey", () => JSON.stringify([...crypto.getRandomValues(new Uint32Array(2))]));
  return JSON.parse(text) as [number, number];
}
