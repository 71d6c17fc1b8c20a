/** A JSON object. Fields are read by own name only where the name comes from outside. */
export type JsonObject = Record<string, unknown>;

export const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** The text of UTF-8 bytes (a byte order mark is dropped), or null when they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** Value of a JSON text, or undefined when it is none (`undefined` is no JSON value). */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Follows `a.b.c` through own fields; undefined when it leads nowhere. */
export function fieldAt(value: unknown, path: string): unknown {
  let current = value;
  for (const name of path.split(".")) {
    if (!isObject(current) || !Object.hasOwn(current, name)) return undefined;
    current = current[name];
  }
  return current;
}

/** Ids come as text or as whole numbers; both mean the same text. Null for anything else, for empty ones and for those over `charsMax`. */
export function idText(value: unknown, charsMax = 512): string | null {
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : null;
  return typeof value === "string" && value !== "" && value.length <= charsMax ? value : null;
}
