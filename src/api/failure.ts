import type { Fault } from "../domain/config/fault.ts";

/**
 * Every way in which a request of the API can fail, as a value. Translated at one place: error-response.ts.
 * `pointer` names the bad field: `/domains/0` in a body, `?limit` in the query.
 */
export type Failure =
  /** `reason` as at the doors: `token_missing`, `token_revoked`, … */
  | { readonly failure: "unauthenticated"; readonly reason: string; readonly detail: string }
  | { readonly failure: "scope_missing"; readonly scope: string }
  | { readonly failure: "account_not_allowed"; readonly accountId: string | null }
  | { readonly failure: "cross_origin" }
  | { readonly failure: "not_found"; readonly what: string }
  /** The account was merged into another; `to` is the path where that answers the same question. */
  | { readonly failure: "moved"; readonly mergedInto: string; readonly to: string }
  | { readonly failure: "method_not_allowed"; readonly allow: readonly string[] }
  | { readonly failure: "bad_query"; readonly pointer: string; readonly detail: string }
  | { readonly failure: "not_json" | "empty" | "not_utf8"; readonly detail: string }
  /** A body as such, or what it holds. */
  | { readonly failure: "body_too_large" | "too_large"; readonly detail: string }
  | { readonly failure: "uri_too_long" }
  | { readonly failure: "unsupported_media_type" | "unsupported_encoding"; readonly expected: string }
  | { readonly failure: "invalid"; readonly pointer: string; readonly detail: string }
  /** A document with everything that is wrong with it, at most `faultsShownMax`. */
  | { readonly failure: "faults"; readonly faults: readonly Fault[] }
  | { readonly failure: "conflict"; readonly detail: string; readonly pointer?: string }
  | { readonly failure: "rate_limited"; readonly retryAfterSeconds: number }
  | { readonly failure: "unavailable"; readonly what: string; readonly retryAfterSeconds: number; readonly kept?: string | undefined };

export const isFailure = (value: unknown): value is Failure => typeof value === "object" && value !== null && "failure" in value;
