import { countText, dateOnlyText, exactTimeText, moneyText } from "../../format.ts";

type Data = Readonly<Record<string, unknown>>;

/** Bounds of what is shown of one event; all of it is in its delivery. */
const fieldsShownMax = 40;
const depthMax = 3;
const listShownMax = 20;
const textCharsMax = 300;
const sentenceCharsMax = 80;

/** Senders write instants as epoch ms or RFC 3339; the catalogue keeps those of its own fields as epoch ms. */
const timeNames = /(?:At|_at|Date|_date)$|^(?:due|at|time|date|since|until)$/;
const epochMsMin = 100_000_000_000;
const isoForm = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:?\d{2}))?$/;

function instantIn(name: string, value: unknown): number | null {
  if (typeof value === "number") return timeNames.test(name) && value >= epochMsMin ? value : null;
  return typeof value === "string" && isoForm.test(value) ? Date.parse(value) : null;
}

/** `closeDate`, `close_date` → `Close date`. */
export const labelText = (name: string): string =>
  name
    .replaceAll("_", " ")
    .replace(/([a-z])([A-Z])/g, (_all, before: string, after: string) => `${before} ${after.toLowerCase()}`)
    .replace(/^./, (letter) => letter.toUpperCase());

/** The amount in minor units with its currency, where both are told. */
export function amountIn(data: Data, name = "amount"): string | null {
  const { [name]: amount, currency } = data;
  return typeof amount === "number" && typeof currency === "string" ? moneyText({ amount, currency }) : null;
}

/** The day of a field that holds an instant or a date. */
export function dayIn(data: Data, name: string): string | null {
  const at = instantIn(name, data[name]);
  return at === null || Number.isNaN(at) ? null : dateOnlyText(new Date(at).toISOString());
}

/** A plain field for a sentence. */
export function textIn(data: Data, name: string): string | null {
  const value = data[name];
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value.slice(0, sentenceCharsMax) : null;
}

const moneyNames = new Set(["amount", "arr", "mrr"]);

/** One plain value in words; null: nothing to tell. */
export function fieldText(name: string, value: unknown, beside: Data): string | null {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (moneyNames.has(name))
    return amountIn(beside, name) ?? (typeof value === "number" ? `${countText(value)} (minor units, currency not told)` : null);
  const at = instantIn(name, value);
  // A date alone is the same day in every zone.
  if (at !== null && !Number.isNaN(at)) return typeof value === "string" && value.length === 10 ? dateOnlyText(value) : exactTimeText(at);
  if (typeof value === "number") return Number.isInteger(value) && !/id$/i.test(name) ? countText(value) : String(value);
  return typeof value === "string" ? value.slice(0, textCharsMax) : null;
}

export type EventField = { readonly label: string; readonly text: string };

/** What came with an event, field by field in its order; `more`: how many are not shown. */
export function eventFields(data: Data): { readonly fields: readonly EventField[]; readonly more: number } {
  const all = [...fieldsOf(data, [], depthMax)];
  return { fields: all.slice(0, fieldsShownMax), more: Math.max(0, all.length - fieldsShownMax) };
}

function* fieldsOf(data: Data, above: readonly string[], depth: number): Generator<EventField> {
  for (const [name, value] of Object.entries(data)) {
    // It stands with its amount.
    if (name === "currency" && [...moneyNames].some((one) => amountIn(data, one) !== null)) continue;
    const path = [...above, labelText(name)];
    if (typeof value === "object" && value !== null && !Array.isArray(value) && depth > 1) {
      yield* fieldsOf(value as Data, path, depth - 1);
      continue;
    }
    const text = Array.isArray(value) ? listText(name, value, data) : fieldText(name, value, data);
    if (text !== null) yield { label: path.join(", "), text };
  }
}

function listText(name: string, values: readonly unknown[], beside: Data): string | null {
  const texts = values.slice(0, listShownMax).flatMap((value) => fieldText(name, value, beside) ?? []);
  if (texts.length === 0) return null;
  return `${texts.join(", ")}${values.length > listShownMax ? ` and ${countText(values.length - listShownMax)} more` : ""}`;
}
