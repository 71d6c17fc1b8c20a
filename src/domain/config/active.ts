import { z } from "zod";
import type { AccountState } from "../account/state.ts";
import { accountZone, type Calendar, CalendarDocumentSchema } from "./calendar.ts";
import { bundledCalendars } from "./calendars.ts";
import { shadowDocumentsMax, statisticsSegmentsMax } from "../limits.ts";
import { type Statistics, StatisticsSchema } from "../statistics/document.ts";
import { lend } from "../statistics/lend.ts";
import { currencyCode } from "../money/currency.ts";
import { defaultCurrency, type Money } from "../money/convert.ts";
import { noRates } from "../money/rates.ts";
import { canonicalJson } from "../hash.ts";
import { hash53 } from "../account/id-hash.ts";
import { fail, ok, type Result } from "../result.ts";
import { countedFields, customMeasures, type MeasureDocuments } from "../health/custom-measures.ts";
import { textAttribute } from "../health/attributes.ts";
import type { Measure } from "../health/measure.ts";
import { type RiskModel, RiskModelSchema } from "../risk/model.ts";
import { MeasureDocumentSchema } from "./measure.ts";
import { type Remembered, rememberedMax, RememberedSchema } from "./remembered.ts";
import { type Scorecard, Key, ScorecardDocumentSchema } from "./scorecard.ts";
import { segmentOf, type SegmentsDocument, SegmentsDocumentSchema } from "./segments.ts";
import { shippedScorecards, standardScorecard } from "./standard.ts";

/**
 * The active configuration: everything that is published, and what runs in shadow, under one number that rises with each change.
 * It is stored whole under that number and travels whole, so that whoever has a number has all that belongs to it.
 */

/**
 * What all accounts share beside the rules: in which currency figures are told, the zone of whoever has none, and the number of the table of
 * rates (0: there is none), which travels apart. Currency and rates are no rules of their time: a past instant is told by those of now. The
 * zone is one, as the calendars are that run in it.
 */
const CompanySchema = z.strictObject({
  reportingCurrency: z.string().regex(currencyCode),
  timeZone: z.string().min(1).max(64),
  rates: z.number().int().nonnegative(),
});
export type Company = z.infer<typeof CompanySchema>;
export const defaultCompany: Company = { reportingCurrency: defaultCurrency, timeZone: "UTC", rates: 0 };

const versioned = <T extends z.ZodType>(document: T) => z.strictObject({ version: z.number().int().positive(), document });

const shadowed = <Kind extends string, T extends z.ZodType>(kind: Kind, document: T) =>
  versioned(document).extend({ kind: z.literal(kind), key: Key, since: z.number().int().positive() });

export const ConfigurationSchema = z.strictObject({
  layout: z.literal(1),
  version: z.number().int().positive(),
  /** Since when its rules are in force, epoch ms, and the ones before it, the newest first. Absent in what older code stored. */
  at: z.number().optional(),
  before: z.array(RememberedSchema).max(rememberedMax).optional(),
  /** A job published it: in what people wrote it is the one before it. */
  learned: z.boolean().optional(),
  scorecards: z.record(Key, versioned(ScorecardDocumentSchema)),
  segments: versioned(SegmentsDocumentSchema).nullable(),
  calendars: z.record(Key, versioned(CalendarDocumentSchema)),
  measures: z.record(Key, versioned(MeasureDocumentSchema)).default({}),
  /** What accounts lend each other; null until the daily job has published any. */
  statistics: StatisticsSchema.nullable().default(null),
  /** Drafts of scorecards that are evaluated beside the published ones; `since` is the configuration with which that began. */
  shadows: z.record(Key, versioned(ScorecardDocumentSchema).extend({ since: z.number().int().positive() })),
  /** The same of other kinds. */
  shadowDocuments: z
    .array(
      z.discriminatedUnion("kind", [
        shadowed("segments", SegmentsDocumentSchema),
        shadowed("calendars", CalendarDocumentSchema),
        shadowed("measures", MeasureDocumentSchema),
      ]),
    )
    .max(shadowDocumentsMax)
    .default([]),
  /** The configuration since which exactly these drafts run in shadow. Absent in what older code stored. */
  shadowsSince: z.number().int().positive().optional(),
  /** What the monthly back-test has learned; null while it has learned nothing. */
  risk: RiskModelSchema.nullable().default(null),
  company: CompanySchema.default(defaultCompany),
});
export type Configuration = z.infer<typeof ConfigurationSchema>;

