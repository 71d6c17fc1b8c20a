import { z } from "zod";
import type { AccountState } from "../account/state.ts";
import { HOUR_MS } from "../time.ts";
import { positiveAttribute } from "./attributes.ts";
import type { SupportFacts } from "./support-facts.ts";

type FlagInput = { readonly state: AccountState; readonly at: number; readonly support: SupportFacts | null };

/** A point fact: since when it stands, or null while it does not. Pure. */
export type Flag = {
  readonly key: string;
  readonly settings: z.ZodType;
  readonly since: (input: FlagInput, settings: Readonly<Record<string, unknown>>) => number | null;
};

const urgentSettings = z.strictObject({ slaHoursAssumed: z.number().positive() });

/** An open urgent ticket is older than the agreed hours (wall-clock). */
const urgentTicketPastSla: Flag = {
  key: "urgent_ticket_past_sla",
  settings: urgentSettings,
  since: ({ state, at, support }, settings) => {
    const { slaHoursAssumed } = settings as z.infer<typeof urgentSettings>;
    const slaMs = (positiveAttribute(state, "slaHours") ?? slaHoursAssumed) * HOUR_MS;
    const late = (support?.open ?? []).filter(({ priority, since }) => priority === "urgent" && since + slaMs <= at);
    return late.length === 0 ? null : Math.min(...late.map(({ since }) => since + slaMs));
  },
};

export const flags: ReadonlyMap<string, Flag> = new Map([urgentTicketPastSla].map((flag) => [flag.key, flag]));
