import { directoryItemsPerCallMax, directoryTimeoutMs, resolutionCacheEntriesMax, resolutionCacheMs } from "../domain/limits.ts";
import type { KeyView } from "../domain/identity/messages.ts";
import { BoundedMap } from "./bounded-map.ts";
import type { KeyLookup } from "./ports.ts";
import type { Reaching } from "./reaching.ts";

/**
 * What this isolate knows of keys, kept true by asking the directory once a batch what has changed: a link works at once. While the
 * directory cannot be reached, what is known serves for another `resolutionCacheMs`.
 *
 * Batches that run side by side may take their answers in any order: views and cursor are taken together, so an older answer that comes
 * later is told again what it has undone.
 */
export class KeyViews {
  private readonly views = new BoundedMap<KeyView | null>(resolutionCacheEntriesMax);
  private cursor: string | null = null;
  private contactAt = Number.NEGATIVE_INFINITY;

  /** Undefined = not known (the directory has not been reached); null = tied to nothing. */
  get(key: string): KeyView | null | undefined {
    return this.views.get(key);
  }

  /**
   * Makes the keys known and brings what is known up to date. Account ids that are known need no news.
   *
   * @returns whether the directory answered where it was asked
   */
  async refresh(keys: ReadonlySet<string>, directory: KeyLookup, reaching: Reaching, now: () => number): Promise<boolean> {
    if (now() - this.contactAt > resolutionCacheMs) this.forget();
    const missing = [...keys].filter((key) => !this.views.has(key));
    const needsNews = [...keys].some((key) => !key.startsWith("account|"));
    if (missing.length === 0 && !needsNews) return true;
    let from = 0;
    do {
      const asked = missing.slice(from, from + directoryItemsPerCallMax);
      const reply = await reaching.call("directory", directoryTimeoutMs, () => directory.lookup(asked, this.cursor));
      if (!reply.ok) return false;
      const { views, changed, cursor } = reply.value;
      this.cursor = cursor;
      this.contactAt = now();
      if (changed === "all") {
        this.views.clear();
        return this.refresh(keys, directory, reaching, now);
      }
      for (const view of changed) this.views.set(view.key, view);
      for (const [i, key] of asked.entries()) this.views.set(key, views[i] ?? null);
      from += asked.length;
    } while (from < missing.length);
    return true;
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
