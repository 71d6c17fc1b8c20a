import type { Delivery } from "../domain/delivery.ts";
import type { Credential } from "../domain/intake/credential.ts";
import type { Result } from "../domain/result.ts";

export type IngestToken = Extract<Credential, { kind: "token" }>;
export type Connection = Extract<Credential, { kind: "connection" }>;

/** What the doors need from outside. A method that cannot reach its other side throws `DoorUnavailable`, which is told as 503. */
export type DoorPorts = {
  /** Product clock, epoch ms. */
  readonly now: () => number;
  /** Time-ordered and unique. */
  readonly newDeliveryId: () => string;
  /** Token of the request's Authorization header. */
  readonly token: (request: Request) => Promise<Result<IngestToken, string>>;
  /** By `connection|…`, `mixpanel|…`, `mixpanel-project|…` or `mixpanel-secret|…`; null when there is none or it is deleted. */
  readonly connection: (lookup: string) => Promise<Connection | null>;
  /** Secrets of a connection in clear, by name. */
  readonly secrets: (connection: Connection) => Promise<Readonly<Record<string, string>>>;
  readonly mayCreateAccounts: () => Promise<boolean>;
  /** Durable when it answers `stored`. */
  readonly append: (delivery: Delivery) => Promise<AppendOutcome>;
  /** Counts a request that the door has refused to a sender it knows. Cheap, and never fails. */
  readonly refused: (refusal: Refusal) => void;
  readonly crypto: DoorCrypto;
  readonly gunzip: (bytes: Uint8Array, bytesMax: number) => Result<Uint8Array, "broken" | "too_large">;
  /** A line for a person. Never a secret, never a customer's text. */
  readonly report: (what: string, facts: Readonly<Record<string, unknown>>) => void;
};

export type AppendOutcome = { readonly stored: true } | { readonly stored: false; readonly retryAfterMs: number };

/** `stream`: the form that the request would have had. `reason` and `detail` as they are told to the sender. */
export type Refusal = {
  readonly connectionId: string;
  readonly connector: string;
  readonly stream: string;
  readonly reason: string;
  readonly detail: string;
};

export type DoorCrypto = {
  /** HMAC-SHA-256 as base64; the key is the UTF-8 of its text. */
  readonly hmacBase64: (key: string, ...parts: readonly (string | Uint8Array)[]) => string;
  /** Comparison whose time tells nothing. */
  readonly sameSecret: (given: string, right: string) => boolean;
  /** Keyed hash by which a secret is found again. */
  readonly digest: (secret: string) => string;
};

/** What a sender is told when no shard took its delivery. */
export const notStored = { reason: "not_stored", detail: "nothing was stored; send it again" } as const;

/** Something the answer needs cannot be reached; the sender should come again. */
export class DoorUnavailable extends Error {}
