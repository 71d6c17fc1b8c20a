import {
  type BandEdges,
  type BandFigures,
  bandFigures,
  type PortfolioDay,
  ReckonedDays,
  type ScoreLineOf,
} from "../../domain/portfolio-day.ts";
import { reckonedDaysFreshMs, scoreLinesPerRead } from "../../domain/limits.ts";
import { dayOf } from "../../domain/time.ts";
import type { PortfolioFigures, PortfolioHistory } from "../../api/ports.ts";
import { wallNow } from "../clock.ts";

type Kept = Omit<PortfolioDay, "day" | "takenAt">;
/** Days that were recorded early bear neither their configurations nor what could not be converted. */
type StoredDay = Omit<Kept, "configVersions" | "bands"> &
  Partial<Pick<Kept, "configVersions">> & {
    readonly bands: readonly (Omit<BandFigures, "unconverted"> & Partial<Pick<BandFigures, "unconverted">>)[];
  };

/**
 * Writes how the book stands now as the record of its UTC day; a later one takes its place, so the last one of a day stays. An empty book
 * leaves none.
 */
export async function recordPortfolioDay(db: D1Database, figures: PortfolioFigures, now: number): Promise<void> {
  if (figures.accounts === 0) return;
  const { accounts, scored, averageScore, configVersions } = figures;
  const kept: Kept = { accounts, scored, averageScore, bands: bandFigures(figures.bands, figures.unconverted), configVersions };
  await db.prepare(recordSql).bind(dayOf(now), now, JSON.stringify(kept)).run();
}

const recordSql = `INSERT INTO portfolio_days (day, taken_at, document_json) VALUES (?1, ?2, ?3)
ON CONFLICT (day) DO UPDATE SET taken_at = excluded.taken_at, document_json = excluded.document_json WHERE excluded.taken_at >= portfolio_days.taken_at`;

const lineSql = `SELECT account_id AS id, band, currency, arr_minor AS arrMinor, computed_at AS computedAt, score_days_json AS json
FROM accounts WHERE deleted = 0 AND account_id > ?1 ORDER BY account_id LIMIT ${scoreLinesPerRead}`;
type Line = Pick<ScoreLineOf, "band" | "currency" | "arrMinor"> & {
  readonly id: string;
  readonly computedAt: number;
  readonly json: string;
};

/** Counted here and not by the database: 900,000 scores of 10,000 accounts take it seconds to sort into groups. */
async function reckon(db: D1Database, edges: BandEdges, from: number, to: number): Promise<readonly PortfolioDay[]> {
  const days = new ReckonedDays(edges, from, to);
  for (let after = ""; ;) {
    const { results } = await db.prepare(lineSql).bind(after).all<Line>();
    for (const { computedAt, json, ...rest } of results) {
      const scores = JSON.parse(json) as (number | null)[];
      days.add({ ...rest, firstDay: dayOf(computedAt) - scores.length + 1, scores });
    }
    const last = results.at(-1);
    if (last === undefined || results.length < scoreLinesPerRead) return days.all();
    after = last.id;
  }
}

export function portfolioHistory(db: D1Database): PortfolioHistory {
  return {
    async recordedDays(from, to) {
      const rows = await db
        .prepare("SELECT day, taken_at AS takenAt, document_json AS json FROM portfolio_days WHERE day >= ?1 AND day < ?2 ORDER BY day")
        .bind(from, to)
        .all<{ day: number; takenAt: number; json: string }>();
      return rows.results.map(({ day, takenAt, json }) => {
        const { bands, ...kept } = JSON.parse(json) as StoredDay;
        const whole = bands.map((band) => ({ unconverted: { accounts: 0, amounts: [] }, ...band }));
        return { day, takenAt, configVersions: null, ...kept, bands: whole };
      });
    },
    async reckonedDays(edges, from, to) {
      const key = JSON.stringify([edges, from, to]);
      const known = reckoned.get(db);
      if (known?.key === key && wallNow() < known.until) return known.days;
      const days = await reckon(db, edges, from, to);
      reckoned.set(db, { key, until: wallNow() + reckonedDaysFreshMs, days });
      return days;
    },
  };
}

/** The pass over all lines is long; who looks again soon gets the same. */
const reckoned = new WeakMap<D1Database, { readonly key: string; readonly until: number; readonly days: readonly PortfolioDay[] }>();
