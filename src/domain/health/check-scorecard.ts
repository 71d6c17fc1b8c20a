import { z } from "zod";
import { bundledCalendars } from "../config/calendars.ts";
import { type Fault, faultsOf } from "../config/fault.ts";
import { ScorecardDocumentSchema } from "../config/scorecard.ts";
import { anchorValueMax, halfLifeDaysMin, scorecardWeightMax } from "../limits.ts";
import { type Result, fail, ok } from "../result.ts";
import { DAY_MS } from "../time.ts";
import type { Anchors } from "./anchors.ts";
import { flags } from "./flags.ts";
import type { Measure } from "./measure.ts";
import { measures } from "./measures/index.ts";

type Calendars = Pick<ReadonlyMap<string, unknown>, "has">;
type ScorecardDocument = z.infer<typeof ScorecardDocumentSchema>;

/**
 * Reads a scorecard document: its shape and bounds, whether this code has the measures and flags that it names, with such settings, and whether
 * its calendar is one of those given. All faults at once. Versions in it (of a document that was copied) say nothing and are left out.
 */
export function checkScorecard(
  document: unknown,
  calendars: Calendars = bundledCalendars,
  custom: ReadonlyMap<string, Measure> = new Map(),
): Result<ScorecardDocument, readonly Fault[]> {
  const {
    version: _,
    configVersion: __,
    ...own
  } = typeof document === "object" && document !== null ? (document as { version?: unknown; configVersion?: unknown }) : {};
  const parsed = ScorecardDocumentSchema.safeParse(own);
  const faults = [
    ...(parsed.success ? boundFaults(parsed.data) : faultsOf(parsed.error)),
    ...namingFaults(NamesSchema.parse(own), calendars, new Map([...custom, ...measures])),
  ];
  return parsed.success && faults.length === 0 ? ok(parsed.data) : fail(faults);
}

/** Bounds of what is published from now on: a stored document keeps what it has. */
const boundFaults = ({ dimensions }: ScorecardDocument): Fault[] =>
  dimensions.flatMap(({ weight, measures: specs }, d) => [
    ...weightFaults(weight, `/dimensions/${d}`),
    ...specs.flatMap((spec, m) => {
      const pointer = `/dimensions/${d}/measures/${m}`;
      return [
        ...weightFaults(spec.weight, pointer),
        ...(spec.halfLifeMs < halfLifeDaysMin * DAY_MS
          ? [{ pointer: `${pointer}/halfLifeMs`, detail: `must be at least a day (${DAY_MS})` }]
          : []),
        ...anchorFaults(spec.anchors, pointer),
        ...(spec.groups ?? []).flatMap(({ anchors }, g) => anchorFaults(anchors, `${pointer}/groups/${g}`)),
      ];
    }),
  ]);

const weightFaults = (weight: number, pointer: string): Fault[] =>
  weight > scorecardWeightMax ? [{ pointer: `${pointer}/weight`, detail: `must be at most ${scorecardWeightMax}` }] : [];

const anchorFaults = (anchors: Anchors, pointer: string): Fault[] =>
  anchors.flatMap(({ value }, a) =>
    Math.abs(value) > anchorValueMax
      ? [{ pointer: `${pointer}/anchors/${a}/value`, detail: `must lie between −${anchorValueMax} and ${anchorValueMax}` }]
      : [],
  );

/** What a document names, whatever else is wrong with it. */
const Settings = z.record(z.string(), z.unknown()).catch({});
const Named = z.object({ key: z.string().nullable().catch(null), settings: Settings }).catch({ key: null, settings: {} });
const NamesSchema = z.object({
  calendar: z.string().nullable().catch(null),
  dimensions: z.array(z.object({ measures: z.array(Named).catch([]) }).catch({ measures: [] })).catch([]),
  flags: z.array(Named).catch([]),
  caps: z.array(z.object({ flag: z.string().nullable().catch(null) }).catch({ flag: null })).catch([]),
});
type Named = z.infer<typeof Named>;

const namingFaults = (names: z.infer<typeof NamesSchema>, calendars: Calendars, known: ReadonlyMap<string, Measure>): Fault[] => [
  ...(names.calendar === null || calendars.has(names.calendar)
    ? []
    : [{ pointer: "/calendar", detail: `no calendar \`${names.calendar}\`` }]),
  ...names.dimensions.flatMap((dimension, d) =>
    dimension.measures.flatMap((spec, m) => checkNamed(known, spec, `/dimensions/${d}/measures/${m}`)),
  ),
  ...names.flags.flatMap((spec, f) => checkNamed(flags, spec, `/flags/${f}`)),
  ...names.caps.flatMap(({ flag }, c) =>
    flag === null || names.flags.some(({ key }) => key === flag)
      ? []
      : [{ pointer: `/caps/${c}/flag`, detail: `no flag \`${flag}\` in this scorecard` }],
  ),
];

function checkNamed(known: ReadonlyMap<string, { readonly settings: z.ZodType }>, { key, settings }: Named, pointer: string): Fault[] {
  if (key === null) return [];
  const found = known.get(key);
  if (found === undefined) return [{ pointer: `${pointer}/key`, detail: `\`${key}\` is not known` }];
  const parsed = found.settings.safeParse(settings);
  return parsed.success ? [] : faultsOf(parsed.error).map((fault) => ({ ...fault, pointer: `${pointer}/settings${fault.pointer}` }));
}
