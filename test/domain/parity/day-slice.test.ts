import fc from "fast-check";
import { expect, it } from "vitest";
import { parityDaysBytesMax } from "../../../src/domain/limits.ts";
import { daySlice } from "../../../src/domain/parity/day-slice.ts";

it("cuts days into stretches of bounded size, so that as many rounds as there are look at every day once", () => {
  const days = fc.uniqueArray(fc.record({ day: fc.nat(2_000), bytes: fc.integer({ min: 1, max: 1_500_000 }) }), {
    selector: ({ day }) => day,
  });
  fc.assert(
    fc.property(days, (stored) => {
      const slices = [daySlice(stored, 0)];
      while (slices.at(-1)?.last !== Infinity) slices.push(daySlice(stored, slices.length));
      expect(daySlice(stored, slices.length)).toEqual(slices[0]);
      let next = 0;
      for (const { first, last } of slices) {
        expect(first).toBe(next);
        next = last + 1;
        const within = stored.filter(({ day }) => day >= first && day <= last);
        expect(within.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(parityDaysBytesMax);
      }
    }),
  );
});
