import fc from "fast-check";
import { expect, test } from "vitest";
import { cloned } from "./platform/cloned.ts";

test("a cloned message is what structuredClone makes of it, and shares nothing that can change", () => {
  const message = fc.anything({ withTypedArray: true, withDate: true, withMap: true, withNullPrototype: true });
  fc.assert(
    fc.property(message, (value) => {
      expect(cloned(value)).toEqual(structuredClone(value));
    }),
  );
  const sent = { list: [{ bytes: new Uint8Array([1]) }] };
  const arrived = cloned(sent);
  arrived.list[0]?.bytes.set([2]);
  arrived.list.push({ bytes: new Uint8Array() });
  expect(sent).toEqual({ list: [{ bytes: new Uint8Array([1]) }] });
  expect(() => cloned({ run: () => 1 })).toThrow("could not be cloned");
});
