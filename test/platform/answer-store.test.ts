import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { answersKeptBytesMax, answersKeptMax } from "../../src/domain/limits.ts";
import type { Env } from "../../src/env.ts";
import { answerStore, forgetAnswers } from "../../src/platform/d1/answer-store.ts";

const db = (env as unknown as Env).DB;
const store = answerStore(db);
const keep = (key: string, at: number, bytes = 10) => store.keepAnswer(key, JSON.stringify({ at }), { at, keptUntil: at + 100, bytes });
const keys = async (): Promise<readonly string[]> =>
  (await db.prepare("SELECT key FROM analysis_answers ORDER BY at").all<{ key: string }>()).results.map(({ key }) => key);
beforeEach(() => db.prepare("DELETE FROM analysis_answers").run());

describe("answers that were made", () => {
  test("are given while they are fresh, and a newer one takes the place of an older, in whatever order they come", async () => {
    await keep("a", 1_000);
    await keep("a", 900);
    expect(await store.answer("a", 1_050)).toEqual({ at: 1_000 });
    expect([await store.answer("a", 1_100), await store.answer("b", 1_050)]).toEqual([null, null]);
    await forgetAnswers(db, 1_100);
    expect(await keys()).toEqual([]);
  });

  test("are kept within a bound of their number and of their bytes, the newest longest", async () => {
    await db.batch(
      Array.from({ length: answersKeptMax }, (_, i) =>
        db.prepare("INSERT INTO analysis_answers VALUES (?1, ?2, 9e9, 10, '{}')").bind(`k${i}`, i),
      ),
    );
    await keep("newest", 5_000);
    expect([(await keys()).length, (await keys())[0]]).toEqual([answersKeptMax, "k1"]);
    await keep("huge", 6_000, answersKeptBytesMax - 10);
    expect(await keys()).toEqual(["newest", "huge"]);
  });

  test("are missed without harm when the database is down", async () => {
    const down = answerStore({
      prepare: () => ({ bind: () => ({ first: () => Promise.reject(new Error("down")) }) }),
    } as unknown as D1Database);
    expect(await down.answer("a", 1)).toBeNull();
    await expect(down.keepAnswer("a", "{}", { at: 1, keptUntil: 2, bytes: 2 })).resolves.toBeUndefined();
  });
});
