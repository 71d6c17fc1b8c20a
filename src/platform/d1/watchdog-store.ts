import type { FullShard, OverdueAlarm } from "../../domain/watchdog.ts";
import { fullShardsKeptMs, overdueAlarmsKeptMs, overdueAlarmsShown } from "../../domain/limits.ts";

/** What the minute's sweep found of account shards, the last time of each, for a day: alarms that were overdue, and storage that is nearly full. */
export const watchdogStore = (db: D1Database) => ({
  async noteOverdue({ shard, at, overdueMs }: OverdueAlarm): Promise<void> {
    await db.batch([
      db
        .prepare("INSERT OR REPLACE INTO overdue_alarms (shard, at, overdue_ms) VALUES (?1, ?2, ?3)")
        .bind(shard, at, Math.round(overdueMs)),
      db.prepare("DELETE FROM overdue_alarms WHERE at < ?1").bind(at - overdueAlarmsKeptMs),
    ]);
  },
  async noteFull({ shard, at, bytes }: FullShard): Promise<void> {
    await db.batch([
      db.prepare("INSERT OR REPLACE INTO full_shards (shard, at, bytes) VALUES (?1, ?2, ?3)").bind(shard, at, bytes),
      db.prepare("DELETE FROM full_shards WHERE at < ?1").bind(at - fullShardsKeptMs),
    ]);
  },
  /** How many they are. */
  async fullShards(since: number): Promise<number> {
    const row = await db.prepare("SELECT count(*) AS n FROM full_shards WHERE at >= ?1").bind(since).first<{ n: number }>();
    return row?.n ?? 0;
  },
  /** The newest first. */
  async overdueAlarms(since: number): Promise<readonly OverdueAlarm[]> {
    const rows = await db
      .prepare("SELECT shard, at, overdue_ms AS overdueMs FROM overdue_alarms WHERE at >= ?1 ORDER BY at DESC LIMIT ?2")
      .bind(since, overdueAlarmsShown)
      .all<OverdueAlarm>();
    return rows.results;
  },
  async overdueAlarmShards(since: number): Promise<number> {
    const row = await db.prepare("SELECT count(*) AS n FROM overdue_alarms WHERE at >= ?1").bind(since).first<{ n: number }>();
    return row?.n ?? 0;
  },
});
