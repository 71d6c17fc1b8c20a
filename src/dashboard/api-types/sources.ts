/** `quiet`: nothing has come for longer than the target, but what came was in time. */
export type SourceStatus = "fresh" | "quiet" | "idle" | "late" | "imported" | "waiting" | "paused" | "ended";

/** `resting`: nothing of it for a while, as is usual, while the stream goes on; `stopped`: figures made of it are held. */
export type SourceKind = {
  readonly kind: "usage" | "support" | "engagement" | "success" | "revenue";
  readonly newestAt: string;
  readonly knownTo: string;
  readonly usualPauseSeconds: number | null;
  readonly status: "fresh" | "resting" | "stopped";
};

/** `partial`: something came and something was refused or rejected; `down`: the door took nothing and refused; `none`: nothing was sent here. */
export type SourceDayStatus = "complete" | "partial" | "down" | "none";

export type SourceDay = {
  /** UTC day of receipt. */
  readonly day: string;
  readonly status: SourceDayStatus;
  readonly events: number;
  /** Events that came and were not valid. */
  readonly rejected: number;
  /** Of `events`, those that were set aside because they could not be counted. */
  readonly failed: number;
  /** Requests that the door refused. */
  readonly refused: number;
  /** For this day and the one before. */
  readonly completeness: number | null;
  /** How far the stream had come by the end of that day. */
  readonly watermark: string | null;
  /** Whole hours in which the door refused. */
  readonly gaps: readonly { readonly from: string; readonly to: string; readonly refused: number }[];
};

export type SourceError = {
  readonly at: string;
  /** `refused`: a request, at the door. The others: an event that came in. */
  readonly kind: "refused" | "rejected" | "quarantined" | "deadLettered";
  readonly reason: string;
  /** Plain words, with what to do. */
  readonly detail: string;
  /** Requests and events together. */
  readonly count24h: number;
  /** Of them, requests that the door refused. */
  readonly refused24h: number;
};

export type Source = {
  readonly connectionId: string;
  readonly connector: string;
  readonly name: string;
  readonly connectionStatus: "active" | "paused" | null;
  readonly stream: string | null;
  readonly watermark: string | null;
  readonly lagSeconds: number | null;
  readonly freshnessTargetSeconds: number;
  /** How far its events were dated ahead of our clock, when they last were. */
  readonly clockSkewMs: number;
  /** The least time from what happened to its arrival, since yesterday. */
  readonly leastDelayMs: number | null;
  readonly lastReceivedAt: string | null;
  readonly lastSuccessAt: string | null;
  readonly accepted: number;
  readonly rejected: number;
  readonly completeness: number | null;
  /** The last 14 days, oldest first. */
  readonly completenessDays: readonly SourceDay[];
  readonly lastError: SourceError | null;
  readonly kinds: readonly SourceKind[];
  /** What it has not told yet is waited for: while it is silent, figures are held. */
  readonly awaited: boolean;
  readonly status: SourceStatus;
};

/** What an event of our own each minute measures, over a day. */
export type Canary = {
  readonly seen: number;
  readonly lastAt: string;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
};

/** An account shard whose timer was late, the last time; of 24 hours, the newest first. */
export type OverdueAlarm = { readonly shard: string; readonly at: string; readonly overdueMs: number };
export type Sources = {
  readonly items: readonly Source[];
  readonly canary: Canary | null;
  /** Null: not known. */
  readonly overdueAlarms: readonly OverdueAlarm[] | null;
  readonly asOf: string;
};
