import { isCanary } from "../canary.ts";
import { eventTriesMax, reasonDetailCharsMax } from "../limits.ts";
import { EventOutcome } from "../outcome.ts";
import type { PackReport } from "./pack.ts";
import type { DeliveryFacts, SegmentPlan } from "./plan.ts";
import type { Progress } from "./progress.ts";
import { countVisible, type TallyDraft } from "./tally.ts";

/** An item that ends with the shard: what to keep of it. `pack` and `index` lead to its line; `delivery` to a whole delivery. */
export type LetterToKeep = {
  readonly kind: "quarantined" | "deadLettered";
  readonly source: { readonly pack: number; readonly index: number } | { readonly delivery: number };
  /** The item of the segment, or the first of a whole delivery. */
  readonly item: number;
  readonly items: number;
  readonly reason: string;
  readonly detail: string;
  readonly accountId?: string | undefined;
  readonly tries: number;
};

/** How far a segment has come: replaced as a whole once the commit that changes it has succeeded. */
export type Standing = { readonly progress: Progress; readonly tries: ReadonlyMap<number, number> };

export type SettleResult = {
  readonly standing: Standing;
  readonly letters: readonly LetterToKeep[];
  /** False: nothing new was told, nothing need be written. */
  readonly changed: boolean;
};

/** A report about pack `n` of the plan at hand. */
export type NumberedReport = { readonly n: number; readonly report: PackReport };

/**
 * Takes what consumers report into the progress of a segment; pure but for the tally, which is a draft.
 *
 * An item's first final outcome stands; whatever is reported later about it changes nothing, so settling twice is settling once.
 * A failure of the event itself counts towards its tries, and the last one makes it a dead letter; an object that could not be reached
 * counts nothing. (A doubled message can count one try twice; eight leave room for that.)
 * Reports whose number of outcomes does not fit the pack are not about this plan and are ignored.
 */
export function settleReports(standing: Standing, plan: SegmentPlan, reports: readonly NumberedReport[], tally: TallyDraft): SettleResult {
  const progress = standing.progress.slice();
  const tries = new Map(standing.tries);
  const letters: LetterToKeep[] = [];
  const deliveryOf = deliveryReader(plan.deliveries);
  let changed = settleLocal(progress, plan, letters, tally);
  for (const { n, report } of reports) {
    const pack = plan.packs[n];
    if (pack === undefined || report.outcomes.length !== pack.itemOf.length) continue;
    const reasons = new Map(report.reasons.map((reason) => [reason.index, reason]));
    for (let index = 0; index < pack.itemOf.length; index++) {
      const item = pack.itemOf[index] as number;
      if (progress[item] !== EventOutcome.waiting) continue;
      const reason = reasons.get(index);
      let outcome = report.outcomes[index] as EventOutcome;
      let failures = tries.get(item) ?? 0;
      if (outcome === EventOutcome.waiting) {
        if (reason === undefined) continue;
        changed = true;
        tries.set(item, ++failures);
        if (failures < eventTriesMax) continue;
        outcome = EventOutcome.deadLettered;
      }
      changed = true;
      progress[item] = outcome;
      tries.delete(item);
      const delivery = deliveryOf(item);
      // Its way is measured at its end, and it is in no total.
      if (delivery !== undefined && isCanary(delivery)) continue;
      tally.outcomes[outcome] = (tally.outcomes[outcome] ?? 0) + 1;
      if (outcome === EventOutcome.applied) countVisible(tally, report.appliedAt - (delivery?.receivedAt ?? 0));
      if (outcome !== EventOutcome.quarantined && outcome !== EventOutcome.deadLettered) continue;
      letters.push({
        kind: outcome === EventOutcome.quarantined ? "quarantined" : "deadLettered",
        source: { pack: n, index },
        item,
        items: 1,
        reason: reason?.reason ?? "unknown",
        detail: (reason?.detail ?? "").slice(0, reasonDetailCharsMax),
        accountId: reason?.accountId,
        tries: failures,
      });
    }
  }
  return { standing: { progress, tries }, letters, changed };
}

function settleLocal(progress: Progress, plan: SegmentPlan, letters: LetterToKeep[], tally: TallyDraft): boolean {
  let changed = false;
  for (const { from, to, outcome, failure } of plan.local) {
    let settled = 0;
    for (let item = from; item < to; item++) {
      if (progress[item] !== EventOutcome.waiting) continue;
      progress[item] = outcome;
      settled++;
    }
    if (settled === 0) continue;
    changed = true;
    tally.outcomes[outcome] = (tally.outcomes[outcome] ?? 0) + settled;
    if (failure === undefined) continue;
    letters.push({
      kind: "deadLettered",
      source: { delivery: failure.delivery },
      item: from,
      items: settled,
      reason: failure.reason,
      detail: failure.detail,
      tries: 1,
    });
  }
  return changed;
}

/** Items are asked for in rising order nearly always, so the search goes on from where it was. */
function deliveryReader(deliveries: readonly DeliveryFacts[]): (item: number) => DeliveryFacts | undefined {
  let at = 0;
  return (item) => {
    if (item < (deliveries[at]?.firstItem ?? 0)) at = 0;
    let next = deliveries[at + 1];
    while (next !== undefined && next.firstItem <= item) next = deliveries[++at + 1];
    return deliveries[at];
  };
}

/** Numbers of the packs with an item that still waits. */
export function openPacks(plan: SegmentPlan, progress: Progress): number[] {
  const open: number[] = [];
  for (const [n, { itemOf }] of plan.packs.entries()) if (itemOf.some((item) => progress[item] === EventOutcome.waiting)) open.push(n);
  return open;
}
