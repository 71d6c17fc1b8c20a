import { expect, test } from "vitest";
import { lookupRoundsMax } from "../../../src/domain/limits.ts";
import type { LookupReply } from "../../../src/domain/identity/messages.ts";
import { KeyViews } from "../../../src/pipeline/key-views.ts";
import { Reaching } from "../../../src/pipeline/reaching.ts";
import { MemoryDirectory } from "../../support/identity-world.ts";

const now = (): number => 1_000;
const reaching = new Reaching(now);

function directoryOf(...keys: readonly string[]): MemoryDirectory {
  const directory = new MemoryDirectory();
  for (const key of keys) directory.link(key, "acme");
  return directory;
}

test("a batch knows all its keys where another beside it was told that everything may have changed", async () => {
  const directory = directoryOf("user|a", "user|b");
  const views = new KeyViews();
  await views.refresh(new Set(["user|a"]), directory, reaching, now);
  const held = Promise.withResolvers<void>();
  const slow = {
    async lookup(keys: readonly string[], cursor: string | null): Promise<LookupReply> {
      const reply = await directory.lookup(keys, cursor);
      await held.promise;
      return reply;
    },
  };
  const batch = views.refresh(new Set(["user|a", "user|b"]), slow, reaching, now);
  let told = 0;
  const forgetful = {
    lookup: async (keys: readonly string[], cursor: string | null): Promise<LookupReply> => ({
      ...(await directory.lookup(keys, cursor)),
      ...(told++ === 0 && { changed: "all" }),
    }),
  };
  expect([...(await views.refresh(new Set(["user|c"]), forgetful, reaching, now))]).toEqual([["user|c", null]]);
  held.resolve();
  const found = await batch;
  expect([...found.keys()].sort()).toEqual(["user|a", "user|b"]);
  expect(found.get("user|a")).toEqual(directory.viewOf("user|a"));
});

test("a directory that each time says that everything may have changed is asked a bounded number of times", async () => {
  const directory = directoryOf("user|a");
  const restless = {
    lookup: async (keys: readonly string[], cursor: string | null): Promise<LookupReply> => ({
      ...(await directory.lookup(keys, cursor)),
      changed: "all",
    }),
  };
  await new KeyViews().refresh(new Set(["user|a"]), restless, reaching, now);
  expect(directory.calls.lookup).toBe(lookupRoundsMax);
});
