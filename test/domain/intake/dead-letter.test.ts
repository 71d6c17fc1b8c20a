import { expect, it } from "vitest";
import type { Delivery } from "../../../src/domain/delivery.ts";
import { deadLetterNumber, firstDeliveryOf, replayedEvent, toReplay, type DeadLetter } from "../../../src/domain/intake/dead-letter.ts";
import { toLine } from "../../../src/domain/event.ts";
import { deliveryOf, eventOf } from "../../support/intake-builders.ts";

const id = "0mhelsn53-0123456789abcdef0123";
const letterOf = (deliveryId: string): DeadLetter => {
  const event = eventOf(deliveryOf([], { id: deliveryId }).head, 0);
  return {
    id: "0-7",
    kind: "quarantined",
    reason: "id_conflict",
    detail: "",
    connectionId: event.connectionId,
    connector: event.connector,
    type: event.type,
    eventId: event.id,
    at: 1,
    tries: 0,
    status: "open",
    line: toLine(event),
  };
};
const replayed = (deliveryId: string, asNew: boolean) => {
  const delivery: Delivery = toReplay(letterOf(deliveryId), deadLetterNumber("0", "0-7") ?? 0, { asNew, now: 2 });
  return replayedEvent(delivery);
};

it("an event leads to the delivery that brought it, also after it was replayed, as the same or as a new one", () => {
  expect(firstDeliveryOf(replayed(id, false))).toBe(id);
  expect(replayed(id, true).deliveryId).not.toBe(id);
  expect(firstDeliveryOf(replayed(id, true))).toBe(id);
  expect(firstDeliveryOf(replayed(replayed(id, true).deliveryId, true))).toBe(id);
});

it("an event that older code of the directory sent again as a new one leads to no delivery", () => {
  expect(firstDeliveryOf({ deliveryId: "directory-3" })).toBeNull();
});
