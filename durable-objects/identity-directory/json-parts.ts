import { sqlValueBytesMax } from "../../src/domain/limits.ts";

const encoder = new TextEncoder();

/**
 * Items as the JSON arrays of as many statements as they need, in order: the platform refuses a value of more than 2 MB (Durable Objects
 * limits, read 2026-11-30), be it only a parameter. An item that is longer alone is one array; none gives none.
 */
export function* jsonParts(items: Iterable<unknown>): Generator<string> {
  let part: string[] = [];
  let bytes = 0;
  for (const item of items) {
    const text = JSON.stringify(item);
    const more = encoder.encode(text).byteLength + 1;
    if (part.length > 0 && bytes + more > sqlValueBytesMax) {
      yield `[${part.join(",")}]`;
      part = [];
      bytes = 0;
    }
    part.push(text);
    bytes += more;
  }
  if (part.length > 0) yield `[${part.join(",")}]`;
}
