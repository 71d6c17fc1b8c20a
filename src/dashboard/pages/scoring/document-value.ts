/** Values inside a JSON document, by JSON pointer (RFC 6901). */

const partsOf = (pointer: string): string[] =>
  pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));

const childOf = (value: unknown, part: string): unknown =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[part] : undefined;

export const valueAt = (document: unknown, pointer: string): unknown => partsOf(pointer).reduce(childOf, document);

/** The document with another value at one place; `undefined` takes a field out. What lies beside stays the same object. */
export function withValue<Document>(document: Document, pointer: string, value: unknown): Document {
  return put(document, partsOf(pointer), value) as Document;
}

function put(into: unknown, [part, ...rest]: string[], value: unknown): unknown {
  if (part === undefined) return value;
  const child = put(childOf(into, part), rest, value);
  if (Array.isArray(into)) return into.map((one: unknown, index) => (String(index) === part ? child : one));
  const { [part]: _, ...others } = into as Readonly<Record<string, unknown>>;
  return child === undefined ? others : part in (into as object) ? { ...(into as object), [part]: child } : { ...others, [part]: child };
}

export type Difference = { readonly pointer: string; readonly from: unknown; readonly to: unknown };

/** Places at which two documents differ: single values, and members that one of them does not have. Members of lists that bear a `key` are compared by it. */
export function differencesOf(from: unknown, to: unknown, pointer = ""): Difference[] {
  if (Object.is(from, to)) return [];
  if (typeof from !== "object" || typeof to !== "object" || from === null || to === null) return [{ pointer, from, to }];
  const before = membersOf(from);
  const after = membersOf(to);
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const place = `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    return before.has(name) && after.has(name)
      ? differencesOf(before.get(name), after.get(name), place)
      : [{ pointer: place, from: before.get(name), to: after.get(name) }];
  });
}

function membersOf(value: object): ReadonlyMap<string, unknown> {
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  return new Map(value.map((one: unknown, index) => [keyOf(one) ?? String(index), one]));
}

const keyOf = (value: unknown): string | null => {
  const key = childOf(value, "key");
  return typeof key === "string" ? key : null;
};

/** Where the value at a pointer begins in a JSON text: its offset, and the line counted from 1. What is not there is found at what holds it. */
export function placeOf(text: string, pointer: string): { readonly offset: number; readonly line: number } {
  const scan = { text, at: 0 };
  const offset = find(scan, partsOf(pointer));
  return { offset, line: text.slice(0, offset).split("\n").length };
}

type Scan = { readonly text: string; at: number };
const space = /\s*/y;
const token = /"(?:[^"\\]|\\.)*"|[^\s,:[\]{}"]+/y;

function skip(scan: Scan): string {
  space.lastIndex = scan.at;
  space.exec(scan.text);
  scan.at = space.lastIndex;
  return scan.text[scan.at] ?? "";
}

function take(scan: Scan): string {
  skip(scan);
  token.lastIndex = scan.at;
  const [found] = token.exec(scan.text) ?? [scan.text[scan.at] ?? ""];
  scan.at += Math.max(1, found.length);
  return found;
}

/** The scanner stands before a value; it returns where the wanted one begins. */
function find(scan: Scan, [part, ...rest]: readonly string[]): number {
  const open = skip(scan);
  const start = scan.at;
  if (part === undefined || (open !== "{" && open !== "[")) return start;
  scan.at += 1;
  for (let index = 0; scan.at < scan.text.length; index += 1) {
    const next = skip(scan);
    if (next === "}" || next === "]") return start;
    if (next === ",") scan.at += 1;
    const name = open === "{" ? nameOf(take(scan)) : String(index);
    if (open === "{" && skip(scan) === ":") scan.at += 1;
    if (name === part) return find(scan, rest);
    pass(scan);
    if (skip(scan) === ",") scan.at += 1;
  }
  return start;
}

function nameOf(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}

/** Goes behind the value before which the scanner stands. */
function pass(scan: Scan): void {
  let depth = 0;
  do {
    const next = skip(scan);
    if (next === "{" || next === "[") depth += 1;
    if (next === "}" || next === "]") depth -= 1;
    if (next === '"' || !/[[\]{},:]/.test(next)) take(scan);
    else scan.at += 1;
  } while (depth > 0 && scan.at < scan.text.length);
}
