import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Event, EventSchema, toLine } from "../../src/domain/event.ts";
import { readLine, readLines, toShortLine, toWholeLine } from "../../src/domain/event-line.ts";
import { fromStampLine, hasStamp, stampOf, toStampLine } from "../../src/domain/stamp.ts";

const word = fc.string({ unit: "binary", minLength: 1, maxLength: 12 });
const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
const keys = fc.array(
  fc.tuple(fc.constantFrom("account", "user", "email"), word).map(([kind, value]) => `${kind}|${value}`),
  { maxLength: 4 },
);
const data = fc
  .dictionary(word, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 })
  .map((fields) => JSON.parse(JSON.stringify(fields)) as Event["data"]);
/** A user as a rule is named by a key too, and sometimes is not. */
const events: fc.Arbitrary<Event> = fc
  .record({
    id: word,
    contentHash: fc.nat(0xffffffff),
    connectionId: word,
    connector: word,
    type: word,
    occurredAt: fc.integer({ min: -(2 ** 45), max: 2 ** 45 }),
    receivedAt: fc.nat(2 ** 45),
    deliveryId: word,
    copy: optional(fc.integer({ min: 2, max: 9 })),
    index: fc.nat(5_000),
    lane: fc.constantFrom("live" as const, "backfill" as const),
    form: optional(word),
    keys,
    mayCreate: optional(fc.constant(true)),
    user: optional(fc.record({ id: word, email: optional(word), name: optional(word) })),
    data,
  })
  .chain((event) =>
    fc.boolean().map((isKey) => (isKey && event.user !== undefined ? { ...event, keys: [...event.keys, `user|${event.user.id}`] } : event)),
  );

describe("a short line and its stamp", () => {
  test("are the event, and one line of text, whatever is in it", () => {
    fc.assert(
      fc.property(events, (event) => {
        const line = toShortLine(event);
        expect(line).not.toContain("\n");
        const read = readLine(line, stampOf(event));
        expect(read).toEqual(event);
        expect(EventSchema.safeParse(read).success).toBe(true);
        expect(JSON.parse(toWholeLine(line, stampOf(event)))).toEqual(JSON.parse(toLine(event)));
      }),
    );
  });

  test("a user who tells more than an id, or whose key is another's, is kept in full", () => {
    const base = { ...sample, keys: ["user|ann@x.io", "user|bob"] };
    for (const user of [{ id: "bob" }, { id: "nn@x.io" }, { id: "ann@x.io", name: "Ann" }, { id: "carl" }])
      expect(readLine(toShortLine({ ...base, user }), stampOf(base)).user).toEqual(user);
  });

  test("a stamp is another's as soon as one of its fields is", () => {
    const stamp = stampOf(sample);
    expect(hasStamp(sample, stamp)).toBe(true);
    const others = [
      { deliveryId: "x" },
      { copy: 2 },
      { connectionId: "x" },
      { connector: "x" },
      { lane: "backfill" as const },
      { receivedAt: 1 },
      { form: "x" },
    ];
    expect(others.filter((other) => hasStamp({ ...sample, ...other }, stamp))).toEqual([]);
  });
});

test("a stamp that older code has written says nothing of the form; a newer one says that of its delivery", () => {
  const { form: _form, ...older } = sample;
  expect(readLine(toShortLine(older), stampOf(older))).toEqual(older);
  expect(stampOf(older)).toHaveLength(6);
  expect(readLine(toShortLine(older), stampOf(older, "track"))).toEqual({ ...older, form: "track" });
});

describe("many lines", () => {
  test("whole and short ones are read together, each by its stamp; what is neither harms no other", () => {
    const stamp = stampOf(sample);
    const lines = [toShortLine(sample), toLine(sample), "{ no json", toLine(sample), toShortLine(sample)];
    expect(readLines(lines, [stamp, null, stamp, stamp, null])).toEqual([sample, sample, undefined, undefined, undefined]);
    expect(readLines(lines.slice(0, 2), [stamp, null])).toEqual([sample, sample]);
    expect(readLines([], [])).toEqual([]);
  });

  test("the stamps before them are written once each, and read for each line", () => {
    const [a, b] = [stampOf(sample), stampOf({ ...sample, deliveryId: "other" })];
    const stamps = [a, a, null, b, a, null, null];
    expect(fromStampLine(toStampLine(stamps))).toEqual(stamps);
    expect(toStampLine(Array.from({ length: 1_000 }, () => a)).length).toBeLessThan(120);
    expect(fromStampLine(toStampLine([]))).toEqual([]);
  });
});

const sample: Event = {
  id: "e1",
  contentHash: 7,
  connectionId: "tok_1",
  connector: "native",
  type: "feature.used",
  occurredAt: 1_764_000_000_000,
  receivedAt: 1_764_000_000_500,
  deliveryId: "00mb1c2d3-0123456789abcdef0123",
  index: 3,
  lane: "live",
  keys: ["account|acme", "user|ann"],
  mayCreate: true,
  user: { id: "ann" },
  data: { feature: "export" },
};
