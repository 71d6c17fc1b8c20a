import type { AnswerStore } from "../../api/ports.ts";
import { answersKeptBytesMax, answersKeptMax } from "../../domain/limits.ts";
import { reportLine } from "../report.ts";

const keepSql = `INSERT INTO analysis_answers (key, at, kept_until, bytes, answer_json) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (key) DO UPDATE SET at = excluded.at, kept_until = excluded.kept_until, bytes = excluded.bytes, answer_json = excluded.answer_json
WHERE excluded.at >= analysis_answers.at`;
/** The newest stay, as many as there is room for. */
const trimSql = `DELETE FROM analysis_answers WHERE key IN (
  SELECT key FROM (SELECT key, row_number() OVER newest AS place, sum(bytes) OVER newest AS so_far FROM analysis_answers
    WINDOW newest AS (ORDER BY at DESC, key))
  WHERE place > ?1 OR so_far > ?2)`;

/** Answers that were made are a convenience: where they cannot be read or kept, the question is answered anew. Never rejects. */
export function answerStore(db: D1Database): AnswerStore {
  return {
    async answer(key, now) {
      try {
        const row = await db
          .prepare("SELECT answer_json AS json FROM analysis_answers WHERE key = ?1 AND at <= ?2 AND kept_until > ?2")
          .bind(key, now)
          .first<{ json: string }>();
        return row === null ? null : (JSON.parse(row.json) as object);
      } catch (error) {
        reportLine("answer_not_read", { error: String(error) });
        return null;
      }
    },
    async keepAnswer(key, answer, { at, keptUntil, bytes }) {
      try {
        await db.batch([
          db.prepare(keepSql).bind(key, at, keptUntil, bytes, answer),
          db.prepare(trimSql).bind(answersKeptMax, answersKeptBytesMax),
        ]);
      } catch (error) {
        reportLine("answer_not_kept", { error: String(error) });
      }
    },
  };
}

/** Takes away what may not be given any more. */
export const forgetAnswers = async (db: D1Database, now: number): Promise<void> =>
  void (await db.prepare("DELETE FROM analysis_answers WHERE kept_until <= ?1").bind(now).run());
