import { type Result, fail, ok } from "../result.ts";
import { canonicalJson } from "../hash.ts";
import { checkCalendar } from "../calendar/check-calendar.ts";
import { checkMeasure } from "../health/custom-measures.ts";
import { measures as shippedMeasures } from "../health/measures/index.ts";
import { checkScorecard } from "../health/check-scorecard.ts";
import { configurationBytesMax, shadowDocumentsMax } from "../limits.ts";
import { activate, type Company, type Configuration, ConfigurationSchema, defaultCompany, emptyConfiguration } from "./active.ts";
import { bundledCalendars } from "./calendars.ts";
import { MeasureDocumentSchema } from "./measure.ts";
import { type Remembered, remembered } from "./remembered.ts";
import { Key } from "./scorecard.ts";
import { comparesAmounts, SegmentsDocumentSchema } from "./segments.ts";
import { shippedScorecards } from "./standard.ts";
import type { Statistics } from "../statistics/document.ts";
import { type Fault, faultsOf } from "./fault.ts";

/** A document and its life: a draft, perhaps in shadow, then published, and retired by the next one. A published document never changes. */
export const configKinds = ["scorecards", "segments", "calendars", "measures"] as const;
export type ConfigKind = (typeof configKinds)[number];

export const configStatuses = ["draft", "shadow", "published", "retired"] as const;
export type ConfigStatus = (typeof configStatuses)[number];

export type ConfigDocument = {
  readonly kind: ConfigKind;
  readonly key: string;
  /** Rises by one for each document of this kind and key; a draft bears the one under which it would be published. */
  readonly version: number;
  readonly status: ConfigStatus;
  /** Rises each time a draft is saved. */
  readonly revision: number;
  readonly document: unknown;
  readonly author: string;
  readonly at: number;
  readonly note: string | null;
};

/** The one key of a kind of which there is only one document. */
const singleKeys: Partial<Record<ConfigKind, string>> = { segments: "segments" };

/** Why nothing of that kind can have that key; null: it can. */
export function keyFault(kind: ConfigKind, key: string): string | null {
  const single = singleKeys[kind];
  if (single !== undefined) return key === single ? null : `the key must be \`${single}\``;
  return Key.safeParse(key).success ? null : "the key must be like `strategic_accounts`";
}

/** What is in force without being published, by key, as a person would write it. */
export function shippedDocuments(kind: ConfigKind): ReadonlyMap<string, unknown> {
  const shipped = kind === "scorecards" ? shippedScorecards : kind === "calendars" ? bundledCalendars : [];
  return new Map([...shipped].map(([key, document]) => [key, asWritten(document)]));
}

function asWritten(document: object): unknown {
  const { version: _, configVersion: __, ...own } = document as { version?: string; configVersion?: string };
  return own;
}

/** Everything that is wrong with a document, given what else is active; it is written as it will be kept. */
export function checkDocument(
  { kind, key }: Pick<ConfigDocument, "kind" | "key">,
  document: unknown,
  active: Configuration | null,
): Result<unknown, readonly Fault[]> {
  const { scorecards, calendars, ownMeasures } = activate(active ?? { ...emptyConfiguration, version: 1 });
  switch (kind) {
    case "scorecards":
      return checkScorecard(document, calendars, ownMeasures);
    case "segments":
      return checkSegments(document, scorecards);
    case "calendars":
      return checkCalendarDocument(document);
    case "measures":
      return checkMeasureDocument(key, document, active);
  }
}

/** What would be wrong with a draft if those in shadow had been published: measures refer to each other, and count fields together. */
export function faultsBesideShadows(
  { kind, key }: Pick<ConfigDocument, "kind" | "key">,
  document: unknown,
  active: Configuration | null,
): readonly Fault[] {
  if (kind !== "measures" || active === null) return [];
  const inShadow = active.shadowDocuments.flatMap((one) => (one.kind === "measures" ? [[one.key, one] as const] : []));
  const checked = checkMeasureDocument(key, document, { measures: { ...active.measures, ...Object.fromEntries(inShadow) } });
  return checked.ok ? [] : checked.error;
}

