import { pathCharsMax } from "../../domain/limits.ts";
import { problem } from "./problem.ts";

/** 414 for a path (without its query: Mixpanel clients send events there) that is longer than any of ours; null for every other. */
export function pathTooLong(url: string): Response | null {
  // Nearly every address as a whole is shorter, and need not be taken apart.
  if (url.length <= pathCharsMax || new URL(url).pathname.length <= pathCharsMax) return null;
  return problem(414, { reason: "uri_too_long", detail: `a path has at most ${pathCharsMax} characters` });
}
