import type { z } from "zod";
import { faultsOf, pointerOf } from "../domain/config/fault.ts";
import { bodyEntriesMax, jsonDepthMax } from "../domain/limits.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { readRequestBody } from "../platform/http/request-body.ts";
import type { Failure } from "./failure.ts";

/** The body as text; what is too large has been read and thrown away, so that ordinary clients see the answer. */
export async function readText(request: Request, bytesMax: number): Promise<Result<string, Failure>> {
  const encoding = request.headers.get("content-encoding");
  if (encoding !== null && encoding !== "identity")
    return fail({ failure: "unsupported_encoding", expected: "a body without Content-Encoding" });
  const bytes = await readRequestBody(request);
  if (bytes === null || bytes.byteLength > bytesMax)
    return fail({ failure: "body_too_large", detail: `the body may have ${bytesMax} bytes` });
  try {
    return ok(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch {
    return fail({ failure: "not_utf8", detail: "the body is not UTF-8" });
  }
}

export const mediaTypeOf = (request: Request): string =>
  (request.headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";

export function parseJsonBody(text: string): Result<unknown, Failure> {
  if (text.trim() === "") return fail({ failure: "empty", detail: "the body is empty" });
  let value: unknown;
  try {
    // `__proto__` becomes an own property here, which the schemas refuse where they take names they know and do not copy where they take any.
    value = JSON.parse(text);
  } catch {
    return fail({ failure: "not_json", detail: "the body is not JSON" });
  }
  const fault = faultOf(value);
  return fault === null ? ok(value) : fail(fault);
}

/** What JSON can say and we cannot keep: too deep, or a number beyond the double range. Walks without recursion, so that depth is no danger. */
function faultOf(value: unknown): Failure | null {
  let level: { readonly value: unknown; readonly path: string }[] = [{ value, path: "" }];
  for (let depth = 0; level.length > 0; depth++) {
    const wrong = level.find((node) => typeof node.value === "number" && !Number.isFinite(node.value));
    if (wrong !== undefined) return { failure: "invalid", pointer: wrong.path, detail: "number_out_of_range: is beyond the double range" };
    if (depth > jsonDepthMax) return { failure: "invalid", pointer: level[0]?.path ?? "", detail: `is deeper than ${jsonDepthMax} levels` };
    level = level.flatMap((node) => childrenOf(node));
  }
  return null;
}

const childrenOf = ({ value, path }: { value: unknown; path: string }): { value: unknown; path: string }[] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).map(([key, child]) => ({ value: child as unknown, path: `${path}${pointerOf([key])}` }))
    : [];

/** The value as the schema has it, or `invalid` with a JSON pointer to the first bad field. A schema complains of each entry of a list, so lists are bounded first. */
export function checkBody(schema: z.ZodType, value: unknown): Result<unknown, Failure> {
  const long = longList(value, "");
  if (long !== null) return fail({ failure: "invalid", pointer: long, detail: `has more than ${bodyEntriesMax} entries` });
  const parsed = schema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const [fault = { pointer: "", detail: "is not valid" }] = faultsOf(parsed.error);
  return fail({ failure: "invalid", ...fault });
}

/** Where there is a list, or a map, of more entries than any schema takes. No deeper than `jsonDepthMax`. */
function longList(value: unknown, path: string): string | null {
  if (typeof value !== "object" || value === null) return null;
  const children = Object.entries(value);
  if (children.length > bodyEntriesMax) return path;
  for (const [key, child] of children) {
    const long = longList(child, `${path}${pointerOf([key])}`);
    if (long !== null) return long;
  }
  return null;
}

export function checkQuery(schema: z.ZodType, url: URL, manyOf: readonly string[]): Result<unknown, Failure> {
  const values: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (const name of url.searchParams.keys())
    values[name] = manyOf.includes(name) ? url.searchParams.getAll(name) : (url.searchParams.get(name) ?? "");
  const parsed = schema.safeParse({ ...values });
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  return fail({ failure: "bad_query", pointer: `?${String(issue?.path[0] ?? "")}`, detail: issue?.message ?? "is not valid" });
}
