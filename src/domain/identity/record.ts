import { edgesPerKeyMax, keyErasMax } from "../limits.ts";
import { edgePriority, type Edge, type KeyEra, type KeyView } from "./messages.ts";

/**
 * Everything the directory knows about one key; the unit of its storage.
 *
 * `eras` is what makes a link safe while events are in flight: an event resolves by what its keys led to when it was *received*, so working
 * it a second time after a link gives the account it gave the first time. Only taking an account's edge away changes the past, and then that
 * account is told to give back what the key brought it (`losers`).
 */
export type KeyRecord = {
  readonly key: string;
  /** Rises with every change of the edges. */
  readonly version: number;
  /** At most `edgesPerKeyMax`, one for each account, at most one of them by a person. */
  readonly edges: readonly Edge[];
  /** Accounts from which a person has untied the key: weaker evidence does not tie it again. The last `edgesPerKeyMax`. */
  readonly denied: readonly Denial[];
  readonly eras: readonly KeyEra[];
  /** Accounts that may hold events which this key brought them. */
  readonly holders: readonly string[];
  readonly drainedBefore: number;
};

/** A person's word that the key does not belong to the account. */
export type Denial = { readonly accountId: string; readonly author: string; readonly reason?: string | undefined; readonly at: number };

/** What a change came to. `losers` must release at `record.version`; `changed` false: nothing to store. */
export type KeyChange = { readonly changed: boolean; readonly record: KeyRecord; readonly losers: readonly string[] };

export const emptyRecord = (key: string): KeyRecord => ({
  key,
  version: 0,
  edges: [],
  denied: [],
  eras: [],
  holders: [],
  drainedBefore: 0,
});

type Lead = { readonly accountId: string | null; readonly tied: readonly string[]; readonly priority: number };

/** The best-believed edges decide: one account leads, two or more are tied, none leads nowhere. */
export function leadOf(edges: readonly Edge[]): Lead {
  const priority = Math.min(...edges.map((edge) => edgePriority[edge.evidence]));
  const accounts = edges.filter((edge) => edgePriority[edge.evidence] === priority).map((edge) => edge.accountId);
  if (accounts.length === 0) return { accountId: null, tied: [], priority: 0 };
  return accounts.length === 1 ? { accountId: accounts[0] as string, tied: [], priority } : { accountId: null, tied: accounts, priority };
}

/**
 * Ties the key to an account. A person's word replaces an earlier person's word and outranks all other evidence; equal evidence for two
 * accounts makes the key ambiguous. Running it twice changes nothing the second time.
 *
 * @param now directory's clock, epoch ms
 */
export function linkKey(record: KeyRecord, edge: Edge, now: number): KeyChange {
  const priority = edgePriority[edge.evidence];
  const before = record.edges.find((known) => known.accountId === edge.accountId);
  const person = edge.evidence === "person";
  const settled = before !== undefined && edgePriority[before.evidence] <= priority;
  if (settled || (!person && record.denied.some(({ accountId }) => accountId === edge.accountId))) return unchanged(record);
  const kept = record.edges.filter((known) => known.accountId !== edge.accountId && !(person && known.evidence === "person"));
  const edges = [edge, ...kept].sort((a, b) => edgePriority[a.evidence] - edgePriority[b.evidence] || a.at - b.at).slice(0, edgesPerKeyMax);
  if (!edges.includes(edge)) return unchanged(record);
  return change(
    { ...record, edges, denied: person ? record.denied.filter(({ accountId }) => accountId !== edge.accountId) : record.denied },
    record,
    now,
  );
}

/**
 * Weak edges: events named the key beside these accounts. They count only where nothing better is known. All that one call shows is one
 * change: a key that is seen with two accounts at once has never led to either.
 */
export function observeKey(record: KeyRecord, accountIds: readonly string[], now: number): KeyChange {
  const stronger = record.edges.some((edge) => edge.evidence !== "observed");
  const known = [...record.edges, ...record.denied].map(({ accountId }) => accountId);
  const fresh = [...new Set(accountIds)].filter((accountId) => !known.includes(accountId));
  const edges = [
    ...record.edges,
    ...fresh.map((accountId): Edge => ({ key: record.key, accountId, evidence: "observed", author: "event", at: now })),
  ].slice(0, edgesPerKeyMax);
  if (stronger || edges.length === record.edges.length) return unchanged(record);
  return change({ ...record, edges }, record, now);
}

/** Unties the key from an account, whatever the evidence was; weaker evidence for another account then leads. */
export function unlinkKey(record: KeyRecord, denial: Denial, now: number): KeyChange {
  const { accountId } = denial;
  if (!record.edges.some((edge) => edge.accountId === accountId)) return unchanged(record);
  const edges = record.edges.filter((edge) => edge.accountId !== accountId);
  const denied = [...record.denied.filter((other) => other.accountId !== accountId), denial].slice(-edgesPerKeyMax);
  return change({ ...record, edges, denied }, record, now);
}

const unchanged = (record: KeyRecord): KeyChange => ({ changed: false, record, losers: [] });

function change(next: KeyRecord, before: KeyRecord, now: number): KeyChange {
  const lead = leadOf(next.edges);
  const keeps = (accountId: string): boolean => accountId === lead.accountId || lead.tied.includes(accountId);
  const losers = before.holders.filter((accountId) => !keeps(accountId));
  const holders = before.holders.filter(keeps);
  if (lead.accountId !== null && !holders.includes(lead.accountId)) holders.push(lead.accountId);
  const moved = before.eras.map((era) =>
    era.accountId !== null && losers.includes(era.accountId) ? { ...era, accountId: lead.accountId } : era,
  );
  // Each change has an instant of its own, after those that stand: two may fall into one millisecond, and a restarted object's clock may be behind.
  const from = Math.max(now, (moved.at(-1)?.from ?? 0) + 1);
  const eras = bounded([...moved, { from, accountId: lead.accountId, priority: lead.priority }]);
  return { changed: true, losers, record: { ...next, version: before.version + 1, eras, holders } };
}

/** Eras without the ones that say what their forerunner says; the oldest give way to the next when there are too many. */
function bounded(eras: readonly KeyEra[]): KeyEra[] {
  const distinct = eras.filter((era, i) => {
    const last = eras[i - 1];
    return last === undefined ? era.accountId !== null : era.accountId !== last.accountId || era.priority !== last.priority;
  });
  while (distinct.length > keyErasMax) {
    const oldest = distinct.shift() as KeyEra;
    distinct[0] = { ...(distinct[0] as KeyEra), from: oldest.from };
  }
  return distinct;
}

/** The key has let its waiting events go. */
export const drained = (record: KeyRecord, receivedBefore: number): KeyRecord => ({
  ...record,
  drainedBefore: Math.max(record.drainedBefore, receivedBefore),
});

export const toView = (record: KeyRecord): KeyView => ({
  key: record.key,
  version: record.version,
  eras: record.eras,
  tied: leadOf(record.edges).tied,
  drainedBefore: record.drainedBefore,
});
