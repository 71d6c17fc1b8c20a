import { z } from "zod";
import { pageLimitDefault, pageLimitMax } from "../domain/limits.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { okJson, type Answer } from "./endpoint.ts";
import type { Failure } from "./failure.ts";

const wholeNumber = z
  .string()
  .regex(/^\d{1,9}$/, "must be a whole number")
  .transform(Number);

/** `limit` and `cursor` of every list. */
export const pageQuery = {
  limit: wholeNumber
    .pipe(z.number().min(1, `must be 1 to ${pageLimitMax}`).max(pageLimitMax, `must be 1 to ${pageLimitMax}`))
    .default(pageLimitDefault),
  cursor: z.string().min(1, "must not be empty").max(4_096, "is not one of ours").optional(),
};

export const pageOf = (item: z.ZodType) => z.object({ items: z.array(item), nextCursor: z.string().nullable() });

/** A cursor is the JSON of where the next page starts, in base64url: opaque to the client, checked when it comes back. */
export const toCursor = (position: unknown): string => {
  const bytes = new TextEncoder().encode(JSON.stringify(position));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
};

/** null for the first page; `bad_query` for anything that this list has not given out. */
export function fromCursor<T>(cursor: string | undefined, schema: z.ZodType<T>): Result<T | null, Failure> {
  if (cursor === undefined) return ok(null);
  const parsed = schema.safeParse(decode(cursor));
  return parsed.success ? ok(parsed.data) : fail({ failure: "bad_query", pointer: "?cursor", detail: "is not a cursor of this list" });
}

function decode(cursor: string): unknown {
  try {
    const binary = atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
    return JSON.parse(
      new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(Uint8Array.from(binary, (char) => char.charCodeAt(0))),
    );
  } catch {
    return undefined;
  }
}

/** `{items,nextCursor,…}` with the `Link` header that leads on. */
export function pageAnswer(url: URL, items: readonly unknown[], next: unknown, more: Readonly<Record<string, unknown>> = {}): Answer {
  if (next === null || next === undefined) return okJson({ items, nextCursor: null, ...more });
  const nextCursor = toCursor(next);
  const following = new URL(url);
  following.searchParams.set("cursor", nextCursor);
  return okJson({ items, nextCursor, ...more }, { link: `<${following.pathname}${following.search}>; rel="next"` });
}
