/**
 * u32 hash of a JSON value, the same whatever order its objects were written in; `event.contentHash` of every connector.
 *
 * Walks the value instead of writing canonical text and hashing that, which costs eight times as much per event.
 * Part of the storage format: id sets keep it for 35 days, so a change makes conflicts out of repeats.
 * The caller has bounded the depth.
 */
export function contentHash(value: unknown, seed = 0): number {
  if (typeof value === "string") return textHash(value, seed ^ TEXT);
  if (typeof value === "number") return textHash(String(value), seed ^ 0x2545f491);
  if (value === null || value === undefined) return mix(seed ^ 0x6c62272e);
  if (typeof value === "boolean") return mix(seed ^ (value ? 0x3c6ef372 : 0x1b873593));
  if (Array.isArray(value)) {
    let hash = (seed ^ 0x4cf5ad43) >>> 0;
    for (let i = 0; i < value.length; i++) hash = mix(Math.imul(hash, 31) + contentHash(value[i], seed));
    return hash;
  }
  let sum = 0;
  for (const key in value as Record<string, unknown>) {
    sum = (sum + fieldTerm(textHash(key, seed), contentHash((value as Record<string, unknown>)[key], seed))) | 0;
  }
  return objectHash(sum, seed);
}

const TEXT = 0x51ed270b;

/** What a field adds to the sum of its object: it ties one key to its value. */
export const fieldTerm = (keyHash: number, valueHash: number): number => mix(Math.imul(keyHash, 0x9e3779b1) ^ valueHash);

/** The hash of an object by the sum of its fields' terms: a sum does not see their order. */
export const objectHash = (sum: number, seed = 0): number => mix((seed ^ 0x38b34ae5) + sum);

/** The hash of a string of JSON that stands in `text` as it is, without escapes. */
export const stringHash = (text: string, from: number, to: number): number => textHash(text, TEXT, from, to);

/** FNV-1a over UTF-16 code units. The hash of a key is this with the seed alone. */
export function textHash(text: string, seed: number, from = 0, to: number = text.length): number {
  let hash = (0x811c9dc5 ^ seed) | 0;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mix(hash ^ (to - from));
}

/** Finaliser of MurmurHash3. */
function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * 128-bit name for a JSON value, as 32 hex digits: stands in for an id where the vendor sends none. Not for secrets:
 * two values share one with odds of about 2^-128 only while nobody tries to make them.
 */
export function contentId(value: unknown): string {
  let id = "";
  for (let seed = 1; seed <= 4; seed++) id += contentHash(value, Math.imul(seed, 0x9e3779b1)).toString(16).padStart(8, "0");
  return id;
}
