import { type ActiveConfig, type Assigned, assign, shippedConfig, versionAt, withMoney } from "../../src/domain/config/active.ts";
import { type ConfigAt, configsAt } from "../../src/domain/health/account-health.ts";
import type { AccountState } from "../../src/domain/account/state.ts";
import { configAskAgainMs } from "../../src/domain/limits.ts";
import type { PastConfigs, StoredConfig } from "../../src/platform/active-config.ts";
import type { StoredRates } from "../../src/platform/active-rates.ts";
import { noRates, type RatesTable } from "../../src/domain/money/rates.ts";
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
  readonly rates: {
    /** At least that version. */
    fetch(version: number): Promise<StoredRates | null>;
    cached(version: number): StoredRates | null;
    open(text: string): StoredRates | null;
  };
};

/** When one looks, and what judges which instant then. */
export type Then = { readonly now: number; readonly configAt: ConfigAt };

/**
 * The configuration the shard scores with: the newest it has had, kept in its own storage, so that it needs nobody to wake.
 * It hears of numbers with each call; a higher one is fetched before the next score, a lower one is ignored. While it cannot be had
 * the old one stays in use. The same holds for the table of rates that it names.
 *
 * Rates and what the company tells its figures in are facts and not rules: every instant is told by those of now.
 */
export class ShardConfig {
  private readonly meta: MetaStore;
  private readonly source: () => ConfigSource;
  private known: ActiveConfig | null = null;
  private wanted = 0;
  private notBefore = 0;
  private knownRates: RatesTable | null = null;
  private ratesNotBefore = 0;
  private pastNotBefore = 0;
  /** As of the last time that past ones were asked for. */
  private noRoomFor: ReadonlySet<number> = new Set();

  constructor(meta: MetaStore, source: () => ConfigSource) {
    this.meta = meta;
    this.source = source;
  }

  get active(): ActiveConfig {
    return (this.known ??= this.told(this.read()));
  }

  private get rates(): RatesTable {
    return (this.knownRates ??= this.readRates());
  }

  private readRates(): RatesTable {
    const version = this.meta.number("ratesVersion");
    if (version === 0) return noRates;
    const { cached, open } = this.source().rates;
    const text = cached(version) === null ? this.meta.text("rates") : null;
    return (cached(version) ?? (text === null ? null : open(text)))?.rates ?? noRates;
  }

  /** Any configuration, with how amounts are told now. */
  private told(config: ActiveConfig, { reportingCurrency }: ActiveConfig["company"] = config.company): ActiveConfig {
    return withMoney(config, { currency: reportingCurrency, rates: this.rates });
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
    for (const [version, config] of found) found.set(version, this.told(config, active.company));
    found.set(0, this.told(shippedConfig, active.company));
    return { now, configAt: configsAt(active, found, now, (version) => !noRoomFor.has(version)) };
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

  /**
   * Fetches what was heard of; true when the shard now scores with another configuration. A failure is not tried again at once.
   *
   * @param isReady whether the accounts have all that a configuration reads: until then the old one stays in use
   */
  async learn(wallMs: number, isReady: (config: ActiveConfig) => boolean): Promise<boolean> {
    const isOther = await this.learnConfig(wallMs, isReady);
    return (await this.learnRates(wallMs)) || isOther;
  }

  private async learnConfig(wallMs: number, isReady: (config: ActiveConfig) => boolean): Promise<boolean> {
    const version = this.pending;
    if (version === null || (wallMs < this.notBefore && this.notBefore - wallMs <= configAskAgainMs)) return false;
    this.notBefore = wallMs + configAskAgainMs;
    const found = await this.source().fetch(version);
    if (found === null || found.config.version <= this.active.version) return false;
    if (!isReady(found.config)) return false;
    this.notBefore = 0;
    this.known = this.told(found.config);
    this.meta.put("config", found.text);
    this.meta.put("configVersion", found.config.version);
    return true;
  }

  /** The table that the configuration names, where it is newer than the one in use. */
  private async learnRates(wallMs: number): Promise<boolean> {
    const version = this.active.company.rates;
    if (version <= this.rates.version) return false;
    if (wallMs < this.ratesNotBefore && this.ratesNotBefore - wallMs <= configAskAgainMs) return false;
    this.ratesNotBefore = wallMs + configAskAgainMs;
    const found = await this.source().rates.fetch(version);
    if (found === null || found.rates.version <= this.rates.version) return false;
    this.ratesNotBefore = 0;
    this.knownRates = found.rates;
    this.known = this.told(this.active);
    this.meta.put("rates", found.text);
    this.meta.put("ratesVersion", found.rates.version);
    this.recompute();
    return true;
  }

  /** The version that this shard has with all that it names: whoever hears of an older one tells it again. */
  get wholeVersion(): number {
    const { version, company } = this.active;
    return this.rates.version >= company.rates ? version : version - 1;
  }

  /** What it was not ready for may be taken now. */
  askAtOnce(): void {
    this.notBefore = 0;
  }

  /** All accounts have been scored with what is active, and what is not known to all sinks is marked. */
  get isRecomputed(): boolean {
    return this.meta.number("recomputedTo") >= this.active.version;
  }

  /** All accounts are to be told anew, also where this object dies before it is done. */
  recompute(): void {
    if (this.isRecomputed) this.meta.put("recomputedTo", this.active.version - 1);
  }

  recomputed(): void {
    this.meta.put("recomputedTo", this.active.version);
  }
}
