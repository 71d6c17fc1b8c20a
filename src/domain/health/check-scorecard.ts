import type { z } from "zod";
import { bundledCalendars } from "../config/calendars.ts";
import { type Scorecard, ScorecardSchema } from "../config/scorecard.ts";
import { type Result, fail, ok } from "../result.ts";
import { flags } from "./flags.ts";
import { measures } from "./measures/index.ts";

/** What is wrong with a scorecard: a JSON pointer and words. */
export type ScorecardFault = { readonly pointer: string; readonly detail: string };

/**
 * Reads a scorecard document: its shape, whether this code has the measures and flags that it names, with such settings, and whether
 * its calendar is one of those given.
 */
export function checkScorecard(
  document: unknown,
  calendars: Pick<ReadonlyMap<string, unknown>, "has"> = bundledCalendars,
): Result<Scorecard, readonly ScorecardFault[]> {
  const parsed = ScorecardSchema.safeParse(document);
  if (!parsed.success) return fail(parsed.error.issues.map((issue) => ({ pointer: pointerOf(issue.path), detail: issue.message })));
  const scorecard = parsed.data;
  const faults = [
    ...(scorecard.calendar !== undefined && !calendars.has(scorecard.calendar)
      ? [{ pointer: "/calendar", detail: `no calendar \`${scorecard.calendar}\`` }]
      : []),
    ...scorecard.dimensions.flatMap((dimension, d) =>
      dimension.measures.flatMap((spec, m) => checkNamed(measures.get(spec.key), spec, `/dimensions/${d}/measures/${m}`)),
    ),
    ...scorecard.flags.flatMap((spec, f) => checkNamed(flags.get(spec.key), spec, `/flags/${f}`)),
    ...scorecard.caps.flatMap(({ flag }, c) =>
      scorecard.flags.some(({ key }) => key === flag)
        ? []
        : [{ pointer: `/caps/${c}/flag`, detail: `no flag \`${flag}\` in this scorecard` }],
    ),
  ];
  return faults.length === 0 ? ok(scorecard) : fail(faults);
}

type Named = { readonly settings: z.ZodType };

function checkNamed(known: Named | undefined, spec: { key: string; settings: Record<string, unknown> }, pointer: string): ScorecardFault[] {
  if (known === undefined) return [{ pointer: `${pointer}/key`, detail: `\`${spec.key}\` is not known` }];
  const settings = known.settings.safeParse(spec.settings);
  return settings.success
    ? []
    : settings.error.issues.map((issue) => ({ pointer: `${pointer}/settings${pointerOf(issue.path)}`, detail: issue.message }));
}

const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