function checkCalendarDocument(document: unknown): Result<unknown, readonly Fault[]> {
  const own = typeof document === "object" && document !== null ? document : {};
  const checked = checkCalendar({ ...own, version: "draft" });
  if (!checked.ok) return checked;
  const { version: _, ...calendar } = checked.value;
  return ok(calendar);
}

function checkMeasureDocument(
  key: string,
  document: unknown,
  active: Pick<Configuration, "measures"> | null,
): Result<unknown, readonly Fault[]> {
  if (shippedMeasures.has(key)) return fail([{ pointer: "", detail: `\`${key}\` is the key of a measure that ships` }]);
  const parsed = MeasureDocumentSchema.safeParse(document);
  if (!parsed.success) return fail(faultsOf(parsed.error));
  const others = Object.entries(active?.measures ?? {}).map(([name, one]) => [name, one.document] as const);
  return checkMeasure(key, parsed.data, Object.fromEntries(others));
}

type Named = { readonly key: string; readonly pointer: string; readonly isTwice?: boolean };

function checkSegments(document: unknown, known: Pick<ReadonlyMap<string, unknown>, "has">): Result<unknown, readonly Fault[]> {
  const parsed = SegmentsDocumentSchema.safeParse(document);
  if (!parsed.success) return fail(faultsOf(parsed.error));
  // Not a matter of the schema: what older code let in is read by it, too.
  const sides = (keys: readonly string[] | undefined, pointer: string): readonly Named[] =>
    (keys ?? []).map((key, i, all) => ({ key, pointer: `${pointer}/sideScorecards/${i}`, isTwice: all.indexOf(key) < i }));
  const named: readonly Named[] = [
    { key: parsed.data.scorecard, pointer: "/scorecard" },
    ...sides(parsed.data.sideScorecards, ""),
    ...parsed.data.segments.flatMap(({ scorecard, sideScorecards }, i) => [
      ...(scorecard === undefined ? [] : [{ key: scorecard, pointer: `/segments/${i}/scorecard` }]),
      ...sides(sideScorecards, `/segments/${i}`),
    ]),
  ];
  const faults = named.flatMap(({ key, pointer, isTwice = false }): Fault[] => [
    ...(known.has(key) ? [] : [{ pointer, detail: `no scorecard \`${key}\` is published` }]),
    ...(isTwice ? [{ pointer, detail: `\`${key}\` is named twice` }] : []),
  ]);
  return faults.length === 0 ? ok(parsed.data) : fail(faults);
}

type Part = { readonly kind: ConfigKind; readonly key: string; readonly version: number; readonly document: unknown };

/** The next configuration: with this document in the place of the one before, and no longer in shadow. */
export function withPublished(active: Configuration | null, { kind, key, version, document }: Part): Result<Configuration, Fault> {
  const next = nextOf(withoutShadowOf(active, kind, key));
  const part = { version, document };
  return storable({ ...next, [kind]: kind === "segments" ? part : { ...next[kind], [key]: part } });
}

/** With other statistics: whoever scores must learn of them, so they take a number too. */
export const withStatistics = (active: Configuration | null, statistics: Statistics): Result<Configuration, Fault> => {
  const next = nextOf(active, { learned: true });
  return storable({ ...next, statistics: { ...statistics, version: next.version } });
};

/** With a draft beside what is published. It takes a number too, as whoever scores must learn of it; the rules stay those that they were. */
export const withShadow = (active: Configuration | null, { kind, key, version, document }: Part): Result<Configuration, Fault> => {
  const before = retold(withoutShadowOf(active, kind, key));
  const next = { ...before, shadowsSince: before.version };
  const shadow = { version, since: next.version, document };
  if (kind === "scorecards") return storable({ ...next, shadows: { ...next.shadows, [key]: shadow } });
  if (next.shadowDocuments.length >= shadowDocumentsMax)
    return fail({ pointer: "", detail: `at most ${shadowDocumentsMax} drafts that are no scorecards may run in shadow at a time` });
  return storable({ ...next, shadowDocuments: [...next.shadowDocuments, { ...shadow, kind, key }] });
};

export const withoutShadow = (active: Configuration | null, kind: ConfigKind, key: string): Configuration =>
  retold(withoutShadowOf(active, kind, key));

