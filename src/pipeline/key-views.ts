import { directoryItemsPerCallMax, directoryTimeoutMs, resolutionCacheEntriesMax, resolutionCacheMs } from "../domain/limits.ts";
import type { KeyView } from "../domain/identity/messages.ts";
import { BoundedMap } from "./bounded-map.ts";
import type { KeyLookup } from "./ports.ts";
import type { Reaching } from "./reaching.ts";

/** By key. Absent = not known (the directory has not been reached); null = tied to nothing. */
export type ViewsOfKeys = ReadonlyMap<string, KeyView | null>;

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
  private readonly asking = new Set<Map<string, KeyView | null>>();
  private cursor: string | null = null;
  private contactAt = Number.NEGATIVE_INFINITY;

  /**
   * The views of these keys, up to date: asked for where they are not known. Account ids that are known need no news. Those that the
   * directory could not be asked for are absent.
   */
  async refresh(keys: ReadonlySet<string>, directory: KeyLookup, reaching: Reaching, now: () => number): Promise<ViewsOfKeys> {
    if (now() - this.contactAt > resolutionCacheMs) this.forget();
    const answer = new Map<string, KeyView | null>();
    const missing: string[] = [];
    let needsNews = false;
    for (const key of keys) {
      const view = this.views.get(key);
      if (view === undefined) missing.push(key);
      else answer.set(key, view);
      needsNews ||= !key.startsWith("account|");
    }
    if (missing.length === 0 && !needsNews) return answer;
    this.asking.add(answer);
    try {
      const isWhole = await this.ask(missing, answer, { directory, reaching, now });
      return isWhole ? answer : await this.refresh(keys, directory, reaching, now);
    } finally {
      this.asking.delete(answer);
    }
  }

  /** False: everything that was known has to be forgotten. */
  private async ask(
    missing: readonly string[],
    answer: Map<string, KeyView | null>,
    { directory, reaching, now }: { directory: KeyLookup; reaching: Reaching; now: () => number },
  ): Promise<boolean> {
    let from = 0;
    do {
      const asked = missing.slice(from, from + directoryItemsPerCallMax);
      const reply = await reaching.call("directory", directoryTimeoutMs, () => directory.lookup(asked, this.cursor));
      if (!reply.ok) return true;
      const { views, changed, cursor } = reply.value;
      this.cursor = cursor;
      this.contactAt = now();
      if (changed === "all") {
        this.views.clear();
        for (const batch of this.asking) batch.clear();
        return false;
      }
      for (const view of changed) this.learn(view);
      for (const [i, key] of asked.entries()) {
        const view = views[i] ?? null;
        this.views.set(key, view);
        answer.set(key, view);
      }
      from += asked.length;
    } while (from < missing.length);
    return true;
  }

  private learn(view: KeyView): void {
    this.views.set(view.key, view);
    for (const answer of this.asking) if (answer.has(view.key)) answer.set(view.key, view);
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
