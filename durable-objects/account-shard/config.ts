import { type ActiveConfig, type Assigned, assign, shippedConfig, versionAt } from "../../src/domain/config/active.ts";
import type { ConfigAt } from "../../src/domain/health/account-health.ts";
import type { AccountState } from "../../src/domain/account/state.ts";
import { configAskAgainMs } from "../../src/domain/limits.ts";
import type { PastConfigs, StoredConfig } from "../../src/platform/active-config.ts";
import type { MetaStore } from "./meta-store.ts";

/** Where a shard finds configurations; never rejects. */
export type ConfigSource = {
  /** At least that version. */
  fetch(version: number): Promise<StoredConfig | null>;
  /** Those that were in force once. */
  fetchAll(versions: readonly number[]): Promise<PastConfigs>;
  /** Already read by another object of the isolate. */
  cached(version: number): StoredConfig | null;
  open(text: string): StoredConfig | null;
};

/** When one looks, and what judges which instant then. */
export type Then = { readonly now: number; readonly configAt: ConfigAt };

/**
 * The configuration the shard scores with: the newest it has had, kept in its own storage, so that it needs nobody to wake.
 * It hears of numbers with each call; a higher one is fetched before the next score, a lower one is ignored. While it cannot be had
 * the old one stays in use.
 */
export class ShardConfig {
  private readonly meta: MetaStore;
  private readonly source: () => ConfigSource;
  private known: ActiveConfig | null = null;
  private wanted = 0;
  private notBefore = 0;
  private pastNotBefore = 0;
  /** As of the last time that past ones were asked for. */
  private noRoomFor: ReadonlySet<number> = new Set();

  constructor(meta: MetaStore, source: () => ConfigSource) {
    this.meta = meta;
    this.source = source;
  }

  get active(): ActiveConfig {
    return (this.known ??= this.read());
  }

  private read(): ActiveConfig {
    const version = this.meta.number("configVersion");
    if (version === 0) return shippedConfig;
    const cached = this.source().cached(version);
    if (cached !== null) return cached.config;
    const text = this.meta.text("config");
    return (text === null ? null : this.source().open(text))?.config ?? shippedConfig;
  }

  /** The version that is in force elsewhere and could not be had; null when this shard is up to date, as far as it has heard. */
  get pending(): number | null {
    return this.wanted > this.active.version ? this.wanted : null;
  }

  /**
   * Which configuration judges which instant: those of `instants` are got first, those that this call does not name are taken from what came
   * with them. From `now` on it is the active one, whatever a clock says that was set back. Where one cannot be had, the next one after it
   * stands in, and is not asked for again at once.
   */
  async at(instants: readonly number[], now: number, wallMs: number): Promise<Then> {
    const { active } = this;
    const versionOf = (at: number): number => (at >= now ? active.version : versionAt(active, at));
    const wanted = [...new Set(instants.map(versionOf))].filter((version) => version !== active.version && version > 0);
    const isResting = wallMs < this.pastNotBefore && this.pastNotBefore - wallMs <= configAskAgainMs;
    const found = new Map(wanted.length === 0 ? [] : await this.past(wanted, isResting));
    const { noRoomFor } = this;
    if (wanted.some((version) => !found.has(version) && !noRoomFor.has(version)) && !isResting)
      this.pastNotBefore = wallMs + configAskAgainMs;
    found.set(active.version, active).set(0, shippedConfig);
    const known = [...found.keys()].sort((a, b) => a - b);
    const configAt: ConfigAt = (at) => {
      const version = versionOf(at);
      const config = found.get(version);
      if (config !== undefined) return { config, missing: null };
      const next = known.find((one) => one > version) ?? active.version;
      return { config: found.get(next) ?? active, missing: version, mayCome: !noRoomFor.has(version) };
    };
    return { now, configAt };
  }

  private async past(versions: readonly number[], isResting: boolean): Promise<ReadonlyMap<number, ActiveConfig>> {
    if (isResting) {
      // What is looked up last is dropped last.
      const cached = versions.toSorted((a, b) => a - b).flatMap((version) => this.source().cached(version) ?? []);
      return new Map(cached.map(({ config }) => [config.version, config]));
    }
    const { found, noRoomFor } = await this.source().fetchAll(versions);
    this.noRoomFor = noRoomFor;
    return found;
  }

  hear(version: number): void {
    if (version > this.wanted) this.wanted = version;
  }

  assign(state: Pick<AccountState, "attributes">): Assigned {
    return assign(this.active, state);
  }

  /** Fetches what was heard of; true when the shard now scores with another configuration. A failure is not tried again at once. */
  async learn(wallMs: number): Promise<boolean> {
    const version = this.pending;
    if (version === null || (wallMs < this.notBefore && this.notBefore - wallMs <= configAskAgainMs)) return false;
    this.notBefore = wallMs + configAskAgainMs;
    const found = await this.source().fetch(version);
    if (found === null || found.config.version <= this.active.version) return false;
    this.notBefore = 0;
    this.known = found.config;
    this.meta.put("config", found.text);
    this.meta.put("configVersion", found.config.version);
    return true;
  }

  /** All accounts have been scored with what is active, and it is known to all sinks. */
  get isRecomputed(): boolean {
    return this.meta.number("recomputedTo") >= this.active.version;
  }

  recomputed(): void {
    this.meta.put("recomputedTo", this.active.version);
  }
}
