import { z } from "zod";
import { partForm, type Analysis, type AnalysisCall, type AnalysisPart, type AnyQuery } from "../../domain/analytics/analysis.ts";
import { analyses } from "../../domain/analytics/index.ts";
import type { QueryFault } from "../../domain/analytics/query.ts";
import { toldSample } from "../../domain/analytics/sample.ts";
import { eventTypeOf } from "../../domain/event-types.ts";
import {
  analysisRetryAfterSeconds,
  analysisShardsNamedMax,
  answerBytesMax,
  answerFreshMs,
  answerOfPastFreshMs,
} from "../../domain/limits.ts";
import { DAY_MS, isoTime } from "../../domain/time.ts";
import { isReadFailure } from "../account-json.ts";
import { bodyOfUrl, expectationOf, urlParameters } from "../analytics-url.ts";
import { endpoint, okJson, type Answer, type Call, type Endpoint } from "../endpoint.ts";
import type { Failure } from "../failure.ts";
import type { AnswerStore } from "../ports.ts";
import { checkBody } from "../read-body.ts";
import { time } from "../schemas.ts";

/** What every answer says about itself. */
const about = {
  from: time,
  to: time,
  /** Accounts that were looked at. */
  accounts: z.number(),
  /** Accounts that could not be read, in the shards that answered; at most, where one segment is asked about. */
  accountsLeftOut: z.number(),
  complete: z.boolean(),
  shardsMissing: z.array(z.string()),
  /** In words, where it is not complete. */
  note: z.string().optional(),
  approximate: z.literal(true).optional(),
  sampleRatio: z.number().optional(),
  errorRatio: z.number().optional(),
  asOf: time,
};

type Scope = { readonly accountId?: string | undefined; readonly segment?: string | null | undefined };
/** How the field of a fault is pointed at: in the URL or in the body. */
type PointAt = (fault: Pick<QueryFault, "field" | "path">) => string;
const inUrl: PointAt = ({ field }) => `?${field}`;
const inBody: PointAt = ({ field, path = "" }) => `/${field}${path}`;

async function ask(
  kind: string,
  analysis: Analysis,
  { ports, identity, now, request }: Call,
  given: unknown,
  pointAt: PointAt,
): Promise<Answer | Failure> {
  const invalid = (fault: QueryFault): Failure => ({ failure: "invalid", pointer: pointAt(fault), detail: fault.detail });
  const resolved = analysis.resolve(given, now);
  if (!resolved.ok) return invalid(resolved.error);
  const query = resolved.value;
  const { accountId, segment } = given as Scope;
  if (accountId !== undefined && segment !== undefined) return invalid({ field: "segment", detail: "not together with `accountId`" });
  if (accountId !== undefined) {
    if (identity.accountIds !== null && !identity.accountIds.includes(accountId)) return { failure: "account_not_allowed", accountId };
    const account = await ports.accounts.call(accountId, (shard) => shard.metricNames(accountId));
    if (isReadFailure(account))
      return account.failure === "moved"
        ? invalid({ field: "accountId", detail: `was merged into ${account.to}` })
        : { failure: "not_found", what: "account" };
  }
  const key = await keyOf({ kind, analysis, given }, { ports, identity });
  const known = mayBeKnown(request) ? await ports.answers.answer(key, now) : null;
  if (known !== null) return okJson(known);
  const strange = analysis.typesOf(query).filter(({ type }) => eventTypeOf(type) === undefined);
  const call: Omit<AnalysisCall, "withinMs"> = {
    kind,
    query,
    accountIds: accountId === undefined ? identity.accountIds : [accountId],
    segment,
    strangeTypes: [...new Set(strange.map(({ type }) => type))],
  };
  const whole = await putTogether(analysis, query, (take) => ports.accounts.analyse(call, take));
  const { missing } = whole;
  // Nothing could be reached at all: that is no answer about nobody.
  if (whole.parts === 0 && (missing.shards.length > 0 || whole.ofOtherForm > 0) && !missing.isLate)
    return { failure: "unavailable", what: "analysis", retryAfterSeconds: analysisRetryAfterSeconds };
  const unknown = strange.find(({ type }) => !whole.knownTypes.has(type));
  const leftOut = whole.late + whole.ofOtherForm;
  const complete = missing.shards.length === 0 && leftOut === 0;
  // Where a part is missing, its accounts may know the type.
  if (unknown !== undefined && complete)
    return invalid({ ...unknown, detail: `\`${unknown.type}\` is not in the catalogue, and none of these accounts has ever sent it` });
  const answer = {
    from: isoTime(query.from),
    to: isoTime(query.to),
    accounts: whole.accounts,
    accountsLeftOut: leftOut,
    complete,
    shardsMissing: missing.shards.slice(0, analysisShardsNamedMax),
    ...(complete ? {} : { note: noteOf(whole) }),
    ...toldSample(analysis.sampleOf(whole.part)),
    asOf: isoTime(now),
    ...analysis.answer(whole.part, query),
  };
  // What lacks a part is better asked again.
  if (complete) await keep(ports.answers, key, answer, { now, to: query.to });
  return okJson(answer);
}

/** Whoever reads the page anew on purpose says so as HTTP does. */
const mayBeKnown = (request: Request): boolean => !(request.headers.get("cache-control") ?? "").includes("no-cache");

