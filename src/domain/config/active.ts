import { z } from "zod";
import type { AccountState } from "../account/state.ts";
import { type Calendar, CalendarDocumentSchema } from "./calendar.ts";
import { bundledCalendars } from "./calendars.ts";
import { fail, ok, type Result } from "../result.ts";
import { customMeasures } from "../health/custom-measures.ts";
import type { Measure } from "../health/measure.ts";
import { MeasureDocumentSchema } from "./measure.ts";
import { type Scorecard, Key, ScorecardDocumentSchema } from "./scorecard.ts";
import { segmentOf, type SegmentsDocument, SegmentsDocumentSchema } from "./segments.ts";
import { shippedScorecards, standardScorecard } from "./standard.ts";

/**
 * The active configuration: everything that is published, and what runs in shadow, under one number that rises with each change.
 * It is stored whole under that number and travels whole, so that whoever has a number has all that belongs to it.
 */

const versioned = <T extends z.ZodType>(document: T) => z.strictObject({ version: z.number().int().positive(), document });

export const ConfigurationSchema = z.strictObject({
  layout: z.literal(1),
  version: z.number().int().positive(),
  scorecards: z.record(Key, versioned(ScorecardDocumentSchema)),
  segments: versioned(SegmentsDocumentSchema).nullable(),
  calendars: z.record(Key, versioned(CalendarDocumentSchema)),
  measures: z.record(Key, versioned(MeasureDocumentSchema)).default({}),
  /** Drafts of scorecards that are evaluated beside the published ones; `since` is the configuration with which that began. */
  shadows: z.record(Key, versioned(ScorecardDocumentSchema).extend({ since: z.number().int().positive() })),
});
export type Configuration = z.infer<typeof ConfigurationSchema>;

/** Before anything is published. */
export const emptyConfiguration: Omit<Configuration, "version"> = {
  layout: 1,
  scorecards: {},
  segments: null,
  calendars: {},
  measures: {},
  shadows: {},
};

/** The active configuration as the score needs it. Shipped scorecards are in it, unless a published one took their place. */
export type ActiveConfig = {
  /** 0: nothing has been published. */
  readonly version: number;
  readonly scorecards: ReadonlyMap<string, Scorecard>;
  readonly segments: SegmentsDocument | null;
  readonly calendars: ReadonlyMap<string, Calendar>;
  /** Those that people have defined, beside the ones in code. */
  readonly ownMeasures: ReadonlyMap<string, Measure>;
  readonly shadows: ReadonlyMap<string, { readonly since: number; readonly scorecard: Scorecard }>;
};

export function activate({ version, scorecards, segments, calendars, measures, shadows }: Configuration): ActiveConfig {
  const configVersion = String(version);
  // Calendars and measures move scores as weights do: which ones were in force belongs to what a scorecard's version says.
  const rest = `${versionOf("calendars", calendars)}${versionOf("measures", measures)}`;
  const named = (key: string, one: Configuration["scorecards"][string]): Scorecard => ({
    ...one.document,
    version: `${key}@${one.version}${rest}`,
    configVersion,
  });
  const shipped = [...shippedScorecards].map(([key, one]): [string, Scorecard] => [
    key,
    { ...one, version: `${one.version}${rest}`, configVersion },
  ]);
  return {
    version,
    scorecards: new Map([...shipped, ...Object.entries(scorecards).map(([key, one]): [string, Scorecard] => [key, named(key, one)])]),
    segments: segments?.document ?? null,
    calendars: new Map([
      ...bundledCalendars,
      ...Object.entries(calendars).map(([key, one]): [string, Calendar] => [key, { ...one.document, version: `${key}@${one.version}` }]),
    ]),
    ownMeasures: customMeasures(Object.fromEntries(Object.entries(measures).map(([key, { document }]) => [key, document]))),
    shadows: new Map(Object.entries(shadows).map(([key, one]) => [key, { since: one.since, scorecard: named(key, one) }])),
  };
}

/** Versions only rise and none goes away, so their sum names the set. */
function versionOf(kind: string, documents: Readonly<Record<string, { readonly version: number }>>): string {
  const versions = Object.values(documents);
  return versions.length === 0 ? "" : `+${kind}.${versions.reduce((sum, { version }) => sum + version, 0)}`;
}

export const shippedConfig: ActiveConfig = {
  version: 0,
  scorecards: shippedScorecards,
  segments: null,
  calendars: bundledCalendars,
  ownMeasures: new Map(),
  shadows: new Map(),
};

/** Reads a stored configuration. One that newer code has written in another layout is refused: the old one stays in use. */
export function parseConfiguration(text: string): Result<Configuration, string> {
  try {
    const parsed = ConfigurationSchema.safeParse(JSON.parse(text));
    return parsed.success ? ok(parsed.data) : fail(z.prettifyError(parsed.error));
  } catch {
    return fail("is not JSON");
  }
}

export type Assigned = {
  /** First segment that fits, else the account's own attribute `segment`. */
  readonly segment: string | null;
  readonly scorecard: Scorecard;
  readonly calendars: ActiveConfig["calendars"];
  readonly ownMeasures: ActiveConfig["ownMeasures"];
  /** The draft that is evaluated beside it. */
  readonly shadow: { readonly key: string; readonly since: number; readonly scorecard: Scorecard } | null;
};

/** Which scorecard gives this account its score. */
export function assign(config: ActiveConfig, state: Pick<AccountState, "attributes">): Assigned {
  const own = state.attributes.get("segment")?.value;
  const found = config.segments === null ? null : segmentOf(config.segments, state.attributes);
  const key = found?.scorecard ?? "standard";
  const shadow = config.shadows.get(key);
  return {
    segment: found?.segment ?? (typeof own === "string" ? own : typeof own === "number" ? String(own) : null),
    scorecard: config.scorecards.get(key) ?? standardScorecard,
    calendars: config.calendars,
    ownMeasures: config.ownMeasures,
    shadow: shadow === undefined ? null : { key, ...shadow },
  };
}
