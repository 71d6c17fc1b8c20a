import { jsonContainersMax, jsonParseDepthMax, jsonValuesMax } from "../../domain/limits.ts";

/** Below this no nesting or number of values can hurt, so small bodies are not scanned. */
const SCAN_FROM_BYTES = 65_536;

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
export function isSafeToParse(bytes: Uint8Array): boolean {
  const length = bytes.length;
  if (length < SCAN_FROM_BYTES) return true;
  let depth = 0;
  let containers = 0;
  let commas = 0;
  for (let i = 0; i < length; i++) {
    const byte = bytes[i] as number;
    if (byte === QUOTE) {
      for (i++; i < length; i++) {
        const inner = bytes[i] as number;
        if (inner === QUOTE) break;
        if (inner === BACKSLASH) i++;
      }
    } else if (byte === COMMA) {
      commas++;
    } else if (byte === OPEN_CURLY || byte === OPEN_SQUARE) {
      containers++;
      if (++depth > jsonParseDepthMax) return false;
    } else if (byte === CLOSE_CURLY || byte === CLOSE_SQUARE) {
      depth--;
    }
  }
  return containers <= jsonContainersMax && commas <= jsonValuesMax;
}
