import type { ActiveConfig, Assigned } from "../config/active.ts";
import type { MeasureSpec, Scorecard } from "../config/scorecard.ts";
import type { HealthDocument } from "./document.ts";
import type { Leg } from "./moves.ts";
import type { Stage } from "./rule-turns.ts";

/** What an account looks like at an instant by some rules, with whatever score its facts give, required or not. */
export type DocumentBy = (instant: number, by: Pick<Judged, "rules" | "card">) => HealthDocument;

/** An account at an instant, and what judges it; `card`: with the anchors of its group then. */
export type Judged = { readonly instant: number; readonly rules: Assigned; readonly card: Scorecard };

/**
 * The way from one document to another: what happened between two publications is told by the rules that were in force meanwhile, and what a
 * publication did by the facts of its instant. Stages in which a scorecard that is meant was not published have no part in it.
 */
export function legsOf(
  ends: { readonly from: HealthDocument; readonly to: HealthDocument },
  stages: readonly Stage[],
  judge: (config: ActiveConfig, instant: number) => Judged | null,
  documentBy: DocumentBy,
): readonly Leg[] {
  const spans = spansOf(stages, judge);
  const documentOf = (judged: Judged): HealthDocument => documentBy(judged.instant, judged);
  const legs: Leg[] = [];
  let standing = ends.from;
  spans.forEach(({ first, last }, i) => {
    const before = spans[i - 1];
    if (before !== undefined) {
      const document = documentOf(first);
      legs.push({ from: standing, to: document, between: { document, isLent: lentBetween(before.last.rules, first.rules) } });
      standing = document;
    }
    const to = i === spans.length - 1 ? ends.to : documentOf(last);
    const between = isSameCard(first.card, last.card)
      ? null
      : {
          document: documentBy(first.instant, last),
          isLent: lentBetween(first.rules, last.rules),
        };
    legs.push({ from: standing, to, between });
    standing = to;
  });
  return legs;
}

type Span = { readonly first: Judged; readonly last: Judged };

/** Stages by which this account is judged, without the turns at which its own scorecard stayed as it was. */
export function spansOf(stages: readonly Stage[], judge: (config: ActiveConfig, instant: number) => Judged | null): readonly Span[] {
  const spans: Span[] = [];
  for (const stage of stages) {
    const [first, last] = [judge(stage.first, stage.from), judge(stage.last, stage.to)];
    if (first === null || last === null) continue;
    const before = spans.at(-1);
    if (before !== undefined && isSameCard(before.last.card, first.card)) spans[spans.length - 1] = { first: before.first, last };
    else spans.push({ first, last });
  }
  return spans;
}

/** A version names the content of a scorecard, but not which group's anchors are in it. */
export const isSameCard = (a: Scorecard, b: Scorecard): boolean =>
  a.version === b.version && (a === b || JSON.stringify(a.dimensions) === JSON.stringify(b.dimensions));

/** Of which measures nobody wrote anything new, so that only what other accounts lend is another. */
function lentBetween(old: Assigned, now: Assigned): (measure: string) => boolean {
  const isSameBut = old.segment === now.segment && besideOf(old) === besideOf(now);
  if (!isSameBut || lentOf(old) === lentOf(now)) return () => false;
  const [before, after] = [specsOf(old.written), specsOf(now.written)];
  return (measure) => JSON.stringify(before.get(measure)) === JSON.stringify(after.get(measure));
}

/** A scorecard's version says what is lent to it, last of all, and which calendars and measures stand beside it. */
const lentOf = ({ scorecard, written }: Assigned): string => scorecard.version.slice(written.version.length);
const besideOf = ({ written: { version } }: Assigned): string => /\+.*$/.exec(version)?.[0] ?? "";

const specsOf = ({ dimensions }: Scorecard): ReadonlyMap<string, MeasureSpec> =>
  new Map(dimensions.flatMap(({ measures }) => measures.map((spec) => [spec.key, spec] as const)));
