import type { AccountScore, Money } from "../../domain/account-row.ts";
import type { TimelineEntry } from "../../domain/account/messages.ts";
import type { TicketPriority, TicketStatus, TicketTransition } from "../../domain/account/state.ts";
import type { Band, HealthMove } from "../../domain/health/document.ts";
import type { Told } from "./common.ts";

type Named = { readonly id: string; readonly name: string | null };

export type Attribute = { readonly value: unknown; readonly source: string; readonly asOf: string };

export type Account = {
  readonly id: string;
  readonly name: string | null;
  readonly domains: readonly string[];
  readonly externalIds: Readonly<Record<string, readonly string[]>>;
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly parentId: string | null;
  readonly arr: Money | null;
  readonly arrUnconverted: readonly Money[];
  readonly events: number;
  readonly firstEventAt: string | null;
  readonly lastEventAt: string | null;
  readonly lastReceivedAt: string | null;
  readonly score: number | null;
  readonly computedScore: number | null;
  readonly band: Band;
  readonly confidence: number;
  readonly scoreDayAgo: number | null;
  readonly change: number | null;
  readonly changeByConfiguration: number | null;
  readonly moves: readonly HealthMove[];
  /** By its own scorecard first, then by those beside it. */
  readonly scores: readonly AccountScore[];
  readonly setAside: { readonly since: string; readonly reason: string; readonly heldEvents: number } | null;
  readonly asOf: string;
  readonly configVersion: string;
};

/** What its children make of an account; `accounts` null: nobody can say at the moment. */
export type Rollup = {
  readonly status: "known" | "last_known" | "unknown";
  readonly score: number | null;
  readonly accounts: number | null;
  readonly weighed: number;
  readonly currency: string | null;
  readonly worst: (Named & { readonly score: number }) | null;
  readonly leftOutAccounts: number;
  readonly leftOut: readonly (Named & { readonly why: "no_score" | "no_arr" | "no_rate" | "other_currency" })[];
  readonly asOf: string | null;
};

export type Child = Named & { readonly score: number | null; readonly band: Band; readonly arr: Money | null };

export type MetricSeries = {
  readonly metric: string;
  readonly unit: string;
  readonly points: readonly { readonly from: string; readonly to: string; readonly value: number | null }[];
  readonly asOf: string;
};

export type Ticket = {
  readonly ticketId: string;
  readonly connectionId: string;
  readonly subject: string | null;
  readonly status: TicketStatus | null;
  readonly open: boolean;
  readonly priority: TicketPriority | null;
  readonly createdAt: string | null;
  readonly updatedAt: string;
  readonly transitions: readonly { readonly at: string; readonly kind: TicketTransition["kind"] }[];
  readonly rating: { readonly score: "good" | "bad"; readonly at: string } | null;
  readonly publicComments: number;
};

/** `userName`: what the person is called; null: nobody said. */
export type TimelineItem = Told<Omit<TimelineEntry, "userName">, "occurredAt" | "receivedAt"> & { readonly userName: string | null };

/** From one UTC day to another, both included; `to` null: the one day. */
type DaySpan = { readonly day: string; readonly to: string | null };
/** By how much a figure of each of these days was changed; null: it may have been. `currency`: of amounts in minor units. */
export type RestatedFigure = DaySpan & { readonly metric: string; readonly change: number | null; readonly currency: string | null };
export type Restatement = {
  readonly eventId: string;
  readonly connectionId: string;
  readonly type: string;
  readonly occurredAt: string;
  readonly receivedAt: string;
  readonly figures: readonly RestatedFigure[];
  /** Measures of the account's scorecard that look back on it, as of these days. */
  readonly measures: readonly (DaySpan & { readonly key: string; readonly title: string })[];
};
