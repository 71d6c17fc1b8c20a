import { REGISTER_MAX, REGISTERS } from "../hyper-log-log.ts";
import { invariant } from "../result.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";

/**
 * How the registers of a HyperLogLog are written, in the fewer bytes of two ways. Part of the storage format.
 *
 * - **Few are set**: each as the gap from the one before and its value, mostly in one or two bytes.
 * - **Many are**: each as a prefix code of its distance from a base, 3 bits on average however great the set is, since values then lie around the
 *   logarithm of (hashes / registers), always in the same way.
 */
const SPARSE = 0;
/** First byte of the other way: the base, which may be below 0, is added to it. */
const DENSE = 64;

/** Bits of the code of base + 0, base + 1, …; the last is for any other value, which follows in `OTHER_BITS`. */
const LENGTHS = [6, 3, 2, 2, 3, 3, 4, 5, 7, 8, 8] as const;
const OTHER = LENGTHS.length - 1;
const OTHER_BITS = 6;
const LENGTH_MAX = 8;
const BASE_MIN = -OTHER + 1;

/** Codes of a canonical prefix code: shorter ones first, those of a length in the order of distances. */
const CODES = codesOf(LENGTHS);
/** By the next `LENGTH_MAX` bits: distance · 16 + length. */
const DISTANCES = distancesOf(LENGTHS, CODES);

export function packRegisters(registers: Uint8Array): Uint8Array {
  const counts = new Int32Array(REGISTER_MAX + 1);
  for (const value of registers) counts[value] = (counts[value] as number) + 1;
  const { base, bits } = bestBase(counts);
  const denseBytes = 1 + Math.ceil(bits / 8);
  // Each that is set takes a byte at least.
  const sparse = REGISTERS - (counts[0] as number) < denseBytes ? packSparse(registers) : null;
  return sparse !== null && sparse.byteLength <= denseBytes ? sparse : packDense(registers, base, bits);
}

/** Takes what was packed into these: each becomes the greater of both. */
export function mergePacked(into: Uint8Array, packed: Uint8Array): void {
  if (packed[0] === SPARSE) mergeSparse(into, packed);
  else mergeDense(into, packed);
}

function packSparse(registers: Uint8Array): Uint8Array {
  const out = new ByteWriter();
  out.uint(SPARSE);
  let before = -1;
  for (let i = 0; i < registers.length; i++) {
    const value = registers[i] as number;
    if (value === 0) continue;
    // Values from 8 on are told by what follows: one of 128 is such a one.
    out.uint((i - before - 1) * 8 + Math.min(value, 8) - 1);
    if (value >= 8) out.uint(value - 8);
    before = i;
  }
  return out.finish();
}

function mergeSparse(into: Uint8Array, packed: Uint8Array): void {
  const from = new ByteReader(packed);
  from.uint();
  for (let at = -1; !from.atEnd;) {
    const told = from.uint();
    at += (told >> 3) + 1;
    const value = (told & 7) === 7 ? from.uint() + 8 : (told & 7) + 1;
    invariant(at < REGISTERS, "a sketch has more registers than there are");
    if (value > (into[at] as number)) into[at] = value;
  }
}

/** The base by which they take the fewest bits, and how many. */
function bestBase(counts: Int32Array): { readonly base: number; readonly bits: number } {
  const bitsBy = (base: number): number => counts.reduce((bits, count, value) => bits + count * bitsOf(value - base), 0);
  let best = { base: BASE_MIN, bits: bitsBy(BASE_MIN) };
  for (let base = BASE_MIN + 1; base <= REGISTER_MAX; base++) {
    const bits = bitsBy(base);
    if (bits < best.bits) best = { base, bits };
  }
  return best;
}

const isOther = (distance: number): boolean => distance < 0 || distance >= OTHER;
const bitsOf = (distance: number): number => (isOther(distance) ? (LENGTHS[OTHER] as number) + OTHER_BITS : (LENGTHS[distance] as number));

function packDense(registers: Uint8Array, base: number, bits: number): Uint8Array {
  const out = new Uint8Array(1 + Math.ceil(bits / 8));
  out[0] = DENSE + base;
  let [held, heldBits, at] = [0, 0, 1];
  const put = (value: number, length: number): void => {
    held = (held << length) | value;
    for (heldBits += length; heldBits >= 8; heldBits -= 8) out[at++] = held >>> (heldBits - 8);
    held &= (1 << heldBits) - 1;
  };
  for (const value of registers) {
    const distance = isOther(value - base) ? OTHER : value - base;
    put(CODES[distance] as number, LENGTHS[distance] as number);
    if (distance === OTHER) put(value, OTHER_BITS);
  }
  if (heldBits > 0) put(0, 8 - heldBits);
  return out;
}

function mergeDense(into: Uint8Array, packed: Uint8Array): void {
  const base = (packed[0] as number) - DENSE;
  let [held, heldBits, at] = [0, 0, 1];
  for (let i = 0; i < REGISTERS; i++) {
    while (heldBits < LENGTH_MAX + OTHER_BITS) {
      held = ((held << 8) | (packed[at++] ?? 0)) & 0x3fffff;
      heldBits += 8;
    }
    const entry = DISTANCES[(held >>> (heldBits - LENGTH_MAX)) & 0xff] as number;
    heldBits -= entry & 15;
    let value = base + (entry >> 4);
    if (entry >> 4 === OTHER) {
      heldBits -= OTHER_BITS;
      value = (held >>> heldBits) & 0x3f;
    }
    if (value > (into[i] as number)) into[i] = value;
  }
  // Up to three bytes are looked at beyond the last code.
  if (at - (heldBits >> 3) > packed.byteLength) throw new RangeError("page ends too early");
}

function codesOf(lengths: readonly number[]): readonly number[] {
  const codes = Array.from(lengths, () => 0);
  let next = 0;
  for (let length = 1; length <= LENGTH_MAX; length++) {
    next *= 2;
    for (const [distance, bits] of lengths.entries()) if (bits === length) codes[distance] = next++;
  }
  return codes;
}

function distancesOf(lengths: readonly number[], codes: readonly number[]): Uint8Array {
  const distances = new Uint8Array(2 ** LENGTH_MAX);
  for (const [distance, bits] of lengths.entries()) {
    const first = (codes[distance] as number) << (LENGTH_MAX - bits);
    distances.fill(distance * 16 + bits, first, first + 2 ** (LENGTH_MAX - bits));
  }
  return distances;
}
