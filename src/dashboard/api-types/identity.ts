import type { UnresolvedKey as KnownKey } from "../../domain/identity/messages.ts";
import type { Told } from "./common.ts";

export type IdentityKey = { readonly kind: string; readonly value: string };

export type UnresolvedKey = Told<Omit<KnownKey, "key" | "alsoUnder">, "since"> & {
  readonly key: IdentityKey;
  /** Other keys under which some of the same events wait: linking either lets them go. */
  readonly alsoUnder: readonly IdentityKey[];
};

export type LinkAnswer = {
  readonly key: IdentityKey;
  readonly accountId: string;
  readonly drainedEvents: number;
  readonly released: readonly string[];
};

export type ImportAnswer = {
  readonly imported: number;
  /** The first 100. */
  readonly rejected: readonly { readonly line: number; readonly id: string | null; readonly pointer: string; readonly detail: string }[];
  readonly rejectedRows: number;
};
