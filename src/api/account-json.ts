import { configurationsPart, scoreChange, scoresOf } from "../domain/account-row.ts";
import type { AccountDocument, AttributeView, HealthChanges, HealthReading, ReadFailure } from "../domain/account/messages.ts";
import type { HealthDocument, MeasureResult, StandingVerdict } from "../domain/health/document.ts";
import type { Window } from "../domain/health/measure.ts";
import { isoTime } from "../domain/time.ts";
import { apiBase } from "./base.ts";
import type { Failure } from "./failure.ts";

const measureJson = ({ waitsFor, ...measure }: MeasureResult) => ({
  ...measure,
  asOf: isoTime(measure.asOf),
  window: windowJson(measure.window),
  ...(waitsFor !== undefined && { waitsFor: waitsFor.map((one) => ({ ...one, knownTo: isoTime(one.knownTo) })) }),
});

/** What the account object answers, as JSON for clients: every instant becomes RFC 3339. */
export function healthJson<Health extends HealthDocument>(health: Health) {
  return {
    ...health,
    dimensions: health.dimensions.map((dimension) => ({
      ...dimension,
      measures: dimension.measures.map(measureJson),
    })),
    flags: health.flags.map((flag) => ({ ...flag, since: isoTime(flag.since) })),
    override: verdictJson(health.override),
    opinion: verdictJson(health.opinion),
    asOf: isoTime(health.asOf),
    watermarks: Object.fromEntries(Object.entries(health.watermarks).map(([source, at]) => [source, isoTime(at)])),
  };
}

/** A shard that runs older code does not say what left the windows. */
export function healthChangesJson({ from, to, moves }: HealthChanges) {
  return {
    from: healthJson(from),
    to: healthJson(to),
    difference: scoreChange(to.score, from.score),
    wholeDays: { from: utcDate(from.asOf), to: utcDate(to.asOf) },
    moves: moves.map(({ left, ...line }) => ({
      ...line,
      left: left == null ? null : { ...left, from: isoTime(left.from), to: isoTime(left.to) },
    })),
  };
}

const utcDate = (at: number): string => new Date(at).toISOString().slice(0, 10);

export const windowJson = (window: Window | null) => (window === null ? null : { from: isoTime(window.from), to: isoTime(window.to) });

/** The document as it is read for itself. A shard that runs older code does not say which band waits. */
export const healthReadingJson = ({ waitingBand, ...health }: HealthReading) => ({
  ...healthJson(health),
  waitingBand: waitingBand == null ? null : { band: waitingBand.band, at: isoTime(waitingBand.at) },
});

const verdictJson = (verdict: StandingVerdict | null) =>
  verdict === null ? null : { ...verdict, at: isoTime(verdict.at), expiresAt: isoTime(verdict.expiresAt) };

export function accountJson(account: AccountDocument, scoreDayAgo: number | null) {
  const { health } = account;
  const change = scoreChange(health.score, scoreDayAgo);
  return {
    id: account.id,
    name: account.name,
    domains: account.domains,
    externalIds: account.externalIds,
    attributes: Object.fromEntries(Object.entries(account.attributes).map(([key, attribute]) => [key, attributeJson(attribute)])),
    parentId: account.parentId,
    arr: account.arrMinor === null || account.currency === null ? null : { amount: account.arrMinor, currency: account.currency },
    arrUnconverted: account.arrUnconverted ?? [],
    events: account.events,
    firstEventAt: isoTime(account.firstEventAt),
    lastEventAt: isoTime(account.lastEventAt),
    lastReceivedAt: isoTime(account.lastReceivedAt),
    score: health.score,
    computedScore: health.computedScore,
    band: health.band,
    confidence: health.confidence,
    scoreDayAgo,
    change,
    changeByConfiguration: change === null ? null : configurationsPart(account.moves),
    moves: account.moves,
    scores: scoresOf({ ...health, scorecard: account.scorecard, sideScores: account.sideScores }),
    setAside: account.setAside === null ? null : { ...account.setAside, since: isoTime(account.setAside.since) },
    asOf: isoTime(health.asOf),
    configVersion: health.configVersion,
  };
}

const attributeJson = ({ value, source, asOf, before, isBeforeCut }: AttributeView) => ({
  value,
  source,
  asOf: isoTime(asOf),
  ...(before === undefined
    ? {}
    : {
        before: before.map(({ since, value: then }) => ({
          since: isoTime(since),
          value: then?.value ?? null,
          source: then?.source ?? null,
        })),
      }),
  ...(isBeforeCut === undefined ? {} : { beforeCut: isBeforeCut }),
});

/** An account's refusal to answer as a failure of the API. `rest` is the path behind the account's id. */
export function readFailure(failure: ReadFailure, rest = ""): Failure {
  if (failure.failure === "not_found") return { failure: "not_found", what: "account" };
  if (failure.failure === "moved")
    return { failure: "moved", mergedInto: failure.to, to: `${apiBase}/accounts/${encodeURIComponent(failure.to)}${rest}` };
  return { failure: "bad_query", pointer: `?${failure.field}`, detail: failure.detail };
}

/** The same for an account that a body names: what it asks has no other place to be led to. */
export function namedFailure(failure: ReadFailure): Failure {
  if (failure.failure !== "moved") return readFailure(failure);
  return { failure: "invalid", pointer: "/accountId", detail: `was merged into ${failure.to}` };
}

/** The same for what would write to that account: a write is not led elsewhere. */
export function writeFailure(failure: ReadFailure, accountId: string): Failure {
  if (failure.failure !== "moved") return readFailure(failure);
  return { failure: "conflict", detail: `${accountId} was merged into ${failure.to}` };
}

export const isReadFailure = (answer: object): answer is ReadFailure => "failure" in answer;
