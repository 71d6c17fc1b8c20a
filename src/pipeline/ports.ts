import type { ApplyCall, ApplyReply } from "../domain/account/messages.ts";
import type { LookupReply, ParkItem, ParkReply } from "../domain/identity/messages.ts";
import type { PackOrigin, PackReport } from "../domain/intake/pack.ts";

/** One message of the queue `events`. `ack` and `retry` come last; without either the queue gives the message again. */
export type EventsMessage = {
  /** Gzip of pack text. */
  readonly body: Uint8Array;
  /** 1 at the first delivery. */
  readonly attempts: number;
  ack(): void;
  retry(delaySeconds: number): void;
};

// Every call may reject, hang (the room bounds the wait) or take effect twice.

export interface KeyLookup {
  lookup(keys: readonly string[], cursor: string | null): Promise<LookupReply>;
}

export interface ParkingPlace {
  park(items: readonly ParkItem[]): Promise<readonly ParkReply[]>;
}

export interface Evidence {
  observe(pairs: readonly { key: string; accountId: string; at: number }[]): Promise<void>;
  accountsExist(accountIds: readonly string[]): Promise<void>;
}

export interface Accounts {
  /** Number of account shards; 0 = one for each account. */
  shards(): Promise<number>;
  apply(shard: string, call: ApplyCall): Promise<ApplyReply>;
}

export interface Origins {
  settle(origin: PackOrigin, reports: readonly PackReport[]): Promise<void>;
  /** Pack text; null once the origin has settled it. */
  readPack(origin: PackOrigin, packId: string): Promise<string | null>;
}

export type PipelinePorts = {
  readonly keys: KeyLookup;
  readonly parking: ParkingPlace;
  readonly evidence: Evidence;
  readonly accounts: Accounts;
  readonly origins: Origins;
  /** Text of a message's body; throws when it is not what we wrote. */
  readonly expand: (body: Uint8Array) => string;
  /** Wall clock, epoch ms. */
  readonly now: () => number;
  /** Number of the configuration that is known to be in force, as text. */
  readonly configVersion: () => string;
  /** One line for a person; names and numbers only. */
  readonly note: (what: string, facts: Readonly<Record<string, unknown>>) => void;
};
