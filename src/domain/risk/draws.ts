import { hash32 } from "../hash.ts";

/**
 * Standard normal numbers, always the same ones for the same place: by Box and Muller 1958 from hashes. What is told from them can be told again.
 *
 * @param draw which row of numbers
 */
export const normalsOf = (draw: number, size: number): Float64Array =>
  Float64Array.from({ length: size }, (_, i) => {
    const radius = Math.sqrt(-2 * Math.log(uniform(`${draw}/${i}/r`)));
    return radius * Math.cos(2 * Math.PI * uniform(`${draw}/${i}/a`));
  });

/** Between 0 and 1, neither of them. */
const uniform = (name: string): number => (hash32(name) + 0.5) / 2 ** 32;
