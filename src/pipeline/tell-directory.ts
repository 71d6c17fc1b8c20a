import { directoryItemsPerCallMax, directoryTimeoutMs } from "../domain/limits.ts";
import { EventOutcome } from "../domain/outcome.ts";
import type { PackRoute } from "../domain/intake/pack.ts";
import type { KeyViews, ViewsOfKeys } from "./key-views.ts";
import { fateOf, type Addressed } from "./parcel.ts";
import type { PipelinePorts } from "./ports.ts";
import type { Reaching } from "./reaching.ts";
import type { ToldPairs } from "./told-pairs.ts";

/** Lines that their accounts have taken, accounts made by that, and what is known of the keys that led there. */
export type Shown = { readonly taken: readonly Addressed[]; readonly created: ReadonlySet<string>; readonly known: ViewsOfKeys };
type Memory = { readonly views: KeyViews; readonly toldPairs: ToldPairs; readonly reaching: Reaching };

/**
 * Tells the directory what the batch has shown: accounts that exist now (events may be waiting for them) and users seen beside an account.
 *
 * The first must not be lost: events of an account that was created by this batch, or that the directory has said it does not know, count
 * as waiting until it has been told; working them again has no effect but this. (An account that the directory could not be asked about
 * is told of again by its next event: with the directory down, what names its account goes on.) The second is weak evidence, learned from the next event that shows it.
 */
export async function tellDirectory(shown: Shown, { views, toldPairs, reaching }: Memory, ports: PipelinePorts): Promise<void> {
  const { taken, created, known } = shown;
  const accounts = new Set(created);
  const unasked = new Set<string>();
  const pairs = new Map<string, { key: string; accountId: string; at: number }>();
  const seen = new Set<PackRoute>();
  for (const { route, to } of taken) {
    if (seen.has(route)) continue;
    seen.add(route);
    const { accountId, key } = to;
    if (!key.startsWith("account|")) continue;
    // The account that the event names, even if it has been merged into the one that has it now: it may stand for itself again.
    const named = key.slice("account|".length);
    const view = known.get(key);
    if (view == null && key === `account|${accountId}`) (view === null ? accounts : unasked).add(accountId);
    for (const other of route.keys) {
      if (!other.startsWith("user|") && !other.startsWith("email|")) continue;
      if (!toldPairs.has(other, named)) pairs.set(`${named}\n${other}`, { key: other, accountId: named, at: ports.now() });
    }
  }
  const tell = <T>(what: string, items: readonly T[], call: (part: readonly T[]) => Promise<void>) =>
    inParts(items, async (part) => {
      const reply = await reaching.call("directory", directoryTimeoutMs, () => call(part));
      if (!reply.ok)
        ports.note("directory_not_told", { what, items: items.length, reason: reply.error.reason, detail: reply.error.detail });
      return reply.ok;
    });
  const accountsTold = await tell("accounts", [...accounts, ...unasked], (part) => ports.evidence.accountsExist(part));
  if (accountsTold) for (const accountId of accounts) views.drop(`account|${accountId}`);
  const observed = await tell("pairs", [...pairs.values()], (part) => ports.evidence.observe(part));
  if (observed) for (const { key, accountId } of pairs.values()) toldPairs.add(key, accountId);
  if (accountsTold) return;
  for (const line of taken) if (accounts.has(line.to.accountId)) fateOf(line, EventOutcome.waiting);
}

/** One call after another, until one fails. */
async function inParts<T>(items: readonly T[], call: (part: readonly T[]) => Promise<boolean>): Promise<boolean> {
  for (let from = 0; from < items.length; from += directoryItemsPerCallMax)
    if (!(await call(items.slice(from, from + directoryItemsPerCallMax)))) return false;
  return true;
}
