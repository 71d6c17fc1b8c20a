import { countText, dateOnlyText, exactTimeText, moneyText } from "../../format.ts";

type Data = Readonly<Record<string, unknown>>;

/** Bounds of what is shown of one event; all of it is in its delivery. */
const fieldsShownMax = 40;
const depthMax = 3;
const listShownMax = 20;
const textCharsMax = 300;
const sentenceCharsMax = 80;
/** The greatest instant that can be written as a date (ECMAScript, 21.4.1.1). */
const instantMaxMs = 8.64e15;

/** Senders write instants as epoch ms or RFC 3339; the catalogue keeps those of its own fields as epoch ms. */
const timeNames = /(?:At|_at|Date|_date)$|^(?:due|at|time|date|since|until)$/;
const dayMs = 86_400_000;
const epochMsMin = 100_000_000_000;
const isoForm = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:?\d{2}))?$/;

function instantIn(name: string, value: unknown): number | null {
  if (typeof value === "number") return timeNames.test(name) && value >= epochMsMin && value <= instantMaxMs ? value : null;
  return typeof value === "string" && isoForm.test(value) ? Date.parse(value) : null;
}

/** `closeDate`, `close_date` → `Close date`. */
export const labelText = (name: string): string =>
  name
    .replaceAll("_", " ")
    .replace(/([a-z])([A-Z])/g, (_all, before: string, after: string) => `${before} ${after.toLowerCase()}`)
    .replace(/^./, (letter) => letter.toUpperCase());

/** The amount in minor units, a whole number, with its currency, where both are told. */
export function amountIn(data: Data, name = "amount"): string | null {
  const { [name]: amount, currency } = data;
  return Number.isSafeInteger(amount) && typeof currency === "string" ? moneyText({ amount: amount as number, currency }) : null;
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
/** The catalogue's events about money tell it in minor units, by these names; of what other types mean by them nothing is known. */
const moneyTypes = /^(?:invoice|payment|subscription|opportunity)\./;
const hasMoney = (type: string, above: readonly string[]): boolean =>
  above.length === 0 ? moneyTypes.test(type) : type === "account.updated" && above.length === 1 && above[0] === "Attributes";

function moneyFieldText(name: string, value: unknown, beside: Data): string | null {
  if (!moneyNames.has(name) || !Number.isSafeInteger(value)) return null;
  return amountIn(beside, name) ?? `${countText(value as number)} (minor units, currency not told)`;
}

/** One plain value in words; null: nothing to tell. */
export function fieldText(name: string, value: unknown): string | null {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "boolean") return value ? "yes" : "no";
  const at = instantIn(name, value);
  // A date alone is the same day in every zone, and its first instant in UTC is how one is kept.
  if (at !== null && !Number.isNaN(at)) return at % dayMs === 0 ? dateOnlyText(new Date(at).toISOString()) : exactTimeText(at);
  if (typeof value === "number") return Number.isInteger(value) && !/id$/i.test(name) ? countText(value) : String(value);
  return typeof value === "string" ? value.slice(0, textCharsMax) : null;
}

export type EventField = { readonly label: string; readonly text: string };

/** What came with an event of that type, field by field in its order; `more`: how many are not shown. */
export function eventFields(type: string, data: Data): { readonly fields: readonly EventField[]; readonly more: number } {
  const all = [...fieldsOf(type, data, [])];
  return { fields: all.slice(0, fieldsShownMax), more: Math.max(0, all.length - fieldsShownMax) };
}

function* fieldsOf(type: string, data: Data, above: readonly string[]): Generator<EventField> {
  const isAboutMoney = hasMoney(type, above);
  for (const [name, value] of Object.entries(data)) {
    // It stands with its amount.
    if (isAboutMoney && name === "currency" && [...moneyNames].some((one) => amountIn(data, one) !== null)) continue;
    const path = [...above, labelText(name)];
    if (typeof value === "object" && value !== null && !Array.isArray(value) && path.length < depthMax) {
      yield* fieldsOf(type, value as Data, path);
      continue;
    }
    const money = isAboutMoney ? moneyFieldText(name, value, data) : null;
    const text = money ?? (Array.isArray(value) ? listText(name, value) : fieldText(name, value));
    if (text !== null) yield { label: path.join(", "), text };
  }
}

function listText(name: string, values: readonly unknown[]): string | null {
  const texts = values.slice(0, listShownMax).flatMap((value) => fieldText(name, value) ?? []);
  if (texts.length === 0) return null;
  return `${texts.join(", ")}${values.length > listShownMax ? ` and ${countText(values.length - listShownMax)} more` : ""}`;
}
