import type { PackReport } from "../intake/pack.ts";

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

/** An event that belongs to nobody yet. `keys` are all its keys, `line` its event line. */
export type ParkItem = { readonly keys: readonly string[]; readonly mayCreate: boolean; readonly line: string };

/** `parked`, or what it resolves to if a link came meanwhile. Parking the same arrival (deliveryId, index) twice parks it once. */
export type ParkReply = { readonly status: "parked" } | Extract<Resolution, { status: "linked" }> | { readonly status: "full" };

export type KeyStatus = {
  readonly key: string;
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
};

export type LinkReply = { readonly key: string; readonly version: number; readonly drainedEvents: number; readonly released: readonly string[] };

export type DirectoryTotals = {
  readonly edges: number;
  readonly parkedEvents: number;
  readonly parkedBytes: number;
  /** Parked events that were applied after a link, ever: added to the intake shards' `applied` for the deployment's total. */
  readonly drainedApplied: number;
  readonly drainingEvents: number;
};

/** RPC surface of the one object. Every method may run twice. */
export interface IdentityDirectoryRpc {
  /** One answer per key set, in order. At most 5,000 key sets a call. */
  resolve(keySets: readonly (readonly string[])[]): Promise<readonly Resolution[]>;
  park(items: readonly ParkItem[]): Promise<readonly ParkReply[]>;
  /** Weak edges seen in events: pairs of a user or e-mail key and the account named beside it. Never overrides anything. */
  observe(pairs: readonly { key: string; accountId: string; at: number }[]): Promise<void>;
  link(edge: Edge): Promise<LinkReply>;
  unlink(key: string, accountId: string, author: string, reason: string | undefined, at: number): Promise<LinkReply>;
  status(keys: readonly string[]): Promise<readonly KeyStatus[]>;
  unresolved(page: { limit: number; after?: string }): Promise<readonly UnresolvedKey[]>;
  /** Parked events of a key that leads to an account which has just been created. */
  accountCreated(accountId: string): Promise<void>;
  settle(reports: readonly PackReport[]): Promise<void>;
  readPack(packId: string): Promise<string | null>;
  sweep(): Promise<{ undone: boolean }>;
  totals(): Promise<DirectoryTotals>;
}
