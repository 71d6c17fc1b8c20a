import { jsonContainersMax, jsonParseDepthMax, jsonValuesMax } from "../../domain/limits.ts";

/** Below this no nesting or number of values can hurt, so small texts are not scanned. */
const SCAN_FROM_CHARS = 65_536;

const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;
const OPEN_SQUARE = 91;
const CLOSE_SQUARE = 93;
const OPEN_CURLY = 123;
const CLOSE_CURLY = 125;

/**
 * Whether a JSON text may be given to the parser: a parsed value takes up to forty times its text, so ten million brackets
 * would fill the isolate. Knows strings, judges nothing else.
 */
export function isSafeToParse(text: string): boolean {
  const { length } = text;
  if (length < SCAN_FROM_CHARS) return true;
  let depth = 0;
  let containers = 0;
  let commas = 0;
  for (let i = 0; i < length; i++) {
    const char = text.charCodeAt(i);
    if (char === QUOTE) {
      for (i++; i < length; i++) {
        const inner = text.charCodeAt(i);
        if (inner === QUOTE) break;
        if (inner === BACKSLASH) i++;
      }
    } else if (char === COMMA) {
      commas++;
    } else if (char === OPEN_CURLY || char === OPEN_SQUARE) {
      containers++;
      if (++depth > jsonParseDepthMax) return false;
    } else if (char === CLOSE_CURLY || char === CLOSE_SQUARE) {
      depth--;
    }
  }
  return containers <= jsonContainersMax && commas <= jsonValuesMax;
}
