import { z } from "zod";
import { DAY_MS, dayOf } from "../../time.ts";
import { dateAttribute } from "../attributes.ts";
import { missing, revenueMeasure } from "../measure.ts";
import type { ReadingClock } from "../reading-clock.ts";
import type { Deal, RevenueFacts } from "../revenue-facts.ts";

type Step = { readonly daysBefore: number; readonly stages: readonly string[] };

/**
 * How many steps the renewal is behind: steps that should be done by now, by the days that are left, less the step that the renewal's deal
 * has reached. Never below 0. Steps are the scorecard's: from the earliest to the last, each with the stages that mean it.
 *
 * The renewal is due on the attribute `renewalDate`, else when the first running subscription ends, else when the renewal's deal is to close.
 * Its deal is one marked as renewal, else one that closes within `closeWithinDays` of that date; the furthest of several counts.
 */
export const renewalStep = revenueMeasure({
  key: "renewal_step",
  unit: "steps late",
  events: ["opportunity.", "subscription."],
  attributes: ["renewalDate"],
  settings: z.strictObject({
    closeWithinDays: z.number().int().positive().max(366),
    steps: z
      .array(z.strictObject({ daysBefore: z.number().int().min(0).max(800), stages: z.array(z.string().min(1).max(64)).min(1).max(30) }))
      .min(1)
      .max(20)
      .refine(
        (steps) => steps.every(({ daysBefore }, i) => i === 0 || daysBefore < (steps[i - 1] as Step).daysBefore),
        "steps must come from the earliest to the last",
      ),
  }),
  measure: ({ state, at, clock, revenue }, { closeWithinDays, steps }) => {
    const deals = revenue.deals(clock);
    if (deals === null) return missing("No opportunity has been seen yet.");
    const marked = deals.filter(({ isRenewal }) => isRenewal);
    const renewsAt = dateAttribute(state, "renewalDate") ?? dateOf(marked, revenue, clock);
    if (renewsAt === null) return missing("The date of renewal is not known: set the account's attribute `renewalDate`.");
    const daysLeft = dayOf(renewsAt) - dayOf(clock.least);
    const isNear = ({ closeDate }: Deal): boolean => closeDate !== null && Math.abs(closeDate - renewsAt) <= closeWithinDays * DAY_MS;
    const candidates = marked.filter((deal) => deal.closeDate === null || isNear(deal));
    const reached = Math.max(0, ...(candidates.length > 0 ? candidates : deals.filter(isNear)).map((deal) => reachedStep(deal, steps)));
    const expected = steps.filter(({ daysBefore }) => daysLeft <= daysBefore).length;
    return {
      value: Math.max(0, expected - reached),
      asOf: revenue.newestAt(at),
      note: `Step ${reached} of ${steps.length}, ${expected} expected with ${daysLeft} days left.`,
    };
  },
});

function dateOf(marked: readonly Deal[], revenue: RevenueFacts, clock: ReadingClock): number | null {
  const open = marked.flatMap(({ status, closeDate }) => (closeDate === null || status === "won" || status === "lost" ? [] : [closeDate]));
  return revenue.ends(clock)[0] ?? (open.length === 0 ? null : Math.min(...open));
}

/** Number of the step, 1 for the first; 0 for a deal that has reached none, and for a lost one. */
function reachedStep({ stage, status }: Deal, steps: readonly Step[]): number {
  if (status === "won") return steps.length;
  return status === "lost" || stage === null ? 0 : steps.findLastIndex(({ stages }) => stages.includes(stage)) + 1;
}
