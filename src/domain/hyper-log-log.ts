import { fmix32 } from "./hash.ts";

const INDEX_BITS = 13;
/** Registers of a sketch; each is 0 to `REGISTER_MAX`. */
export const REGISTERS = 2 ** INDEX_BITS;
/** A hash has 53 bits; those that choose no register give the rank. */
const RANK_BITS = 53 - INDEX_BITS;
export const REGISTER_MAX = RANK_BITS + 1;
const LOW_RANK_BITS = 32 - INDEX_BITS;
const HIGH_RANK_BITS = RANK_BITS - LOW_RANK_BITS;

/**
 * How many different hashes there were, from 8,192 registers: each keeps the greatest rank (place of the first bit that is set) of the hashes
 * that fall to it (Flajolet, Fusy, Gandouet, Meunier 2007). Depends on the set of hashes alone, so sketches of any parts of it, merged, are the
 * sketch of the whole.
 *
 * The count is Ertl's improved estimate (arXiv:1702.01284, algorithm 6): without bias at any size, so that no tables and no other formula
 * for few are needed.
 */
export class HyperLogLog {
  /** Standard error of a count, as a share of it, at most: 1.04 / √8,192. It is 0.8 % where there are few. */
  static readonly errorRatio = 1.04 / Math.sqrt(REGISTERS);

  readonly registers = new Uint8Array(REGISTERS);

  /** @param hash 53 bits (`hash53`), which are mixed once more: what they are made for is comparing, and each bit counts here */
  add(hash: number): void {
    const high = Math.floor(hash / 2 ** 32);
    const low = fmix32(hash ^ Math.imul(high, 0x9e3779b1));
    const index = low >>> LOW_RANK_BITS;
    const rest = low << INDEX_BITS;
    const rank =
      rest !== 0
        ? Math.clz32(rest) + 1
        : LOW_RANK_BITS + Math.min(Math.clz32(fmix32(high ^ Math.imul(low, 0x85ebca6b))), HIGH_RANK_BITS) + 1;
    if (rank > (this.registers[index] as number)) this.registers[index] = rank;
  }

  merge({ registers }: HyperLogLog): void {
    for (let i = 0; i < REGISTERS; i++)
      if ((registers[i] as number) > (this.registers[i] as number)) this.registers[i] = registers[i] as number;
  }

  get count(): number {
    const registersWith = new Int32Array(REGISTER_MAX + 1);
    for (const register of this.registers) registersWith[register] = (registersWith[register] as number) + 1;
    let z = REGISTERS * tau(1 - (registersWith[REGISTER_MAX] as number) / REGISTERS);
    for (let rank = RANK_BITS; rank >= 1; rank--) z = 0.5 * (z + (registersWith[rank] as number));
    z += REGISTERS * sigma((registersWith[0] as number) / REGISTERS);
    return Math.round(REGISTERS ** 2 / (2 * Math.LN2 * z));
  }
}

/** x + Σ x^(2^k) 2^(k-1): what registers without any hash stand for. Infinite where all are. */
function sigma(x: number): number {
  if (x === 1) return Number.POSITIVE_INFINITY;
  let [sum, power, weight, before] = [x, x, 1, -1];
  while (sum !== before) {
    before = sum;
    power *= power;
    sum += power * weight;
    weight *= 2;
  }
  return sum;
}

/** (1 - x - Σ (1 - x^(2^-k))² 2^-k) / 3: what full registers stand for. */
function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let [sum, root, weight, before] = [1 - x, x, 1, -1];
  while (sum !== before) {
    before = sum;
    root = Math.sqrt(root);
    weight *= 0.5;
    sum -= (1 - root) ** 2 * weight;
  }
  return sum / 3;
}
