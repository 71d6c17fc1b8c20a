import { describe, expect, test } from "vitest";
import { toLine, type Event } from "../../../src/domain/event.ts";
import { domainKeyOf, isFreeMailDomain } from "../../../src/domain/identity/free-mail.ts";
import { freedPack, takeForPack } from "../../../src/domain/identity/freed-packs.ts";
import type { KeyView, ParkItem } from "../../../src/domain/identity/messages.ts";
import { decidePark, toParkedRows, waitingKeys } from "../../../src/domain/identity/parking.ts";
import { emptyRecord, linkKey, toView } from "../../../src/domain/identity/record.ts";
import { parkedRowBytesMax } from "../../../src/domain/limits.ts";

const event = (index: number, keys: string[], receivedAt = 100): Event => ({
  id: `e${index}`,
  contentHash: 1,
  connectionId: "c",
  connector: "native",
  type: "feature.used",
  occurredAt: receivedAt,
  receivedAt,
  deliveryId: "d",
  index,
  lane: "live",
  keys,
  data: { feature: "x" },
});
const item = (of: Event, extra: Partial<ParkItem> = {}): ParkItem => ({ keys: of.keys, mayCreate: false, line: toLine(of), ...extra });
const none = (): null => null;
const leading = (key: string, accountId: string) => {
  const view = toView(linkKey(emptyRecord(key), { key, accountId, evidence: "person", author: "t", at: 1 }, 1).record);
  return (asked: string): KeyView | null => (asked === key ? view : null);
};

describe("deciding what becomes of an event that is to be parked", () => {
  const user = event(0, ["user|u"]);
  test("it is stored while nobody claims it", () => expect(decidePark(item(user), user, "unknown", none)).toEqual({ status: "store" }));
  test("a link that came meanwhile is the answer", () =>
    expect(decidePark(item(user), user, "unknown", leading("user|u", "a"))).toMatchObject({ status: "linked", accountId: "a" }));
  test("the same arrival is parked once", () => expect(decidePark(item(user), user, "waiting", none)).toEqual({ status: "parked" }));
  test("an arrival that was taken once stays `parked` for its intake shard, linked or not", () =>
    expect(decidePark(item(user), user, "gone", leading("user|u", "a"))).toEqual({ status: "parked" }));
  test("what an account gave back is stored again", () =>
    expect(decidePark(item(user, { from: "account" }), user, "gone", none)).toEqual({ status: "store" }));

  test("an event that names an unknown account waits for it, whatever its user leads to", () => {
    const named = event(1, ["account|x", "user|u"]);
    expect(decidePark(item(named, { keys: ["account|x"] }), named, "unknown", leading("user|u", "a"))).toEqual({ status: "store" });
  });
  test("an event whose edge leads to an account that does not exist goes on when the edge has moved", () => {
    const waiting = item(user, { keys: ["account|x", "user|u"] });
    expect(decidePark(waiting, user, "unknown", leading("user|u", "x"))).toEqual({ status: "store" });
    expect(decidePark(waiting, user, "unknown", leading("user|u", "y"))).toMatchObject({ status: "linked", accountId: "y" });
  });
});

describe("rows of parked events", () => {
  test("events that wait under the same keys share a row, the text is untouched", () => {
    const events = [event(0, ["user|u"], 5), event(1, ["user|v"], 6), event(2, ["user|u"], 7)];
    const rows = toParkedRows(events.map((e) => ({ item: item(e), event: e })));
    expect(rows.map(({ keys, lines, receivedBefore }) => ({ keys, lines, receivedBefore }))).toEqual([
      { keys: ["user|u"], lines: [toLine(events[0]!), toLine(events[2]!)], receivedBefore: 8 },
      { keys: ["user|v"], lines: [toLine(events[1]!)], receivedBefore: 7 },
    ]);
  });

  test("a row is bounded", () => {
    const events = Array.from({ length: 1_000 }, (_, i) => event(i, ["user|u"]));
    const rows = toParkedRows(events.map((e) => ({ item: item(e), event: e })));
    expect(rows.length).toBeGreaterThan(1);
    expect(Math.max(...rows.map((row) => row.bytes))).toBeLessThanOrEqual(parkedRowBytesMax + 1);
    expect(rows.flatMap((row) => row.lines)).toEqual(events.map(toLine));
  });

  test("nothing waits under a free-mail domain unless it has nothing else", () => {
    expect(waitingKeys(["email|a@gmail.com", "domain|gmail.com"])).toEqual(["email|a@gmail.com"]);
    expect(waitingKeys(["domain|gmail.com"])).toEqual(["domain|gmail.com"]);
  });
});

describe("packs of events set free", () => {
  test("whole rows in order, within the size of a message", () => {
    expect(takeForPack([1, 2, 3].map((id) => ({ id, events: 10, bytes: 48_000 })))).toEqual([1, 2]);
    expect(takeForPack([{ id: 1, events: 1, bytes: 500_000 }])).toEqual([1]);
  });

  test("routes are the events' own keys, not those they waited under", () => {
    const [a, b] = [event(0, ["account|x", "user|u"]), event(1, ["user|v"])];
    const row = (id: number, e: Event) => ({ id, mayCreate: false, events: 1, bytes: 10, body: toLine(e) });
    expect(freedPack("p", "directory", [row(1, a), row(2, b)])).toEqual({
      header: {
        id: "p",
        origin: { kind: "directory", name: "directory" },
        plan: 0,
        events: 2,
        routes: [
          { keys: ["account|x", "user|u"], mayCreate: false },
          { keys: ["user|v"], mayCreate: false },
        ],
        routeOf: [0, 1],
        watermarks: {},
      },
      lines: [toLine(a), toLine(b)],
      stamps: [null, null],
    });
  });
});

describe("the domain of an e-mail", () => {
  test("joins unless the provider gives addresses to anybody", () => {
    expect(domainKeyOf("Ann@Acme.example")).toBe("domain|acme.example");
    expect(domainKeyOf("ann@GMAIL.com")).toBeNull();
    expect(domainKeyOf("ann")).toBeNull();
    expect(isFreeMailDomain(" Gmx.de ")).toBe(true);
  });
});
