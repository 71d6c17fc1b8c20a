import { AccountShard } from "../../durable-objects/account-shard.ts";
import { newPaces, type Paces } from "../../durable-objects/account-shard/pace.ts";
import type { AccountPorts } from "../../durable-objects/account-shard/ports.ts";
import { refoldBounds, type RefoldBounds } from "../../durable-objects/account-shard/rebuild.ts";
import type { FoldedAccount } from "../../src/domain/account/folded.ts";
import type { ChangesMessage } from "../../src/domain/change.ts";
import type { Event } from "../../src/domain/event.ts";
import type { DeadLetterCopy } from "../../src/domain/intake/dead-letter.ts";
import type { DayArrivals } from "../../src/domain/intake/stream.ts";
import { fromPackText, type Pack } from "../../src/domain/intake/pack.ts";
import type { StreamFacts } from "../../src/domain/source-reach.ts";
import { gunzip } from "../../src/platform/gzip.ts";
import { sourcesTo } from "./account-builders.ts";

/** What a test does to the shard of a name, over all of its lives, and what it has seen go out. */
export type AccountFaults = {
  queue: "works" | "fails" | "hangs";
  /** Throws for the events it answers true to. */
  poison: (event: Event) => boolean;
  foldVersion: number;
  /** How much one step of making an account anew may do. */
  refoldBounds: RefoldBounds;
  /** What the intake shards know. */
  watermarks: Readonly<Record<string, number>>;
  streams: ReadonlyMap<string, StreamFacts>;
  /** What came on the days of streams. */
  arrivals: Readonly<Record<string, readonly DayArrivals[]>>;
  /** Waited for before configurations of the past are read. */
  pastConfigs: (versions: readonly number[]) => Promise<void>;
  /** With "none" the timers in memory are alone. */
  alarms: "come" | "none";
  /** Its own, so that it rests from nothing that a test before it has scored; that of others where the test says so. */
  readonly paces: Paces;
  readonly changes: ChangesMessage[];
  readonly packs: Pack[];
  readonly letters: DeadLetterCopy[];
};

const byName = new Map<string, AccountFaults>();

/** Faults for the shard of this name, from its first life on. Shards without an entry are the real ones. */
export function faultsFor(name: string, paces: Paces = newPaces()): AccountFaults {
  const faults: AccountFaults = {
    queue: "works",
    poison: () => false,
    foldVersion: 1,
    refoldBounds,
    watermarks: {},
    streams: new Map(),
    arrivals: {},
    pastConfigs: async () => undefined,
    alarms: "come",
    paces,
    changes: [],
    packs: [],
    letters: [],
  };
  byName.set(name, faults);
  return faults;
}

export class FaultyAccountShard extends AccountShard {
  private get faults(): AccountFaults | undefined {
    return byName.get(this.ctx.id.name ?? "");
  }

  protected override ports(): AccountPorts {
    const { faults } = this;
    if (faults === undefined) return super.ports();
    const meet = async (): Promise<void> => {
      if (faults.queue === "fails") throw new Error("struck by the test");
      if (faults.queue === "hangs") await new Promise(() => undefined);
    };
    const { config } = super.ports();
    return {
      sendChanges: async (messages) => {
        await meet();
        faults.changes.push(...structuredClone(messages));
      },
      sendPack: async (message) => {
        await meet();
        faults.packs.push(fromPackText(new TextDecoder().decode(gunzip(message, 10_000_000))));
      },
      copyDeadLetters: async (letters) => {
        await meet();
        faults.letters.push(...letters);
      },
      config: {
        ...config,
        fetchAll: async (versions) => {
          await faults.pastConfigs(versions);
          return config.fetchAll(versions);
        },
      },
      sources: async () => ({
        ...sourcesTo(faults.watermarks),
        streams: new Map(faults.streams),
        arrivals: new Map(Object.entries(faults.arrivals)),
      }),
      sourcesMoved: () => undefined,
    };
  }

  protected override paces(): Paces {
    return this.faults?.paces ?? super.paces();
  }

  override async alarm(): Promise<void> {
    if (this.faults?.alarms !== "none") await super.alarm();
  }

  protected override fold(state: FoldedAccount, event: Event, now: number, late: boolean, origin?: string): void {
    super.fold(state, event, now, late, origin);
    if (this.faults?.poison(event) === true) throw new Error("struck by the test");
  }

  protected override refoldBounds(): RefoldBounds {
    return this.faults?.refoldBounds ?? super.refoldBounds();
  }

  protected override foldVersion(): number {
    return this.faults?.foldVersion ?? super.foldVersion();
  }
}
