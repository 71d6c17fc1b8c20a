import { z } from "zod";
import type { AccountState } from "../account/state.ts";
import { addBusinessMs } from "../calendar/business-clock.ts";
import { HOUR_MS } from "../time.ts";
import { positiveAttribute } from "./attributes.ts";
import type { SupportFacts } from "./support-facts.ts";
import type { SupportHours } from "./support-hours.ts";

type FlagInput = {
  readonly state: AccountState;
  readonly at: number;
  readonly support: SupportFacts | null;
  readonly hours: SupportHours;
};

/** A point fact: since when it stands, or null while it does not. Pure. */
export type Flag = {
  readonly key: string;
  readonly settings: z.ZodType;
  readonly since: (input: FlagInput, settings: Readonly<Record<string, unknown>>) => number | null;
};

const urgentSettings = z.strictObject({ slaHoursAssumed: z.number().positive() });

/** An open urgent ticket is older than the agreed hours. */
const urgentTicketPastSla: Flag = {
  key: "urgent_ticket_past_sla",
  settings: urgentSettings,
  since: ({ state, at, support, hours }, settings) => {
    const { slaHoursAssumed } = settings as z.infer<typeof urgentSettings>;
    const slaMs = (positiveAttribute(state, "slaHours") ?? slaHoursAssumed) * HOUR_MS;
    const since = (support?.open ?? []).flatMap((ticket) => (ticket.priority === "urgent" ? [ticket.since] : []));
    if (since.length === 0) return null;
    // The oldest is late first.
    const lateAt = addBusinessMs(Math.min(...since), slaMs, hours.calendar);
    return lateAt !== null && lateAt <= at ? lateAt : null;
  },
};

export const flags: ReadonlyMap<string, Flag> = new Map([urgentTicketPastSla].map((flag) => [flag.key, flag]));
