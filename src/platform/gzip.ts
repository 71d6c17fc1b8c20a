import { constants, gunzipSync, gzipSync } from "node:zlib";

/** `fast` for what lives for seconds (a queue message), `small` for what is kept (the archive). */
export type GzipEffort = "fast" | "small";

/** Gzip in one go. The same bytes, effort and runtime give the same output. */
export const gzip = (bytes: Uint8Array, effort: GzipEffort = "small"): Uint8Array =>
  gzipSync(bytes, { level: effort === "fast" ? constants.Z_BEST_SPEED : constants.Z_DEFAULT_COMPRESSION });

/** Throws when the bytes are no gzip, are cut short, or expand to more than `bytesMax` (which is checked while expanding). */
export const gunzip = (bytes: Uint8Array, bytesMax: number): Uint8Array => gunzipSync(bytes, { maxOutputLength: bytesMax });
