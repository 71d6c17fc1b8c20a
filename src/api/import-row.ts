import { faultsOf } from "../domain/config/fault.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { accountInput, type AccountInput } from "./write-account.ts";

/** Attributes whose text in a cell is a number, and those that are lists. */
const numbers: ReadonlySet<string> = new Set(["arr", "mrr", "seats", "cadenceDays", "slaHours"]);
const lists: ReadonlySet<string> = new Set(["entitledFeatures", "coreFeatures"]);

const EXTERNAL = /^(?:externalIds\.|external:)(.+)$/;

/** A row of an import as what `POST accounts` takes. Columns that are no field of an account are attributes. */
export function toAccountInput(fields: ReadonlyMap<string, string>): Result<AccountInput, { pointer: string; detail: string }> {
  const externalIds: Record<string, string[]> = {};
  const attributes: Record<string, unknown> = {};
  const input: Record<string, unknown> = { externalIds, attributes };
  for (const [column, text] of fields) {
    const system = EXTERNAL.exec(column)?.[1];
    if (column === "id" || column === "name" || column === "parentId") input[column] = text.trim();
    else if (column === "domains" || column === "domain") input["domains"] = splitList(text, /[;\s]+/);
    else if (system !== undefined) externalIds[system] = splitList(text, /;/);
    // An empty cell says nothing of an attribute.
    else if (text.trim() !== "")
      attributes[column.replace(/^attributes\./, "")] = attributeValue(column.replace(/^attributes\./, ""), text);
  }
  const parsed = accountInput.safeParse(input);
  if (parsed.success) return ok(parsed.data);
  const [fault = { pointer: "", detail: "is not valid" }] = faultsOf(parsed.error);
  return fail(fault);
}

function attributeValue(name: string, text: string): unknown {
  if (lists.has(name)) return splitList(text, /;/);
  return numbers.has(name) && /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text.trim()) : text;
}

const splitList = (text: string, separator: RegExp): string[] =>
  text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== "");
