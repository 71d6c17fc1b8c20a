/**
 * Hashes for placing and comparing; not for secrets. All are pure and stable for ever: they are part of the storage format.
 */

const encoder = new TextEncoder();

/** FNV-1a over UTF-8, with a final avalanche; u32. Used for content hashes and for choosing a shard. */
export function hash32(text: string, seed = 0): number {
  const bytes = encoder.encode(text);
  let h = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < bytes.length; i++) {
    h ^= bytes[i] as number;
    h = Math.imul(h, 0x01000193);
  }
  return fmix32(h);
}

/** The avalanche of MurmurHash3: u32 to u32, one to one. */
export function fmix32(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Text of JSON with object keys sorted at every depth: the same item hashes alike whatever order its sender wrote it in. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const record = value as Record<string, unknown>;
    const keys = Object.keys(record).sort();
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(record[key])}`).join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}

/** Name of the account shard of an account: `hash mod shards`, or the account itself when `shards` is 0. */
export const accountShardName = (accountId: string, shards: number): string =>
  shards === 0 ? `account:${accountId}` : String(hash32(accountId) % shards);

/** Name of the intake shard for a delivery. */
export const intakeShardName = (connectionId: string, deliveryId: string, shards: number): string =>
  intakeShardNames(connectionId, deliveryId, shards)[0];

/** Names of the shards that may hold a delivery while so many are in use: its own, and the one its door turns to when that fails or is full. */
export function intakeShardNames(connectionId: string, deliveryId: string, shards: number): readonly [string, ...string[]] {
  const own = hash32(`${connectionId}/${deliveryId}`) % Math.max(1, shards);
  return shards > 1 ? [String(own), String((own + 1) % shards)] : [String(own)];
}
