import {
  directoryItemsPerCallMax,
  directoryTimeoutMs,
  lookupRoundsMax,
  resolutionCacheEntriesMax,
  resolutionCacheMs,
} from "../domain/limits.ts";
import type { KeyView } from "../domain/identity/messages.ts";
import { BoundedMap } from "./bounded-map.ts";
import type { KeyLookup } from "./ports.ts";
import type { Reaching } from "./reaching.ts";

/** By key. Absent = not known (the directory has not been reached); null = tied to nothing. */
export type ViewsOfKeys = ReadonlyMap<string, KeyView | null>;

type Asking = { readonly directory: KeyLookup; readonly reaching: Reaching; readonly now: () => number };
/** What a batch knows of its keys. Stale: what it knew has been forgotten meanwhile, so it has to ask again. */
type Batch = { readonly answer: Map<string, KeyView | null>; isStale: boolean };

/**
 * What this isolate knows of keys, kept true by asking the directory once a batch what has changed: a link works at once. While the
 * directory cannot be reached, what is known serves for another `resolutionCacheMs`.
 *
 * A batch may have more keys than are kept between batches, so it is answered its own by name; what is kept saves asking only.
 *
 * Batches that run side by side may take their answers in any order: views and cursor are taken together, so an older answer that comes
 * later is told again what it has undone, in what is kept and in what any batch is still waiting for.
 */
export class KeyViews {
  private readonly views = new BoundedMap<KeyView | null>(resolutionCacheEntriesMax);
  private readonly asking = new Set<Batch>();
  private cursor: string | null = null;
  private contactAt = Number.NEGATIVE_INFINITY;

  /**
   * The views of these keys, up to date: asked for where they are not known. Account ids that are known need no news. Those that the
   * directory could not be asked for are absent, as are those of a batch that was told to start over `lookupRoundsMax` times.
   */
  async refresh(keys: ReadonlySet<string>, directory: KeyLookup, reaching: Reaching, now: () => number): Promise<ViewsOfKeys> {
    let batch: Batch;
    let round = 0;
    do batch = await this.askFor(keys, { directory, reaching, now });
    while (batch.isStale && ++round < lookupRoundsMax);
    return batch.answer;
  }

  private async askFor(keys: ReadonlySet<string>, asking: Asking): Promise<Batch> {
    if (asking.now() - this.contactAt > resolutionCacheMs) this.forget();
    const batch: Batch = { answer: new Map(), isStale: false };
    const missing: string[] = [];
    let needsNews = false;
    for (const key of keys) {
      const view = this.views.get(key);
      if (view === undefined) missing.push(key);
      else batch.answer.set(key, view);
      needsNews ||= !key.startsWith("account|");
    }
    if (missing.length === 0 && !needsNews) return batch;
    this.asking.add(batch);
    try {
      await this.ask(missing, batch, asking);
    } finally {
      this.asking.delete(batch);
    }
    return batch;
  }

  /** Until all are known, the directory does not answer, or the batch has lost what it knew: told so itself, or beside another that was. */
  private async ask(missing: readonly string[], batch: Batch, { directory, reaching, now }: Asking): Promise<void> {
    let from = 0;
    do {
      const asked = missing.slice(from, from + directoryItemsPerCallMax);
      const reply = await reaching.call("directory", directoryTimeoutMs, () => directory.lookup(asked, this.cursor));
      if (!reply.ok) return;
      const { views, changed, cursor } = reply.value;
      this.cursor = cursor;
      this.contactAt = now();
      if (changed === "all") this.startOver();
      else for (const view of changed) this.learn(view);
      for (const [i, key] of asked.entries()) {
        const view = views[i] ?? null;
        this.views.set(key, view);
        batch.answer.set(key, view);
      }
      from += asked.length;
    } while (from < missing.length && !batch.isStale);
  }

  private learn(view: KeyView): void {
    this.views.set(view.key, view);
    for (const { answer } of this.asking) if (answer.has(view.key)) answer.set(view.key, view);
  }

  /** More has changed than can be told: of nothing known before is it sure that it still holds. */
  private startOver(): void {
    this.views.clear();
    for (const batch of this.asking) {
      batch.answer.clear();
      batch.isStale = true;
    }
  }

  /** To be asked for again when next needed. */
  drop(key: string): void {
    this.views.delete(key);
  }

  private forget(): void {
    this.views.clear();
    this.cursor = null;
  }
}
