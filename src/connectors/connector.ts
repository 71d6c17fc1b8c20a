import type { Delivery, Rejection } from "../domain/delivery.ts";
import type { Event } from "../domain/event.ts";

/** One item of a delivery that the door accepted: an event, or something understood and rightly without effect. */
export type MappedItem = { readonly event: Event } | { readonly drop: string };

/**
 * What a connector makes of a delivery. Items in the order of the body; `items.length` is what the door counted as accepted.
 * Pure: the same delivery gives the same items for ever (a changed mapper changes events only for what has not been mapped yet).
 */
export type Mapped = { readonly items: readonly MappedItem[]; readonly rejections: readonly Rejection[] };

/** Reads an expanded body (`head.contentEncoding` is already undone by the caller). Never throws for any bytes. */
export type DeliveryMapper = (delivery: Delivery) => Mapped;