/** Drafts that run in shadow, and the configuration since which they all do. */
export const shadowsTogether = (active: Configuration | null): readonly InShadow[] =>
  active === null
    ? []
    : [
        ...Object.entries(active.shadows).map(([key, { version, since }]) => ({ kind: "scorecards" as const, key, version, since })),
        ...active.shadowDocuments.map(({ kind, key, version, since }) => ({ kind, key, version, since })),
      ];
type InShadow = { readonly kind: ConfigKind; readonly key: string; readonly version: number; readonly since: number };

/** What runs in shadow of this kind and key; null: nothing does. */
export function shadowOf(
  active: Configuration | null,
  kind: ConfigKind,
  key: string,
): { readonly version: number; readonly since: number } | null {
  if (kind === "scorecards") return active !== null && Object.hasOwn(active.shadows, key) ? (active.shadows[key] ?? null) : null;
  return active?.shadowDocuments.find((one) => one.kind === kind && one.key === key) ?? null;
}

/** With another model of risk, or without one. Null where it is in force already. */
export const withRisk = (active: Configuration | null, risk: Configuration["risk"]): Result<Configuration | null, Fault> =>
  canonicalJson(active?.risk ?? null) === canonicalJson(risk) ? ok(null) : storable({ ...nextOf(active, { learned: true }), risk });

/** With other things that all accounts share. Null where they are in force already. */
export function withCompany(active: Configuration | null, change: Partial<Company>): Result<Configuration | null, Fault> {
  const known = active?.company ?? defaultCompany;
  const company = { ...known, ...change };
  if (canonicalJson(known) === canonicalJson(company)) return ok(null);
  // The zone is part of the rules; the currency and its rates are those of now at any instant.
  const next = company.timeZone === known.timeZone ? retold(active) : nextOf(active);
  return storable({ ...next, company });
}

/**
 * The same rules under the next number, in force since they were: no place among those that are remembered is spent on each day's rates.
 * The first that ever was keeps its place: what was before it is known by that.
 */
const retold = (active: Configuration | null): Configuration =>
  active === null || (active.before ?? []).length === 0 ? nextOf(active) : { ...active, version: active.version + 1 };

/** The drafts that are left run together from the next number on. */
function withoutShadowOf(active: Configuration | null, kind: ConfigKind, key: string): Configuration | null {
  if (active === null || shadowOf(active, kind, key) === null) return active;
  const left = { ...active, shadowsSince: active.version + 1 };
  if (kind === "scorecards")
    return { ...left, shadows: Object.fromEntries(Object.entries(active.shadows).filter(([name]) => name !== key)) };
  return { ...left, shadowDocuments: active.shadowDocuments.filter((one) => one.kind !== kind || one.key !== key) };
}

/**
 * Without a date: whoever stores it says since when it is in force.
 *
 * @param learned a job has learned something; no person has published anything
 */
const nextOf = (active: Configuration | null, { learned } = { learned: false }): Configuration => {
  const { at, before = [], ...parts } = active ?? { ...emptyConfiguration, version: 0 };
  return {
    ...parts,
    version: parts.version + 1,
    learned,
    before: at === undefined || active === null ? before : [...remembered([rememberedAs(active, at), ...before])],
  };
};

/** Measures of one's own may ask for amounts in the reporting currency; segments say whether they do. */
const rememberedAs = ({ version, learned, measures, segments }: Configuration, at: number): Remembered => ({
  version,
  at,
  ...(learned === undefined ? {} : { learned }),
  byRates: Object.keys(measures).length > 0 || (segments !== null && comparesAmounts(segments.document)),
});

/** What is stored must be read again: all parts together fit into one row, and have the form that a reader takes. */
function storable(configuration: unknown): Result<Configuration, Fault> {
  if (new TextEncoder().encode(JSON.stringify(configuration)).byteLength > configurationBytesMax)
    return fail({ pointer: "", detail: `the whole configuration must not exceed ${configurationBytesMax} bytes as JSON` });
  const parsed = ConfigurationSchema.safeParse(configuration);
  if (parsed.success) return ok(parsed.data);
  const [fault] = faultsOf(parsed.error);
  return fail(fault ?? { pointer: "", detail: "the whole configuration has not the form that is read" });
}
