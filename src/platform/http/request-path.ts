import { pathCharsMax } from "../../domain/limits.ts";
import { problem } from "./problem.ts";

/** 414 for a path (without its query: Mixpanel clients send events there) that is longer than any of ours; null for every other. */
export function pathTooLong(url: URL): Response | null {
  return url.pathname.length > pathCharsMax ? problem(414, { detail: `A path has at most ${pathCharsMax} characters.` }) : null;
}
