import { createHash } from "node:crypto";

/** SHA-256 of bytes as lower-case hex; at once, because the platform's own answers only after the event loop has turned. */
export const sha256OfBytes = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
