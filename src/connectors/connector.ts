import type { Delivery, Rejection } from "../domain/delivery.ts";
import type { Event } from "../domain/event.ts";
import type { EventLine } from "../domain/event-line.ts";

/** One item of a delivery that the door accepted: an event, or something understood and rightly without effect. */
export type MappedItem = { readonly event: Event } | { readonly drop: string };

/**
 * What a connector makes of a delivery. Items in the order of the body; `items.length` is what the door counted as accepted.
 * Pure: the same delivery gives the same items for ever (a changed mapper changes events only for what has not been mapped yet).
 */
export type Mapped = { readonly items: readonly MappedItem[]; readonly rejections: readonly Rejection[] };

/** Reads an expanded body (`head.contentEncoding` is already undone by the caller). Never throws for any bytes. */
export type DeliveryMapper = (delivery: Delivery) => Mapped;

/** Writes the lines of a body's events at once, as they would be written of what the mapper of that form makes; null: it has to be mapped. */
export type LineMapper = (delivery: Delivery) => readonly EventLine[] | null;

/** One field of the form in which a person makes a connection. Secrets are write-only. */
export type ConnectionField = {
  readonly key: string;
  readonly title: string;
  readonly required: boolean;
  readonly docs: string;
};

/** How a vendor signs a webhook; data, so that one door can check them all. */
export type WebhookSignature = {
  /** Name of the secret that is the key. Its UTF-8 text is used, never decoded. */
  readonly secret: string;
  readonly algorithm: "SHA-256";
  readonly signatureHeader: string;
  readonly signatureEncoding: "base64";
  /** Bears an ISO 8601 time; it is signed as it stands, straight before the raw body. */
  readonly timestampHeader: string;
  /** Secrets that everybody knows. They are refused even if somebody stores one. */
  readonly refusedSecrets: readonly string[];
};

export type WebhookDoor = {
  readonly form: string;
  readonly signature: WebhookSignature;
  /** Request headers the mapper needs: meta key → header. */
  readonly meta: Readonly<Record<string, string>>;
  /** Vendor's own names of what it sends, for the catalogue. */
  readonly types: readonly string[];
};

export type Connector = {
  /** Key in the registry and in every delivery. */
  readonly name: string;
  readonly title: string;
  readonly docs: string;
  /** `internal`: no connection of this kind can be made by a person. */
  readonly kind: "vendor" | "internal";
  readonly settings: readonly ConnectionField[];
  readonly secrets: readonly ConnectionField[];
  readonly webhook?: WebhookDoor;
  /** Polled streams. */
  readonly streams: readonly string[];
  /** Mapper per delivery form. */
  readonly forms: Readonly<Record<string, DeliveryMapper>>;
  /** For forms that come by the million. */
  readonly lines?: Readonly<Record<string, LineMapper>>;
};

/** A connector is one constant. The call only says so to the compiler. */
export const defineConnector = <const Definition extends Connector>(definition: Definition): Definition => definition;

/** Every vendor's connection has it: which of the vendor's fields holds our account id. */
export const accountKeySetting: ConnectionField = {
  key: "accountKey",
  title: "Account key",
  required: false,
  docs: "The vendor's field that holds our account id, if there is one. Dots lead into objects.",
};
