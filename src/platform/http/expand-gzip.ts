import { gunzip } from "../gzip.ts";

/** Undoes gzip, at most `bytesMax` bytes of it: a bomb is stopped while it unfolds. Both Node and workerd throw a RangeError at the bound, and only there. */
export function expandGzip(bytes: Uint8Array, bytesMax: number): Uint8Array | "broken" | "too_large" {
  try {
    return gunzip(bytes, bytesMax);
  } catch (error) {
    return error instanceof RangeError ? "too_large" : "broken";
  }
}