/** Before anything is published. */
export const emptyConfiguration: Omit<Configuration, "version"> = {
  layout: 1,
  scorecards: {},
  segments: null,
  calendars: {},
  measures: {},
  statistics: null,
  shadows: {},
  shadowDocuments: [],
  risk: null,
  company: defaultCompany,
};

/** The active configuration as the score needs it. Shipped scorecards are in it, unless a published one took their place. */
export type ActiveConfig = {
  /** 0: nothing has been published. */
  readonly version: number;
  /** Since when its rules are in force, epoch ms, and the ones before it, the newest first. */
  readonly since: number;
  readonly before: readonly Remembered[];
  /** Names the rules that people wrote by their content: those that a roll-back brings back are the same again. */
  readonly written: number;
  readonly scorecards: ReadonlyMap<string, Scorecard>;
  readonly segments: SegmentsDocument | null;
  readonly calendars: ReadonlyMap<string, Calendar>;
  /** Those that people have defined, beside the ones in code. */
  readonly ownMeasures: ReadonlyMap<string, Measure>;
  /** Keys of the fields of events that they ask about. */
  readonly fields: ReadonlySet<string>;
  readonly statistics: Statistics | null;
  readonly shadows: readonly Shadow[];
  readonly risk: RiskModel | null;
  readonly company: Company;
  /** Without rates, until whoever has the table puts it in. */
  readonly money: Money;
};

/**
 * A draft that is evaluated beside what is in force: the configuration that there would be if it were published. `together`: all drafts at
 * once, where several are in shadow; its key is `together` too.
 */
export type Shadow = {
  readonly kind: "scorecards" | "segments" | "calendars" | "measures" | "together";
  readonly key: string;
  /** The configuration with which it began. */
  readonly since: number;
  readonly config: ActiveConfig;
};

export function activate(configuration: Configuration): ActiveConfig {
  const { version, at = -Infinity, before = [], scorecards, segments, calendars, measures, statistics, risk, company } = configuration;
  const configVersion = String(version);
  // Calendars and measures move scores as weights do: which ones were in force belongs to what a scorecard's version says.
  const takesZone = Object.values(calendars).some(({ document }) => document.timeZone === accountZone);
  const zone = takesZone ? `+zone.${company.timeZone}` : "";
  const rest = `${versionOf("calendars", calendars)}${versionOf("measures", measures)}${zone}`;
  const named = (key: string, one: Configuration["scorecards"][string]): Scorecard => ({
    ...one.document,
    version: `${key}@${one.version}${rest}`,
    configVersion,
  });
  const shipped = [...shippedScorecards].map(([key, one]): [string, Scorecard] => [
    key,
    { ...one, version: `${one.version}${rest}`, configVersion },
  ]);
  const calendar = (key: string, one: Configuration["calendars"][string]): Calendar => ({
    ...one.document,
    version: `${key}@${one.version}`,
    ...(one.document.timeZone === accountZone ? { zoneElse: company.timeZone } : {}),
  });
  const rules: WrittenRules = {
    scorecards: new Map([...shipped, ...Object.entries(scorecards).map(([key, one]): [string, Scorecard] => [key, named(key, one)])]),
    segments: segments?.document ?? null,
    calendars: new Map([
      ...bundledCalendars,
      ...Object.entries(calendars).map(([key, one]): [string, Calendar] => [key, calendar(key, one)]),
    ]),
  };
  const active: ActiveConfig = {
    version,
    since: at,
    before,
    ...rules,
    written: nameOf(rules, documentsOf(measures)),
    ownMeasures: customMeasures(documentsOf(measures)),
    fields: fieldsOf(configuration),
    statistics,
    shadows: [],
    risk,
    company,
    money: { currency: company.reportingCurrency, rates: noRates },
  };
  return { ...active, shadows: shadowsOf(configuration, active, { named, calendar }) };
}

