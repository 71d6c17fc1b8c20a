import { jsonDepthMax } from "../../domain/limits.ts";

export type BoundsFault = { readonly reason: "number_out_of_range" | "too_deep" | "too_large"; readonly detail: string };

const OUT_OF_RANGE = -1;
const TOO_DEEP = -2;

/**
 * Checks the three bounds every item has, in one walk: numbers inside the double range, at most `jsonDepthMax` levels
 * (the item itself is the first), and `bytesMax` bytes of compact UTF-8 JSON.
 *
 * The walk adds up an upper bound of the size; only an item above it is written out and measured.
 */
export function boundsFault(item: unknown, bytesMax: number): BoundsFault | null {
  const size = sizeBound(item, 1);
  if (size === OUT_OF_RANGE) {
    return {
      reason: "number_out_of_range",
      detail: `${locate(item, (value) => typeof value === "number" && !Number.isFinite(value))}: must be a number inside the double range`,
    };
  }
  if (size === TOO_DEEP) return { reason: "too_deep", detail: `must have at most ${jsonDepthMax} levels` };
  if (size <= bytesMax) return null;
  const bytes = new TextEncoder().encode(JSON.stringify(item)).length;
  return bytes <= bytesMax ? null : { reason: "too_large", detail: `must have at most ${bytesMax} bytes as compact JSON, has ${bytes}` };
}

/** A character takes at most 6 bytes (`\u0000`); a number at most 25; structure at most 4 more each. */
function sizeBound(value: unknown, depth: number): number {
  if (typeof value === "string") return value.length * 6 + 3;
  if (typeof value === "number") return Number.isFinite(value) ? 26 : OUT_OF_RANGE;
  if (value === null || typeof value !== "object") return 6;
  if (depth > jsonDepthMax) return TOO_DEEP;
  let size = 3;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const part = sizeBound(value[i], depth + 1);
      if (part < 0) return part;
      size += part;
    }
    return size;
  }
  for (const key in value) {
    const part = sizeBound((value as Record<string, unknown>)[key], depth + 1);
    if (part < 0) return part;
    size += part + key.length * 6 + 4;
  }
  return size;
}

/** JSON pointer (RFC 6901) to the first value that the test finds; only for telling a sender, so it may be slow. The walk has bounded the depth. */
function locate(value: unknown, found: (value: unknown) => boolean, depth = 1): string | null {
  if (found(value)) return "";
  if (value === null || typeof value !== "object" || depth > jsonDepthMax) return null;
  for (const key of Object.keys(value)) {
    const rest = locate((value as Record<string, unknown>)[key], found, depth + 1);
    if (rest !== null) return `/${key.slice(0, 128).replaceAll("~", "~0").replaceAll("/", "~1")}${rest}`;
  }
  return null;
}
