import { describe, expect, it } from "vitest";
import type { DeadLetter } from "../../../src/domain/intake/dead-letter.ts";
import { copyDeadLetters } from "../../../src/projections/copy-dead-letters.ts";

const letter = (id: string, difference: Partial<DeadLetter> = {}): DeadLetter => ({
  id,
  kind: "quarantined",
  reason: "id_conflict",
  detail: "same id, other content",
  connectionId: "con",
  connector: "native",
  type: "feature.used",
  eventId: "e1",
  accountId: "acme",
  at: 5,
  tries: 0,
  status: "open",
  line: "{}",
  ...difference,
});

describe("dead letters on their way to the lists", () => {
  it("are kept, and the open ones are told to the live feed without their event", async () => {
    const kept: string[] = [];
    const told: unknown[] = [];
    await copyDeadLetters([letter("0-1"), letter("0-2", { status: "discarded" })], {
      store: { keepDeadLetters: async (letters) => void kept.push(...letters.map(({ id }) => id)) },
      live: { publish: async (messages) => void told.push(...messages) },
      report: () => undefined,
    });
    expect(kept).toEqual(["0-1", "0-2"]);
    expect(told).toEqual([
      {
        type: "dead_letter.added",
        accountId: "acme",
        at: 5,
        data: { id: "0-1", kind: "quarantined", reason: "id_conflict", connectionId: "con", connector: "native", type: "feature.used" },
      },
    ]);
  });

  it("are not brought again because the live feed is down", async () => {
    const reported: string[] = [];
    await copyDeadLetters([letter("0-1")], {
      store: { keepDeadLetters: async () => undefined },
      live: { publish: () => Promise.reject(new Error("down")) },
      report: (what) => void reported.push(what),
    });
    expect(reported).toEqual(["dead_letter_not_live"]);
  });

  it("are brought again when they could not be kept", async () => {
    const copied = copyDeadLetters([letter("0-1")], {
      store: { keepDeadLetters: () => Promise.reject(new Error("database down")) },
      live: { publish: async () => undefined },
      report: () => undefined,
    });
    await expect(copied).rejects.toThrow("database down");
  });
});
