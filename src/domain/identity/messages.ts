import type { DeadLetter } from "../intake/dead-letter.ts";
import type { Claim, ClaimReply } from "./claim.ts";
import type { MergeDecision, MergeRequest } from "./merge.ts";
import type { PackOrigin, PackReport } from "../intake/pack.ts";

/** How strongly an edge is believed; a smaller number wins. */
export const edgePriority = { person: 0, crm: 1, identify: 2, observed: 3 } as const;
export type EdgeEvidence = keyof typeof edgePriority;

/** A versioned tie between a key and an account. The version belongs to the key and rises with every change of its edges. */
export type Edge = {
  readonly key: string;
  readonly accountId: string;
  readonly evidence: EdgeEvidence;
  readonly author: string;
  readonly reason?: string | undefined;
  readonly at: number;
};

export type Resolution =
  /** `key` is the one that decided; `version` is its edge version. */
  | {
      readonly status: "linked";
      readonly accountId: string;
      readonly key: string;
      readonly version: number;
      /** Other keys of the same event that lead elsewhere. */
      readonly conflicts?: readonly { key: string; accountId: string }[];
    }
  | { readonly status: "unlinked" }
  /** Every linked key of the set is tied to two accounts or more with the same priority. */
  | { readonly status: "ambiguous"; readonly key: string; readonly accountIds: readonly string[] };

/** What a key led to from an instant (directory's clock, epoch ms) on. `accountId` null: to nobody, or to several. */
export type KeyEra = { readonly from: number; readonly accountId: string | null; readonly priority: number };

/**
 * All that a reader needs in order to resolve by a key without asking again: `domain/identity/resolve.ts` is the one reader of it.
 * A key of kind `account` has a view once that account is known to exist.
 */
export type KeyView = {
  readonly key: string;
  readonly version: number;
  /** Oldest first, at most `keyErasMax`. */
  readonly eras: readonly KeyEra[];
  /** Accounts that claim the key with equal right; empty unless it is ambiguous. */
  readonly tied: readonly string[];
  /** Events received before this may have waited here and have gone on by a drain: offer them to `park` first. 0 = none ever did. */
  readonly drainedBefore: number;
};

export type LookupReply = {
  /** One per key asked for, in order; null where nobody has ever tied it to anything. */
  readonly views: readonly (KeyView | null)[];
  /** What changed since the caller's cursor; `all` if that is no longer known: forget everything and ask again. */
  readonly changed: readonly KeyView[] | "all";
  /** To be given with the next call. */
  readonly cursor: string;
};

/**
 * An event that belongs to nobody yet. `keys` are those it shall wait under, `line` its event line.
 * A first key of kind `account` makes it wait for that account, whatever its other keys lead to.
 */
export type ParkItem = {
  readonly keys: readonly string[];
  readonly mayCreate: boolean;
  readonly line: string;
  /** Kind of the origin whose pack brought it; `intake` if absent. What an account gave back has been counted as applied before. */
  readonly from?: PackOrigin["kind"];
};

/** `parked`, or what it resolves to if a link came meanwhile. Parking the same arrival (deliveryId, index) twice parks it once. */
export type ParkReply = { readonly status: "parked" } | Extract<Resolution, { status: "linked" }> | { readonly status: "full" };

export type KeyStatus = {
  readonly key: string;
  /** Where its events go: where the edges name a merged account, the one that it was merged into. */
  readonly accountId: string | null;
  readonly version: number;
  readonly edges: readonly Edge[];
  readonly conflicts: readonly string[];
  readonly waitingEvents: number;
};

export type UnresolvedKey = {
  readonly key: string;
  readonly waitingEvents: number;
  readonly since: number;
  readonly status: "unlinked" | "ambiguous";
  readonly accountIds: readonly string[];
  /** Other keys under which some of the same events wait; each counts them too. */
  readonly alsoUnder: readonly string[];
};

export type LinkReply = {
  readonly key: string;
  readonly version: number;
  readonly drainedEvents: number;
  readonly released: readonly string[];
};

export type DirectoryTotals = {
  readonly edges: number;
  readonly parkedEvents: number;
  readonly parkedBytes: number;
  /** Parked events that were applied after a link, ever: added to the intake shards' `applied` for the deployment's total. */
  readonly drainedApplied: number;
  readonly drainingEvents: number;
  /** Of the parked and draining events: those an account gave back, which their intake shard has counted as applied. */
  readonly givenBackEvents: number;
  /** Events that waited for `parkedAgeMaxMs`, ever, and became dead letters. */
  readonly expiredEvents: number;
  /** Accounts that still have to give back what a moved key brought them. */
  readonly pendingReleases: number;
  readonly mergedAccounts: number;
};

/** The one object's name. */
export const directoryName = "directory";

/** RPC surface of the one object. Every method may run twice. */
export interface IdentityDirectoryRpc {
  /** One answer per key set, in order. At most 5,000 key sets a call. */
  resolve(keySets: readonly (readonly string[])[]): Promise<readonly Resolution[]>;
  /** Views of keys for a reader that keeps them, and what changed since it last asked. At most 5,000 keys a call. */
  lookup(keys: readonly string[], cursor: string | null): Promise<LookupReply>;
  park(items: readonly ParkItem[]): Promise<readonly ParkReply[]>;
  /** Weak edges seen in events: pairs of a user or e-mail key and the account named beside it. Never overrides anything. */
  observe(pairs: readonly { key: string; accountId: string; at: number }[]): Promise<void>;
  link(edge: Edge): Promise<LinkReply>;
  /** Ties keys to an account by a person's word, all of them or, where one is another's and must not be moved, none: one decision. */
  claim(claim: Claim): Promise<ClaimReply>;
  unlink(key: string, accountId: string, author: string, reason: string | undefined, at: number): Promise<LinkReply>;
  /** Gives all that `from` has and will get to `into`; both exist. Events follow within seconds. */
  merge(request: MergeRequest): Promise<MergeDecision>;
  /** Takes a merge back: `from` gets back what it had and what came for it since. */
  unmerge(request: MergeRequest): Promise<MergeDecision>;
  status(keys: readonly string[]): Promise<readonly KeyStatus[]>;
  unresolved(page: { limit: number; after?: string }): Promise<readonly UnresolvedKey[]>;
  /** Remembers that the account exists and sets free what waits for it. */
  accountCreated(accountId: string): Promise<void>;
  accountsExist(accountIds: readonly string[]): Promise<void>;
  settle(reports: readonly PackReport[]): Promise<void>;
  readPack(packId: string): Promise<string | null>;
  sweep(): Promise<{ undone: boolean }>;
  totals(): Promise<DirectoryTotals>;
  /** Events set free that were quarantined or died on their way; ids begin with `directory-`. */
  deadLetters(filter: { status?: string; limit: number; before?: number }): Promise<readonly DeadLetter[]>;
  deadLetter(id: string): Promise<DeadLetter | null>;
  replayDeadLetter(id: string, options: { asNew: boolean }): Promise<DeadLetter | null>;
  discardDeadLetter(id: string, reason: string): Promise<DeadLetter | null>;
}
