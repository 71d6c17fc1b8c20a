/**
 * Hashes of the id sets and of user ids. Part of the storage format: never changed.
 */

/** 53-bit hash of a text (the mixing of MurmurHash3 in two lanes over UTF-16 units): a user as a number. Not keyed, so that it can be compared over accounts. */
export function hash53(text: string): number {
  let a = 0xdeadbeef ^ text.length;
  let b = 0x41c6ce57 ^ text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x9e3779b1);
    b = Math.imul(b ^ unit, 0x5f356495);
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return (b & 0x1fffff) * 0x100000000 + (a >>> 0);
}

/** Names one arrival: a delivery and the position in it; u32. */
export function arrivalHash(deliveryHash: number, index: number): number {
  let h = Math.imul(deliveryHash ^ Math.imul(index + 1, 0x9e3779b1), 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

/**
 * HalfSipHash-2-4 with 64 bits of output (Aumasson and Bernstein, https://github.com/veorq/SipHash) over (connection, event id) as UTF-16 units.
 * The key is made once for each storage, so that nobody outside can make two ids that collide.
 *
 * `hash` leaves its result in `lo` and `hi`: two numbers without an allocation for each event.
 */
export class IdHasher {
  lo = 0;
  hi = 0;
  private readonly key0: number;
  private readonly key1: number;
  private connection = "";
  private connectionHash = hash53("");
  private v0 = 0;
  private v1 = 0;
  private v2 = 0;
  private v3 = 0;

  constructor(key0: number, key1: number) {
    this.key0 = key0 | 0;
    this.key1 = key1 | 0;
  }

  /** 0..1, the same for the life of the storage: spreads shards over time. */
  get spread(): number {
    return (this.key0 >>> 0) / 0x100000000;
  }

  hash(connectionId: string, id: string): void {
    if (connectionId !== this.connection) {
      this.connection = connectionId;
      this.connectionHash = hash53(connectionId);
    }
    this.v0 = this.key0;
    this.v1 = this.key1 ^ 0xee;
    this.v2 = 0x6c796765 ^ this.key0;
    this.v3 = 0x74656462 ^ this.key1;
    this.word(this.connectionHash | 0);
    this.word(Math.floor(this.connectionHash / 0x100000000));
    const pairs = id.length & ~1;
    for (let i = 0; i < pairs; i += 2) this.word(id.charCodeAt(i) | (id.charCodeAt(i + 1) << 16));
    this.word(((id.length * 2 + 8) << 24) | (pairs < id.length ? id.charCodeAt(pairs) : 0));
    this.v2 ^= 0xee;
    this.rounds(4);
    this.lo = (this.v1 ^ this.v3) >>> 0;
    this.v1 ^= 0xdd;
    this.rounds(4);
    this.hi = (this.v1 ^ this.v3) >>> 0;
  }

  private word(m: number): void {
    this.v3 ^= m;
    this.rounds(2);
    this.v0 ^= m;
  }

  private rounds(count: number): void {
    let { v0, v1, v2, v3 } = this;
    for (let i = 0; i < count; i++) {
      v0 = (v0 + v1) | 0;
      v1 = rotate(v1, 5) ^ v0;
      v0 = rotate(v0, 16);
      v2 = (v2 + v3) | 0;
      v3 = rotate(v3, 8) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = rotate(v3, 7) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = rotate(v1, 13) ^ v2;
      v2 = rotate(v2, 16);
    }
    this.v0 = v0;
    this.v1 = v1;
    this.v2 = v2;
    this.v3 = v3;
  }
}
