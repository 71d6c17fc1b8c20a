import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { connectorOf, connectors, mapDelivery } from "../../src/connectors/index.ts";
import type { Delivery } from "../../src/domain/delivery.ts";
import { eventTypeOf, normaliseData } from "../../src/domain/event-types.ts";
import { EventSchema, fromLine, toLine } from "../../src/domain/event.ts";
import { isIdentityKeyKind, keyKind, keyStrength, type IdentityKey } from "../../src/domain/identity/key.ts";
import { keysPerEventMax } from "../../src/domain/limits.ts";
import { connectorFolders, fixturesOf } from "../support/connectors-fixtures.ts";

/** Types that a connector may send without the catalogue knowing them, with the reason. May only shrink. */
const uncataloguedAllowed: Readonly<Record<string, string>> = {
  native: "senders choose their own types",
};

it("finds a registered connector for each folder", () => {
  expect(connectors.map((connector) => connector.name).sort()).toEqual(connectorFolders().sort());
});

it("keeps a delivery of a form that this code does not know, rather than reading it as empty", () => {
  const [{ head, body }] = fixturesOf("native").map((fixture) => fixture.delivery) as [Delivery];
  expect(() => mapDelivery({ head: { ...head, form: "of-tomorrow" }, body })).toThrow("native/of-tomorrow");
});

describe.each(connectorFolders())("connector %s", (name) => {
  const fixtures = fixturesOf(name);

  it("has a fixture for each form", () => {
    const forms = Object.keys(connectorOf(name)?.forms ?? {});
    expect([...new Set(fixtures.map(({ delivery }) => delivery.head.form))].sort()).toEqual(forms.sort());
  });

  it.each(fixtures)("maps $name to exactly the events beside it", ({ delivery, expected }) => {
    expect(JSON.parse(JSON.stringify(mapDelivery(delivery)))).toEqual(expected());
  });

  it.each(fixtures)("maps $name the same way twice, and leaves the delivery as it was", ({ delivery }) => {
    const before = JSON.stringify(delivery.head);
    expect(mapDelivery(delivery)).toEqual(mapDelivery(delivery));
    expect(JSON.stringify(delivery.head)).toBe(before);
  });

  it.each(fixtures)("makes events of $name that fit their schema, the catalogue and one line", ({ delivery }) => {
    for (const item of mapDelivery(delivery).items) {
      if (!("event" in item)) continue;
      const { event } = item;
      EventSchema.parse(event);
      expect(toLine(event)).not.toContain("\n");
      expect(fromLine(toLine(event))).toEqual(event);
      expect(event.keys.length).toBeGreaterThan(0);
      expect(event.keys.length).toBeLessThanOrEqual(keysPerEventMax);
      const strengths = event.keys.map((key) => keyStrength(key as IdentityKey));
      expect(strengths).toEqual([...strengths].sort((a, b) => a - b));
      for (const key of event.keys) expect(isIdentityKeyKind(keyKind(key as IdentityKey))).toBe(true);
      const type = eventTypeOf(event.type);
      if (type === undefined) expect(Object.keys(uncataloguedAllowed)).toContain(name);
      else expect(type.dataSchema.safeParse(event.data).success).toBe(true);
      expect(normaliseData(event.type, event.data)).toEqual(event.data);
    }
  });

  it("answers nothing but a mapping for any bytes", () => {
    const [{ delivery }] = fixtures as [(typeof fixtures)[number]];
    const forms = Object.keys(connectorOf(name)?.forms ?? {});
    fc.assert(
      fc.property(
        fc.constantFrom(...forms),
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc.json().map((text) => new TextEncoder().encode(text)),
        ),
        (form, body) => {
          const { items, rejections } = mapDelivery({ head: { ...delivery.head, form }, body });
          expect(items.length + rejections.length).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("survives a fixture with any one byte changed or cut off", () => {
    fc.assert(
      fc.property(fc.constantFrom(...fixtures), fc.nat(), fc.nat(255), fc.boolean(), ({ delivery }, at, byte, cut) => {
        const position = at % Math.max(1, delivery.body.length);
        const body = cut ? delivery.body.slice(0, position) : Uint8Array.from(delivery.body, (old, i) => (i === position ? byte : old));
        for (const item of mapDelivery({ ...delivery, body }).items) if ("event" in item) EventSchema.parse(item.event);
      }),
      { numRuns: 500 },
    );
  });
});
