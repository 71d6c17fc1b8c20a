import { env as testEnv } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { apiCredentialFreshMs, sessionMs } from "../../src/domain/limits.ts";
import type { Env } from "../../src/env.ts";
import { sessionStore } from "../../src/platform/d1/session-store.ts";
import { endSession, isSessionEnded } from "../../src/platform/ended-sessions.ts";

const { DB } = testEnv as unknown as Env;
const down = (): never => {
  throw new Error("D1 is down");
};
const withoutD1: D1Database = { prepare: down, batch: down, exec: down, withSession: down, dump: down };
const later = (ms: number): void => void vi.setSystemTime(Date.now() + ms);

afterEach(() => {
  vi.useRealTimers();
});

describe("a session that somebody signed out of", () => {
  it("is over at once where that was asked, with the database down too", async () => {
    expect(await isSessionEnded(DB, "here")).toBe(false);
    await endSession(DB, "here", Date.now() + sessionMs, Date.now());
    expect(await isSessionEnded(DB, "here")).toBe(true);
    expect(await isSessionEnded(withoutD1, "here")).toBe(true);
  });

  it("is over elsewhere as soon as a revoked token is", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    expect(await isSessionEnded(DB, "elsewhere")).toBe(false);
    await sessionStore(DB).endSession("elsewhere", Date.now() + sessionMs, Date.now());
    later(apiCredentialFreshMs - 1);
    expect(await isSessionEnded(DB, "elsewhere")).toBe(false);
    later(1);
    expect(await isSessionEnded(DB, "elsewhere")).toBe(true);
  });

  it("goes on where nobody has heard of it while the database is down, and cannot be ended then", async () => {
    expect(await isSessionEnded(withoutD1, "unheard")).toBe(false);
    await expect(endSession(withoutD1, "unheard", Date.now() + sessionMs, Date.now())).rejects.toThrow("D1 is down");
  });

  it("stays over where a look-up that began before finds nothing or fails after it", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    for (const [hash, answer] of [
      ["late", async (): Promise<[]> => []],
      ["failing", async (): Promise<[]> => down()],
    ] as const) {
      const signedOut = Promise.withResolvers<void>();
      const raw = () => signedOut.promise.then(answer);
      const slow = { prepare: () => ({ bind: () => ({ raw }) }) } as unknown as D1Database;
      const before = isSessionEnded(slow, hash);
      await endSession(DB, hash, Date.now() + sessionMs, Date.now());
      signedOut.resolve();
      expect([hash, await before]).toEqual([hash, true]);
      later(apiCredentialFreshMs);
      expect([hash, await isSessionEnded(withoutD1, hash)]).toEqual([hash, true]);
    }
  });

  it("is remembered until it would have ended by itself", async () => {
    const [first, second] = [1_000, 2_000];
    await endSession(DB, "old", first, 0);
    await endSession(DB, "young", second, first + 1);
    expect([await sessionStore(DB).isSessionEnded("old"), await sessionStore(DB).isSessionEnded("young")]).toEqual([false, true]);
  });
});
