import type { Delivery } from "../domain/delivery.ts";
import type { Credential } from "../domain/intake/messages.ts";
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
  /** By `connection|…` or `mixpanel|…`; null when there is none or it is deleted. */
  readonly connection: (lookup: string) => Promise<Connection | null>;
  /** Secrets of a connection in clear, by name. */
  readonly secrets: (connection: Connection) => Promise<Readonly<Record<string, string>>>;
  readonly mayCreateAccounts: () => Promise<boolean>;
  /** Durable when it answers `stored`. */
  readonly append: (delivery: Delivery) => Promise<AppendOutcome>;
  readonly crypto: DoorCrypto;
  readonly gunzip: (bytes: Uint8Array, bytesMax: number) => Result<Uint8Array, "broken" | "too_large">;
  /** A line for a person. Never a secret, never a customer's text. */
  readonly report: (what: string, facts: Readonly<Record<string, unknown>>) => void;
};

export type AppendOutcome = { readonly stored: true } | { readonly stored: false; readonly retryAfterMs: number };

export type DoorCrypto = {
  /** HMAC-SHA-256 as base64; the key is the UTF-8 of its text. */
  readonly hmacBase64: (key: string, ...parts: readonly (string | Uint8Array)[]) => string;
  /** Comparison whose time tells nothing. */
  readonly sameSecret: (given: string, right: string) => boolean;
};

/** Something the answer needs cannot be reached; the sender should come again. */
export class DoorUnavailable extends Error {}
