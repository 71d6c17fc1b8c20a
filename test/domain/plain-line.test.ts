import fc from "fast-check";
import { expect, it } from "vitest";
import type { Event } from "../../src/domain/event.ts";
import { toEventLine } from "../../src/domain/event-line.ts";
import { PlainLineWriter } from "../../src/domain/plain-line.ts";

const text = fc.stringMatching(/^[ !#-[\]-~]{1,20}$/);
const event = fc
  .record({
    id: text,
    type: text,
    account: fc.option(text),
    user: fc.option(text),
    contentHash: fc.oneof(fc.constantFrom(0, 9, 10, 999_999, 1_000_000, 0xffffffff), fc.nat(0xffffffff)),
    occurredAt: fc.oneof(fc.constantFrom(0, 1_764_000_000_000, 1_764_000_000_007, 1_764_000_999_999), fc.nat(2 ** 41)),
    mayCreate: fc.boolean(),
    data: fc.dictionary(text, text, { maxKeys: 3 }),
  })
  .filter(({ account, user }) => account !== null || user !== null);

it("writes each line as the event's own, whatever its numbers and however little room there was", () => {
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 5 }), fc.constantFrom(0, 10_000), (drafts, room) => {
      const lines = new PlainLineWriter(room);
      const expected = drafts.map((draft, index) => {
        const { id, type, account, user, contentHash, occurredAt, mayCreate, data } = draft;
        const keys = [account === null ? [] : [`account|${account}`], user === null ? [] : [`user|${user}`]].flat();
        const own = { id, contentHash, type, occurredAt, index, keys, mayCreate: mayCreate ? true : undefined, data };
        const line = toEventLine({ ...own, user: user === null ? undefined : { id: user } } as Event);
        // Every third one is written already.
        if (index % 3 === 2) lines.add(line);
        else lines.write(partsOf(draft), { contentHash, index, mayCreate, data: JSON.stringify(data) });
        return line;
      });
      expect(lines.count).toBe(drafts.length);
      expect(lines.finish()).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

function partsOf({
  id,
  type,
  account,
  user,
  occurredAt,
}: {
  id: string;
  type: string;
  account: string | null;
  user: string | null;
  occurredAt: number;
}) {
  const body = `"${id}"${type}"${account ?? ""}"${user ?? ""}`;
  const idTo = 1 + id.length;
  const typeTo = idTo + 1 + type.length;
  const accountTo = typeTo + 1 + (account ?? "").length;
  return {
    bytes: new TextEncoder().encode(body),
    idFrom: 1,
    idTo,
    typeFrom: idTo + 1,
    typeTo,
    occurredAt,
    accountFrom: typeTo + 1,
    accountTo: account === null ? 0 : accountTo,
    userFrom: accountTo + 1,
    userTo: user === null ? 0 : body.length,
  };
}
