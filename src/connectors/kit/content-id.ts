import { hash32 } from "../../domain/hash.ts";

/**
 * 128-bit name for a piece of text, as 32 hex digits: stands in for an id where the vendor sends none.
 * Not for secrets. Two different texts share one with odds of 2^-128 per pair for senders who do not try to.
 */
export function contentId(text: string): string {
  let id = "";
  for (let seed = 1; seed <= 4; seed++) id += hash32(text, Math.imul(seed, 0x9e3779b1)).toString(16).padStart(8, "0");
  return id;
}
