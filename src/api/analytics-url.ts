import type { UrlField } from "../domain/analytics/analysis.ts";
import { stepOf } from "../domain/analytics/query.ts";
import { instant } from "../domain/instant-schema.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import type { Failure } from "./failure.ts";

/** Fields of every question, as they are written in a URL. */
const sharedFields: Readonly<Record<string, UrlField>> = { from: "instant", to: "instant", accountId: "text", segment: "nullable" };

type Reader = {
  /** What is wrong with a text that cannot be read. */
  readonly expected: string;
  /** undefined: it cannot be read. */
  readonly read: (texts: readonly string[]) => unknown;
};

const last = (texts: readonly string[]): string => texts.at(-1) ?? "";
/** undefined as soon as one of them is. */
const every = <T>(items: readonly (T | null | undefined)[]): readonly T[] | undefined =>
  items.some((item) => item === null || item === undefined) ? undefined : (items as readonly T[]);

const readers: Readonly<Record<UrlField, Reader>> = {
  text: { expected: "text", read: last },
  /** Empty means: accounts without one, as in lists. */
  nullable: { expected: "text", read: (texts) => (last(texts) === "" ? null : last(texts)) },
  number: { expected: "a number", read: (texts) => (/^-?\d{1,15}(\.\d{1,15})?$/.test(last(texts)) ? Number(last(texts)) : undefined) },
  instant: {
    expected: "an RFC 3339 time or a date",
    read: (texts) => (instant.safeParse(last(texts)).success ? last(texts) : undefined),
  },
  list: { expected: "text", read: (texts) => texts },
  step: { expected: "a step like `feature.used;feature=Export`", read: (texts) => stepOf(last(texts)) ?? undefined },
  steps: { expected: "steps like `feature.used;feature=Export`", read: (texts) => every(texts.map(stepOf)) },
  weights: {
    expected: "weights like `control:1`",
    read: (texts) => {
      const pairs = every(texts.map((text) => /^(.+):(\d{1,6}(?:\.\d{1,6})?)$/.exec(text)));
      return pairs === undefined ? undefined : Object.fromEntries(pairs.map(([, name = "", weight]) => [name, Number(weight)]));
    },
  },
};

/**
 * A question in a URL as the body that asks the same. Fields it does not know are ignored; a value that cannot be read at all is
 * `bad_query`, one that can but makes no sense is refused where the body is.
 */
export function bodyOfUrl(params: URLSearchParams, own: Readonly<Record<string, UrlField>>): Result<Record<string, unknown>, Failure> {
  const body: Record<string, unknown> = {};
  for (const [name, field] of Object.entries({ ...sharedFields, ...own })) {
    if (!params.has(name)) continue;
    const { expected, read } = readers[field];
    const value = read(params.getAll(name));
    if (value === undefined) return fail({ failure: "bad_query", pointer: `?${name}`, detail: `must be ${expected}` });
    body[name] = value;
  }
  return ok(body);
}

/** Names of a question's URL parameters, and those that may be given several times: for the document. */
export const urlParameters = (
  own: Readonly<Record<string, UrlField>>,
): readonly { readonly name: string; readonly field: UrlField; readonly many: boolean }[] =>
  Object.entries({ ...sharedFields, ...own }).map(([name, field]) => ({ name, field, many: ["list", "steps", "weights"].includes(field) }));

export const expectationOf = (field: UrlField): string => readers[field].expected;