/** The same question of somebody who sees the same accounts, by the same configuration (it says who is in which segment). */
async function keyOf(
  { kind, analysis, given }: { kind: string; analysis: Analysis; given: unknown },
  { ports, identity }: Pick<Call, "ports" | "identity">,
): Promise<string> {
  const asked = Object.entries(given as object).sort(([a], [b]) => (a < b ? -1 : 1));
  const seen = identity.accountIds === null ? null : [...identity.accountIds].sort();
  return ports.crypto.sha256Hex(JSON.stringify([formOf(analysis), kind, asked, seen, await ports.configVersion()]));
}

/** Answers kept by code that made them otherwise are not given again: raised where a field comes to say something else. */
const answerForm = 3;
const forms = new WeakMap<Analysis, string>();
/** Fields that come or go make another form by themselves. */
function formOf(analysis: Analysis): string {
  let form = forms.get(analysis);
  if (form === undefined) forms.set(analysis, (form = JSON.stringify([answerForm, z.toJSONSchema(analysis.answerSchema)])));
  return form;
}

async function keep(answers: AnswerStore, key: string, answer: object, { now, to }: { now: number; to: number }): Promise<void> {
  const json = JSON.stringify(answer);
  const bytes = new TextEncoder().encode(json).length;
  const freshMs = to < now - DAY_MS ? answerOfPastFreshMs : answerFreshMs;
  if (bytes <= answerBytesMax) await answers.keepAnswer(key, json, { at: now, keptUntil: now + freshMs, bytes });
}

type Missing = { readonly shards: readonly string[]; readonly isLate: boolean };
type Whole = {
  readonly part: unknown;
  readonly parts: number;
  readonly accounts: number;
  /** Accounts for which there was no time, and those in parts of another form. */
  readonly late: number;
  readonly ofOtherForm: number;
  readonly knownTypes: ReadonlySet<string>;
  readonly missing: Missing;
};

/** Whom an answer is about that lacks something, and what to do. */
function noteOf({ accounts, late, ofOtherForm, missing }: Whole): string {
  const leftOut = late + ofOtherForm;
  const others = leftOut === 0 ? "others" : missing.shards.length === 0 ? `${leftOut} more` : `others, ${leftOut} at least,`;
  const whom = `These figures are about ${accounts} ${accounts === 1 ? "account" : "accounts"}`;
  if (late === 0 && ofOtherForm > 0 && missing.shards.length === 0)
    return `${whom}; ${others} cannot be read until an upgrade that is under way is over. Ask again in a minute.`;
  const why = missing.isLate || leftOut > 0 ? "could not be read in time" : "could not be reached";
  return `${whom}; ${others} ${why}. Ask about fewer days, one segment or one account, or ask again.`;
}

async function putTogether(
  analysis: Analysis,
  query: AnyQuery,
  collect: (take: (part: AnalysisPart) => void) => Promise<Missing>,
): Promise<Whole> {
  let part = analysis.empty(query);
  const sums = { parts: 0, accounts: 0, late: 0, ofOtherForm: 0 };
  const knownTypes = new Set<string>();
  const missing = await collect((one) => {
    if (one.form !== partForm) {
      sums.ofOtherForm += one.accounts + one.leftOut;
      return;
    }
    part = analysis.merge(part, one.part, query);
    sums.parts++;
    sums.accounts += one.accounts;
    sums.late += one.leftOut;
    for (const type of one.knownTypes) knownTypes.add(type);
  });
  return { part, ...sums, knownTypes, missing };
}

const endpointsOf = (kind: string, analysis: Analysis): readonly Endpoint[] => {
  const shared = {
    path: `/analytics/${kind}`,
    tag: "analytics",
    scope: "read",
    answers: { 200: { description: "The answer", schema: analysis.answerSchema.extend(about) } },
  } as const;
  return [
    endpoint({
      ...shared,
      method: "get",
      summary: analysis.title,
      // Read by hand: what the same question in a body is refused for is refused here in the same words.
      query: z.object(
        Object.fromEntries(
          urlParameters(analysis.urlFields).map(({ name, field, many }) => {
            const text = z.string().describe(expectationOf(field));
            return [name, (many ? z.array(text) : text).optional()];
          }),
        ),
      ),
      manyOf: urlParameters(analysis.urlFields).flatMap(({ name, many }) => (many ? [name] : [])),
      async handle(call) {
        const body = bodyOfUrl(call.url.searchParams, analysis.urlFields);
        if (!body.ok) return body.error;
        const given = checkBody(analysis.schema, body.value);
        if (given.ok) return ask(kind, analysis, call, given.value, inUrl);
        const { error } = given;
        return error.failure === "invalid" ? { ...error, pointer: `?${error.pointer.split("/")[1] ?? ""}` } : error;
      },
    }),
    endpoint({
      ...shared,
      method: "post",
      summary: `${analysis.title} (the question in the body)`,
      body: { schema: analysis.schema },
      handle: (call) => ask(kind, analysis, call, call.body, inBody),
    }),
  ];
};

export const analyticsEndpoints: readonly Endpoint[] = [...analyses].flatMap(([kind, analysis]) => endpointsOf(kind, analysis));
