import type { SourceKind } from "../../api-types.ts";
import { agoText, durationText } from "../../format.ts";
import { kindWords } from "../../words.ts";

const secondMs = 1000;

/** What is worth a word of one kind of event of a stream; null: it comes as it should. */
export function kindAdvice({ kind, newestAt, usualPauseSeconds, status }: SourceKind, now: number): string | null {
  if (status === "fresh") return null;
  const usual = usualPauseSeconds === null ? "" : `, usually at most ${durationText(usualPauseSeconds * secondMs)} apart`;
  const last = `${kindWords[kind]}: last ${agoText(Date.parse(newestAt), now)}${usual}.`;
  if (status === "resting") return `${last} Nothing is missing: the stream goes on.`;
  return `${last} What is measured by it is held as it was then, and counts less the longer it lasts.`;
}
