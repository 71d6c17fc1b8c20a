import { gunzip } from "../gzip.ts";

/** Undoes gzip, at most `bytesMax` bytes of it: a bomb is stopped while it unfolds. Node's error code is the only thing that tells the two failures apart. */
export function expandGzip(bytes: Uint8Array, bytesMax: number): Uint8Array | "broken" | "too_large" {
  try {
    return gunzip(bytes, bytesMax);
  } catch (error) {
    return (error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE" ? "too_large" : "broken";
  }
}
