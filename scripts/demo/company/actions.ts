import type { TicketStep } from "./tickets.ts";

/** A native event as it is sent to `POST /v1/events`. */
export type NativeEvent = {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly account: { readonly id: string };
  readonly user?: { readonly id: string; readonly email: string; readonly name: string };
  readonly data: Readonly<Record<string, unknown>>;
};
/** What the product hands to the Mixpanel client. */
export type MixpanelEvent = { readonly event: string; readonly properties: Readonly<Record<string, unknown>> };

/** Something that happened at a customer, and by which door it reaches us. */
export type Action =
  | { readonly door: "native"; readonly at: number; readonly event: NativeEvent }
  | { readonly door: "mixpanel"; readonly at: number; readonly event: MixpanelEvent }
  | { readonly door: "zendesk"; readonly at: number; readonly step: TicketStep };