type WrittenRules = Pick<ActiveConfig, "scorecards" | "segments" | "calendars">;

/** Of the content alone: the numbers of documents and of configurations rise with each publication. */
function nameOf({ scorecards, segments, calendars }: WrittenRules, measures: MeasureDocuments): number {
  const unnumbered = (documents: ReadonlyMap<string, object>): object =>
    Object.fromEntries([...documents].map(([key, document]) => [key, { ...document, version: null, configVersion: null }]));
  return hash53(canonicalJson([unnumbered(scorecards), segments, unnumbered(calendars), measures]));
}

type Forms = {
  readonly named: (key: string, one: Configuration["scorecards"][string]) => Scorecard;
  readonly calendar: (key: string, one: Configuration["calendars"][string]) => Calendar;
};

/** Each draft by itself, and all of them together where there are several. */
function shadowsOf(configuration: Configuration, active: ActiveConfig, forms: Forms): readonly Shadow[] {
  const { shadows, shadowDocuments, measures } = configuration;
  // What drafts do not name is shared with what is in force.
  const withDrafts = (scorecards: Configuration["shadows"], others: Configuration["shadowDocuments"]): ActiveConfig => {
    const own = others.flatMap((one) => (one.kind === "measures" ? [[one.key, one] as const] : []));
    return {
      ...active,
      scorecards: withMore(
        active.scorecards,
        Object.entries(scorecards).map(([key, one]) => [key, forms.named(key, one)] as const),
      ),
      segments: others.find((one) => one.kind === "segments")?.document ?? active.segments,
      calendars: withMore(
        active.calendars,
        others.flatMap((one) => (one.kind === "calendars" ? [[one.key, forms.calendar(one.key, one)] as const] : [])),
      ),
      ownMeasures: own.length === 0 ? active.ownMeasures : customMeasures(documentsOf({ ...measures, ...Object.fromEntries(own) })),
    };
  };
  const each: readonly Shadow[] = [
    ...Object.entries(shadows).map(([key, one]): Shadow => ({
      kind: "scorecards",
      key,
      since: one.since,
      config: withDrafts({ [key]: one }, []),
    })),
    ...shadowDocuments.map((one): Shadow => ({ kind: one.kind, key: one.key, since: one.since, config: withDrafts({}, [one]) })),
  ];
  const since = togetherSince(configuration);
  if (since === null) return each;
  return [...each, { kind: "together", key: "together", since, config: withDrafts(shadows, shadowDocuments) }];
}

/** The configuration since which exactly these drafts are in shadow together; null: they are fewer than two. */
export function togetherSince({ shadows, shadowDocuments, shadowsSince }: Configuration): number | null {
  const each = [...Object.values(shadows), ...shadowDocuments];
  return each.length < 2 ? null : (shadowsSince ?? Math.max(...each.map(({ since }) => since)));
}

const withMore = <T>(known: ReadonlyMap<string, T>, more: readonly (readonly [string, T])[]): ReadonlyMap<string, T> =>
  more.length === 0 ? known : new Map([...known, ...more]);

const documentsOf = (all: Configuration["measures"]): MeasureDocuments =>
  Object.fromEntries(Object.entries(all).map(([key, { document }]) => [key, document]));

/** Of what is in force and of drafts in shadow. */
const fieldsOf = ({ measures, shadowDocuments }: Configuration): ReadonlySet<string> =>
  new Set([
    ...countedFields(documentsOf(measures)),
    ...shadowDocuments.flatMap((one) => (one.kind === "measures" ? [...countedFields({ [one.key]: one.document })] : [])),
  ]);

/** Versions only rise and none goes away, so their sum names the set. */
function versionOf(kind: string, documents: Readonly<Record<string, { readonly version: number }>>): string {
  const versions = Object.values(documents);
  return versions.length === 0 ? "" : `+${kind}.${versions.reduce((sum, { version }) => sum + version, 0)}`;
}

