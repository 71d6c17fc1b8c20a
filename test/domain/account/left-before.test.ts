import fc from "fast-check";
import { expect, test } from "vitest";
import { LeftBefore, type LeavingNote, type Versions } from "../../../src/domain/account/left-before.ts";
import { leavingAccountsKept } from "../../../src/domain/limits.ts";

/** As it is defined: from what is released by now back to the note, note by note. */
function byDefinition(released: Versions, notes: readonly LeavingNote[], number: number): Versions {
  let versions = new Map(released);
  for (const { what, before = 0, had } of notes.filter((note) => note.number >= number).toReversed()) {
    if (had !== undefined) versions = new Map(had);
    else if (what !== "all") versions.set(what.key, before);
  }
  return versions;
}

/** Below version 0 nothing has left: the same as never. */
const versionsOf = (versions: Versions): unknown => new Map([...versions].filter(([, version]) => version > 0));

const accounts = leavingAccountsKept + 2;
const release = fc.record({
  account: fc.nat({ max: accounts - 1 }),
  key: fc.constantFrom("a", "b", "c", "all", "old"),
  /** How many notes are worked after it, and how often each is looked at. */
  worked: fc.nat({ max: 2 }),
  steps: fc.integer({ min: 1, max: 3 }),
});

test("what had left before a note is the same at each step, whatever begins to leave meanwhile", () => {
  fc.assert(
    fc.property(fc.array(release, { maxLength: 40 }), (releases) => {
      const left = new LeftBefore();
      const released = Array.from({ length: accounts }, () => new Map<string, number>());
      const notes: (LeavingNote & { account: number })[] = [];
      const work = (steps: number): void => {
        const [note] = notes;
        if (note === undefined) return;
        const { account, number } = note;
        const own = notes.filter((one) => one.account === account);
        const versions = released[account] as Versions;
        for (let step = 0; step < steps; step++)
          expect(versionsOf(left.of(account, number, versions, () => own.toReversed()))).toEqual(
            versionsOf(byDefinition(versions, own, number)),
          );
        notes.shift();
        left.done(account, number);
      };
      for (const { account, key, worked, steps } of releases) {
        const own = released[account] as Map<string, number>;
        const before = own.get(key) ?? 0;
        const had = key === "old" ? [...own] : undefined;
        const what = key === "all" ? key : { key, version: before + 1 };
        // As a table numbers its rows: the greatest that is there, and one.
        notes.push({ account, number: (notes.at(-1)?.number ?? 0) + 1, what, before, had });
        if (what !== "all") own.set(key, before + 1);
        for (let i = 0; i < worked; i++) work(steps);
      }
      while (notes.length > 0) work(1);
    }),
    { numRuns: 200 },
  );
});

test("a thousand keys that leave together are read a thousand times, not half a million", () => {
  const left = new LeftBefore();
  const all = Array.from({ length: 1_000 }, (_, i): LeavingNote => ({ number: i, what: { key: `k${i}`, version: 2 }, before: 1 }));
  const released = new Map(all.map((_, i) => [`k${i}`, 2]));
  let read = 0;
  function* from(number: number): Generator<LeavingNote> {
    for (const note of all.slice(number).toReversed()) {
      read++;
      yield note;
    }
  }
  for (const { number } of all) {
    const versions = left.of(7, number, released, () => from(number));
    expect([versions.get(`k${number - 1}`), versions.get(`k${number}`)]).toEqual([number === 0 ? undefined : 2, 1]);
    left.done(7, number);
  }
  expect(read).toBe(1_000);
});
