import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../scripts/seeded-random.ts";
import { mergePacked, packRegisters } from "../../../src/domain/account/register-code.ts";
import { hash32 } from "../../../src/domain/hash.ts";
import { HyperLogLog, REGISTER_MAX, REGISTERS } from "../../../src/domain/hyper-log-log.ts";

const unpacked = (packed: Uint8Array): Uint8Array => {
  const registers = new Uint8Array(REGISTERS);
  mergePacked(registers, packed);
  return registers;
};
const registersOf = (values: number, seed = 1): Uint8Array => {
  const random = seededRandom(seed);
  const sketch = new HyperLogLog();
  for (let i = 0; i < values; i++) sketch.add(Math.floor(random() * 2 ** 32) * 2 ** 21 + Math.floor(random() * 2 ** 21));
  return sketch.registers;
};

describe("packed registers", () => {
  test.each([
    [0, 1],
    [300, 620],
    [1_000, 1_300],
    [4_096, 2_500],
    [20_000, 3_100],
    [200_000, 3_100],
  ])("of %d values are read as they were, and take at most %d bytes", (values, bytesMax) => {
    const registers = registersOf(values);
    const packed = packRegisters(registers);
    expect(unpacked(packed)).toEqual(registers);
    expect(packed.byteLength).toBeLessThanOrEqual(bytesMax);
  });

  test("are read as they were whatever they hold, and each becomes the greater one of both", () => {
    const some = fc.array(fc.tuple(fc.nat(REGISTERS - 1), fc.nat(REGISTER_MAX)), { maxLength: 200 });
    fc.assert(
      fc.property(some, some, fc.nat(REGISTER_MAX), fc.nat(REGISTER_MAX), (a, b, fillA, fillB) => {
        const filled = (fill: number, over: typeof a): Uint8Array => {
          const registers = new Uint8Array(REGISTERS).fill(fill);
          for (const [at, value] of over) registers[at] = value;
          return registers;
        };
        const [one, other] = [filled(fillA, a), filled(fillB, b)];
        expect(unpacked(packRegisters(one))).toEqual(one);
        const both = one.map((value, i) => Math.max(value, other[i] as number));
        mergePacked(one, packRegisters(other));
        expect(one).toEqual(both);
      }),
      { numRuns: 50 },
    );
  });

  test("are the same bytes for ever: they are stored", () => {
    const digest = (values: number): string => hash32(Buffer.from(packRegisters(registersOf(values))).toString("hex")).toString(16);
    expect([3, 300, 20_000].map(digest)).toEqual(["3167b300", "db8903d", "feff0b9f"]);
  });

  test("that are cut do not pass for whole ones", () => {
    expect(() => unpacked(packRegisters(registersOf(20_000)).subarray(0, -2))).toThrow(RangeError);
  });
});
