import { vendorText, wordFor } from "../../words.ts";
import { type Difference, valueAt } from "./document-value.ts";

const fieldWords: Readonly<Record<string, string>> = {
  weight: "weight",
  anchors: "points",
  missing: "without data",
  freshForMs: "counts in full for, ms",
  halfLifeMs: "then halves each, ms",
  healthyFrom: "healthy from",
  watchFrom: "watch from",
  atRiskFrom: "at risk from",
  max: "at most",
  bands: "",
};

const containers = new Set(["dimensions", "measures", "segments", "caps", "flags"]);

/** Members of lists are named by their key, as `differencesOf` does. */
const memberOf = (list: unknown, name: string): unknown =>
  Array.isArray(list)
    ? (list.find((one: unknown) => valueAt(one, "/key") === name) ?? (list as unknown[])[Number(name)])
    : valueAt({ list }, `/list/${name}`);

const titleOf = (value: unknown): string | null => {
  const title = valueAt(value, "/title");
  return typeof title === "string" ? title : null;
};

/**
 * Where two documents differ, as people say it: `Support, Customer satisfaction: weight`.
 *
 * @param documents the one after and the one before: titles are looked up in the first that has the member
 */
export function placeText(pointer: string, documents: readonly unknown[]): string {
  const parts = pointer.split("/").slice(1);
  let here: readonly unknown[] = documents;
  const named: string[] = [];
  const field: string[] = [];
  parts.forEach((part, index) => {
    here = here.map((one) => memberOf(one, part));
    if (containers.has(part) && field.length === 0) return;
    const title = containers.has(parts[index - 1] ?? "") && field.length === 0 ? here.map(titleOf).find((one) => one !== null) : undefined;
    if (title === undefined || title === null) field.push(wordFor(fieldWords, part) ?? vendorText(part).toLowerCase());
    else named.push(title);
  });
  return [named.join(", "), field.filter((word) => word !== "").join(" ")].filter((text) => text !== "").join(": ");
}

const shownCharsMax = 60;

export function valueWords(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = titleOf(value) ?? (typeof value === "string" ? value : JSON.stringify(value));
  return text.length > shownCharsMax ? `${text.slice(0, shownCharsMax)}…` : text;
}

export const differenceText = (difference: Difference, documents: readonly unknown[]): string =>
  `${placeText(difference.pointer, documents)}: ${valueWords(difference.from)} → ${valueWords(difference.to)}`;
