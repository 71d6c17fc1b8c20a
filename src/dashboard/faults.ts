/** What the API answers to a request that it refuses, in sentences for a person. */

/** A sentence as people write them: begins large, ends with a stop. */
const asSentence = (text: string): string => {
  const begun = text.replaceAll("`", "").replace(/^\p{Ll}/u, (letter) => letter.toUpperCase());
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
};

const pointerWords: ReadonlyMap<string, string> = new Map(
  Object.entries({
    id: "The id",
    name: "The name",
    domains: "The domain",
    externalIds: "The id in",
    attributes: "The attribute",
    parentId: "The parent's id",
    accountId: "The account",
    settings: "The setting",
    secrets: "The secret",
    timeZone: "The time zone",
    reportingCurrency: "The currency",
    publicUrl: "The public URL",
    archiveDays: "The number of days",
    expiresAt: "The end",
    reason: "The reason",
    connectionId: "The connection",
    time: "The time",
    type: "The type",
    user: "The user",
    account: "The account",
    data: "The data",
  }),
);

/** `/attributes/seats` → `The attribute seats`; positions in a list say nothing to a person. */
function subjectOf(pointer: string): string {
  const parts = pointer
    .replace(/^[/?]/, "")
    .split("/")
    .filter((part) => part !== "" && !/^\d+$/.test(part));
  const word = pointerWords.get(parts.at(-1) ?? "");
  if (word !== undefined) return word;
  const [first = "", ...rest] = parts;
  return [pointerWords.get(first) ?? first, ...rest].join(" ").trim() || "What was sent";
}

/** What a schema says by itself, in words for a person. Texts that were written for people pass through. */
const schemaWords: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/^Invalid input: expected .*, received undefined$/, "is missing"],
  [/^Invalid input: expected int,.*$/, "must be a whole number"],
  [/^Invalid input: expected (?:nonoptional|never|unknown).*$/, "does not belong here"],
  [/^Invalid input: expected (\w+), received \w+$/, "must be a $1"],
  [/^Too small: expected string to have >=1 characters?$/, "must not be empty"],
  [/^Too small: expected string to have >=(\d+) characters?$/, "must have at least $1 characters"],
  [/^Too big: expected string to have <=(\d+) characters?$/, "may have at most $1 characters"],
  [/^Too small: expected \w+ to be >=?(\S+)$/, "must be at least $1"],
  [/^Too big: expected \w+ to be <=?(\S+)$/, "may be at most $1"],
  [/^Too small: expected \w+ to have >=(\d+) (\w+)$/, "must have at least $1 $2"],
  [/^Too big: expected \w+ to have <=(\d+) (\w+)$/, "may have at most $1 $2"],
  [/^Invalid option: expected one of (.*)$/, "must be one of $1"],
  [/^Invalid string: .*$/, "is not written as it must be"],
  [/^Unrecognized keys?: (.*)$/, "has fields that are not known: $1"],
  [/^Invalid (\w+)$/, "is not valid"],
];

/**
 * A fault of a field as a sentence.
 *
 * @param pointer names the field for a reader who does not see it; null where the sentence stands at the field itself
 */
export function faultText(detail: string, pointer: string | null): string {
  const known = schemaWords.find(([pattern]) => pattern.test(detail));
  const said = known === undefined ? detail : detail.replace(known[0], known[1]).replaceAll('"', "").replaceAll("|", ", ");
  // A detail that begins small is the end of a sentence about its field; one that begins large is a sentence.
  return asSentence(/^\p{Lu}/u.test(said) ? said : `${pointer === null ? "This" : subjectOf(pointer)} ${said}`);
}

type Entry = { readonly validity: Partial<ValidityState>; readonly min?: string; readonly max?: string };

/** What the browser finds wrong with an entry before it is sent, in the words in which the server would say it of the field. */
export function entryFault({ validity, min, max }: Entry): string {
  if (validity.valueMissing || validity.customError) return faultText("must not be empty", null);
  if (validity.rangeUnderflow) return faultText(`must be at least ${min}`, null);
  if (validity.rangeOverflow) return faultText(`may be at most ${max}`, null);
  if (validity.stepMismatch) return faultText("must be a whole number", null);
  return faultText("is not written as it must be", null);
}

/** A fault that names its field in the text itself: `/time: must lie …` → `The time must lie …`. */
export function detailText(detail: string): string {
  const [, pointer, said] = /^(\/\S*): (.+)$/s.exec(detail) ?? [];
  return pointer === undefined || said === undefined ? asSentence(detail) : faultText(said, pointer);
}

/** The whole of a refusal: what kind, and what the server says about it. */
export const problemText = (problem: { readonly title: string; readonly detail: string }): string =>
  problem.detail === "" ? asSentence(problem.title) : `${asSentence(problem.title)} ${asSentence(problem.detail)}`;