/** How amounts are told, by a configuration and by the drafts beside it. */
export const withMoney = (config: ActiveConfig, money: Money): ActiveConfig => ({
  ...config,
  money,
  shadows: config.shadows.map((shadow) => ({ ...shadow, config: { ...shadow.config, money } })),
});

const shippedRules: WrittenRules = { scorecards: shippedScorecards, segments: null, calendars: bundledCalendars };

export const shippedConfig: ActiveConfig = {
  version: 0,
  since: -Infinity,
  before: [],
  written: nameOf(shippedRules, {}),
  ...shippedRules,
  ownMeasures: new Map(),
  fields: new Set(),
  statistics: null,
  shadows: [],
  risk: null,
  company: defaultCompany,
  money: { currency: defaultCompany.reportingCurrency, rates: noRates },
};

/**
 * The number of the configuration that was in force at an instant, as far as this one remembers: before the first was published what ships
 * (0), before the oldest that is remembered that one.
 */
export function versionAt({ version, since, before }: Pick<ActiveConfig, "version" | "since" | "before">, at: number): number {
  if (at >= since || version === 0) return version;
  const oldest = before.at(-1)?.version ?? version;
  return before.find((one) => at >= one.at)?.version ?? (oldest === 1 ? 0 : oldest);
}

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
  /** Of the scorecard. */
  readonly key: string;
  /** It is the one that gives the account its score; false: one that somebody asks about. */
  readonly isOwn: boolean;
  /** With what other accounts lend to this segment; and as it was written. */
  readonly scorecard: Scorecard;
  readonly written: Scorecard;
  readonly calendars: ActiveConfig["calendars"];
  readonly ownMeasures: ActiveConfig["ownMeasures"];
  /** By which the account is judged beside its own, at most `sideScorecardsMax`. */
  readonly sides: readonly { readonly key: string; readonly scorecard: Scorecard }[];
  readonly risk: RiskModel | null;
  readonly money: Money;
};

/** Which scorecard gives this account its score. */
export function assign(config: ActiveConfig, state: Pick<AccountState, "attributes">): Assigned {
  const found = config.segments === null ? null : segmentOf(config.segments, state.attributes, config.money);
  const segment = found?.segment ?? textAttribute(state, "segment");
  const key = found?.scorecard ?? "standard";
  const written = config.scorecards.get(key) ?? standardScorecard;
  const sides = new Set(found?.sideScorecards);
  sides.delete(key);
  return {
    segment,
    key,
    isOwn: true,
    scorecard: lentTo(config, { key, segment, written }),
    written,
    calendars: config.calendars,
    ownMeasures: config.ownMeasures,
    sides: [...sides].flatMap((side) => {
      const other = config.scorecards.get(side);
      return other === undefined ? [] : [{ key: side, scorecard: lentTo(config, { key: side, segment, written: other }) }];
    }),
    risk: config.risk,
    money: config.money,
  };
}

/** The same with the scorecard of that key in the place of the account's own; null where none is published. */
export function assignTo(config: ActiveConfig, own: Assigned, key: string): Assigned | null {
  if (key === own.key) return own;
  const written = config.scorecards.get(key);
  if (written === undefined) return null;
  const scorecard = lentTo(config, { key, segment: own.segment, written });
  return { ...own, key, isOwn: false, written, scorecard, sides: [] };
}

type Lending = { readonly key: string; readonly segment: string | null; readonly written: Scorecard };

/** Made once for each segment: an account is assigned with every event. Forgotten with the scorecard. */
const lentScorecards = new WeakMap<Scorecard, { readonly statistics: Statistics | null; readonly by: Map<string | null, Scorecard> }>();

function lentTo({ statistics }: Pick<ActiveConfig, "statistics">, { key, segment, written }: Lending): Scorecard {
  let known = lentScorecards.get(written);
  if (known?.statistics !== statistics) lentScorecards.set(written, (known = { statistics, by: new Map() }));
  const made = known.by.get(segment) ?? lend(written, key, statistics, segment);
  // Segments are the accounts' own words: of a bad import there may be as many as accounts.
  if (known.by.size >= statisticsSegmentsMax) known.by.clear();
  known.by.set(segment, made);
  return made;
}
