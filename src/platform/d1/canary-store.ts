import type { CanarySighting } from "../../domain/canary.ts";
import { canaryKeptMs, canarySightingsMax } from "../../domain/limits.ts";

/** What the canary has measured: one row a minute, for a day. */
export const canaryStore = (db: D1Database) => ({
  /** The first sighting of one stands: its change may be sent again. */
  async seenCanary({ receivedAt, visibleMs }: CanarySighting): Promise<void> {
    await db.batch([
      db
        .prepare("INSERT INTO canary_sightings (received_at, visible_ms) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
        .bind(receivedAt, visibleMs),
      db.prepare("DELETE FROM canary_sightings WHERE received_at < ?1").bind(receivedAt - canaryKeptMs),
    ]);
  },
  async canarySightings(): Promise<readonly CanarySighting[]> {
    const rows = await db
      .prepare("SELECT received_at AS receivedAt, visible_ms AS visibleMs FROM canary_sightings ORDER BY received_at DESC LIMIT ?1")
      .bind(canarySightingsMax)
      .all<CanarySighting>();
    return rows.results;
  },
});
