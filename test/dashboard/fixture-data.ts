/** A made-up book of accounts in the JSON of docs/api.md: the same for the same seed and clock, so that pictures can be compared. */
import type { AccountRow } from "../../src/domain/account-row.ts";
import type { HealthMove } from "../../src/domain/health/document.ts";
import type { Risk90 } from "../../src/domain/risk/model.ts";
import type {
  Child,
  Account,
  Band,
  HealthHistory,
  HealthReading,
  HistoryPoint,
  Measure,
  MeasureHistory,
  MeasurePoint,
  Ticket,
  Restatement,
  TimelineItem,
  Verdict,
} from "../../src/dashboard/api-types.ts";

const dayMs = 86_400_000;
export type Story = "growing" | "steady" | "silent" | "angry" | "churning" | "new";
const stories: readonly Story[] = ["steady", "growing", "steady", "angry", "steady", "silent", "growing", "churning", "steady", "new"];

/** mulberry32: 32-bit state, enough for names and curves. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const first = [
  "Aster",
  "Birch",
  "Cobalt",
  "Delta",
  "Ember",
  "Fjord",
  "Garnet",
  "Harbor",
  "Iris",
  "Juniper",
  "Kestrel",
  "Lumen",
  "Mosaic",
  "Nimbus",
  "Opal",
  "Pioneer",
  "Quarry",
  "Rowan",
  "Summit",
  "Tundra",
];
const second = ["Logistics", "Health", "Labs", "Foods", "Energy", "Media", "Robotics", "Insurance", "Retail", "Analytics"];
const owners = ["ann.keller@example.com", "bo.lind@example.com", "chidi.okafor@example.com", "dana.reyes@example.com"];
const segments = ["enterprise", "mid-market", "self-serve"];
const plans = ["pro", "business", "starter"];

export const bandOf = (score: number | null): Band =>
  score === null ? "not_enough_data" : score >= 80 ? "healthy" : score >= 60 ? "watch" : score >= 40 ? "at_risk" : "critical";
const clip = (score: number): number => Math.max(2, Math.min(98, score));

function scoreDaysOf(story: Story, random: () => number): (number | null)[] {
  const base = 58 + random() * 30;
  const trend = { growing: 0.28, steady: 0, silent: -0.35, angry: -0.1, churning: -0.55, new: 0.6 }[story];
  let wander = 0;
  return Array.from({ length: 90 }, (_, day) => {
    wander = wander * 0.9 + (random() - 0.5) * 3;
    if (story === "new" && day < 86) return null;
    if (story === "silent" && day > 60 && day < 66) return null;
    const anger = story === "angry" && day > 74 ? (day - 74) * -1.6 : 0;
    return Number(clip(base + (day - 45) * trend + wander + anger).toFixed(2));
  });
}

const measureTitles: Readonly<Record<string, string>> = {
  seat_use: "Seat use",
  stickiness: "Stickiness",
  trend: "Usage trend",
  recency: "Days since last use",
  breadth: "Breadth of features",
  backlog: "Open backlog",
  volume: "Ticket volume",
  reopen: "Reopen rate",
  csat: "CSAT",
};

function movesOf(story: Story, change: number, random: () => number): HealthMove[] {
  const names = story === "angry" ? ["backlog", "csat", "trend"] : ["trend", "seat_use", "stickiness"];
  const shares = [0.7, 0.45, -0.15];
  if (Math.abs(change) < 0.05) return [];
  return names.map((measure, index) => {
    const delta = change * (shares[index] ?? 0);
    const from = (random() - 0.5) * 6;
    return {
      measure,
      title: measureTitles[measure] ?? measure,
      delta,
      from,
      to: from + delta,
      cause: index === 1 && story === "silent" ? "staleness" : "data",
    };
  });
}

export type FixtureAccount = { row: AccountRow; story: Story; seed: number; override: Verdict | null; opinion: Verdict | null };

/** As a model learned it that knows nothing but the score. */
function riskOf(score: number): Risk90 {
  const at = (logit: number): number => 1 / (1 + Math.exp(-logit));
  const logit = -0.5 - score / 25;
  return {
    probability: at(logit),
    low: at(logit - 0.4),
    high: at(logit + 0.4),
    model: "2026-10",
    learnedFrom: { scope: "all", segment: null, rows: 1_940, accounts: 212, losses: 84 },
  };
}

/** Every third account is judged by a second scorecard beside its own. */
function scoresOf(score: number | null, thin: boolean, index: number): AccountRow["scores"] {
  const own = { scorecard: "standard", score, band: bandOf(score), confidence: thin ? 0.22 : 0.8, configVersion: "default-1" };
  const other = score === null ? null : Math.min(100, score * 0.7 + 4);
  return index % 3 === 0 ? [own, { ...own, scorecard: "self_serve", score: other, band: bandOf(other) }] : [own];
}

export function makeAccounts(count: number, now: number): FixtureAccount[] {
  return Array.from({ length: count }, (_, index) => {
    const random = seeded(index * 7919 + 17);
    const story = stories[index % stories.length] ?? "steady";
    const name = `${first[index % first.length]} ${second[Math.floor(index / first.length) % second.length]}`;
    const id = name.toLowerCase().replace(" ", "-");
    const scoreDays = scoreDaysOf(story, random);
    const thin = index % 37 === 5;
    const last = scoreDays.at(-1) ?? null;
    const score = thin ? null : last;
    const before = thin ? null : (scoreDays.at(-2) ?? null);
    const change = score === null || before === null ? null : score - before;
    const weekAgo = thin ? null : (scoreDays.at(-8) ?? null);
    const seats = 10 + Math.floor(random() * 400);
    const row: AccountRow = {
      id,
      name: index === 3 ? "Delta <b>Logistics</b> & Sons" : name,
      owner: index % 11 === 7 ? null : (owners[index % owners.length] ?? null),
      segment: segments[index % segments.length] ?? null,
      lifecycleStage: story === "new" ? "onboarding" : "adopted",
      plan: plans[index % plans.length] ?? null,
      parentId: null,
      domains: [`${id}.example`],
      externalIds: { zendesk: [String(40_000 + index)] },
      score,
      band: bandOf(score),
      confidence: thin ? 0.22 : 0.6 + random() * 0.35,
      disagreements: [],
      risk90: score === null || index % 9 === 4 ? null : riskOf(score),
      scoreDayAgo: before,
      change,
      changeByConfiguration: change === null ? null : index % 8 === 2 ? -6 : 0,
      waitingBand:
        score !== null && index % 10 === 4 ? { band: bandOf(score - 12), at: new Date(now + 9 * 3_600_000).toISOString() } : null,
      scoreWeekAgo: weekAgo,
      changeWeek: score === null || weekAgo === null ? null : score - weekAgo,
      changeWeekByConfiguration: score === null || weekAgo === null ? null : index % 8 === 2 ? -6 : 0,
      moves: change === null ? [] : movesOf(story, change, random),
      scoreDays: thin ? scoreDays.map(() => null) : scoreDays,
      scoreDaysEnd: new Date(now).toISOString().slice(0, 10),
      events: Math.floor(200 + random() * 9000),
      openTickets: story === "angry" ? 4 + Math.floor(random() * 9) : Math.floor(random() * 3),
      activeUsers28d: Math.floor(seats * (story === "silent" ? 0.1 : 0.55)),
      arr: index % 13 === 4 ? null : { amount: seats * 24_000, currency: index % 5 === 0 ? "USD" : "EUR" },
      arrUnconverted: index % 13 === 4 && index % 2 === 0 ? [{ amount: seats * 300_000, currency: "ISK" }] : [],
      renewalDate: new Date(now + Math.floor(random() * 360) * dayMs).toISOString().slice(0, 10),
      lastEventAt: new Date(now - Math.floor(story === "silent" ? 9 * dayMs + random() * dayMs : random() * 7_200_000)).toISOString(),
      setAside: index === 11,
      computedAt: new Date(now - 4000).toISOString(),
      configVersion: "default-1",
      scores: scoresOf(score, thin, index),
      epoch: 1,
      number: 40,
    };
    return { row, story, seed: index * 7919 + 17, override: null, opinion: null };
  });
}

export function accountOf({ row }: FixtureAccount, now: number): Account {
  const asOf = new Date(now - 86_400_000).toISOString();
  const person = (value: unknown) => ({ value, source: "person:tok_fixture", asOf });
  return {
    id: row.id,
    name: row.name,
    domains: row.domains,
    externalIds: row.externalIds,
    attributes: {
      ...(row.owner === null ? {} : { owner: person(row.owner) }),
      segment: person(row.segment),
      plan: person(row.plan),
      lifecycleStage: person(row.lifecycleStage),
      seats: person(Math.round((row.activeUsers28d / 0.55) * 1.1)),
      renewalDate: person(row.renewalDate),
      ...(row.arr === null ? {} : { arr: person(row.arr.amount), currency: person(row.arr.currency) }),
      timeZone: person("Europe/Berlin"),
    },
    parentId: null,
    arr: row.arr,
    arrUnconverted: row.arrUnconverted,
    events: row.events,
    firstEventAt: new Date(now - 90 * dayMs).toISOString(),
    lastEventAt: row.lastEventAt,
    lastReceivedAt: row.lastEventAt,
    score: row.score,
    computedScore: row.score,
    band: row.band as Band,
    confidence: row.confidence,
    scoreDayAgo: row.scoreDayAgo,
    change: row.change,
    changeByConfiguration: row.changeByConfiguration,
    moves: row.moves,
    scores: row.scores,
    setAside: row.setAside
      ? { since: new Date(now - 3_600_000).toISOString(), reason: "an event could not be counted", heldEvents: 12 }
      : null,
    asOf: row.computedAt,
    configVersion: row.configVersion,
  };
}

type Plan = { dimension: string; key: string; unit: string; weight: number; missing?: string };
const plan: readonly Plan[] = [
  { dimension: "usage", key: "seat_use", unit: "ratio", weight: 0.25 },
  { dimension: "usage", key: "stickiness", unit: "ratio", weight: 0.15 },
  { dimension: "usage", key: "breadth", unit: "ratio", weight: 0.2, missing: "the plan's features are not known" },
  { dimension: "usage", key: "trend", unit: "log ratio", weight: 0.2 },
  { dimension: "usage", key: "recency", unit: "days", weight: 0.05 },
  { dimension: "support", key: "backlog", unit: "weighted tickets per 100 seats", weight: 0.3 },
  { dimension: "support", key: "volume", unit: "standard deviations", weight: 0.15 },
  { dimension: "support", key: "reopen", unit: "ratio", weight: 0.1 },
  { dimension: "support", key: "csat", unit: "ratio", weight: 0.25 },
];
const dimensionWeights: Readonly<Record<string, { title: string; weight: number; share: number }>> = {
  usage: { title: "Usage", weight: 0.3, share: 0.6 },
  support: { title: "Support", weight: 0.2, share: 0.4 },
};

const effectiveWeightOf = (one: Plan): number => {
  const within = plan
    .filter((other) => other.dimension === one.dimension && other.missing === undefined)
    .reduce((sum, other) => sum + other.weight, 0);
  return one.missing === undefined ? ((dimensionWeights[one.dimension]?.share ?? 0.5) * one.weight) / within : 0;
};

/** A value that such a score could stand for. */
const valueOf = (unit: string, score: number): number =>
  unit === "ratio" ? score / 110 : unit === "log ratio" ? (score - 50) / 100 : Number((4 - score / 30).toFixed(2));

/** Measure scores that scatter around the row's score and whose weighted mean is exactly it. */
export function healthOf({ row, seed, story, override, opinion }: FixtureAccount): HealthReading {
  const random = seeded(seed + 5);
  const middle = row.score ?? 50;
  const room = Math.min(middle, 100 - middle) * 0.9;
  const scatter = new Map(plan.map((one) => [one.key, (random() - 0.5) * room]));
  const mean = plan.reduce((sum, one) => sum + effectiveWeightOf(one) * (scatter.get(one.key) ?? 0), 0);
  const scoreOf = (one: Plan): number => middle + (scatter.get(one.key) ?? 0) - mean;
  const measure = (one: Plan): Measure => {
    const effectiveWeight = effectiveWeightOf(one);
    const score = one.missing === undefined ? scoreOf(one) : null;
    const contribution = score === null ? 0 : effectiveWeight * (score - 50);
    const stale = story === "silent" && one.key === "csat";
    return {
      key: one.key,
      title: measureTitles[one.key] ?? one.key,
      value: score === null ? null : valueOf(one.unit, score),
      unit: one.unit,
      score,
      weight: one.weight,
      effectiveWeight,
      contribution,
      possible: effectiveWeight * 50,
      asOf: score === null ? null : stale ? new Date(Date.now() - 40 * dayMs).toISOString() : row.lastEventAt,
      window: null,
      freshness: stale ? 0.62 : score === null ? 0 : 1,
      completeness: one.key === "resolution_time" && score !== null ? 0.94 : 1,
      status: score === null ? "missing" : stale ? "stale" : "ok",
      ...(stale && {
        waitsFor: [{ connectionId: "tok_edge", knownTo: new Date(Date.now() - 9 * dayMs).toISOString() }],
        sendersUpToDate: 1,
      }),
      ...(one.missing === undefined ? {} : { note: one.missing }),
      ...(one.key === "csat" ? { fromOthers: { figure: { setting: "priorRate", value: 0.9, segment: row.segment, accounts: 42 } } } : {}),
    };
  };
  return {
    score: override?.value ?? row.score,
    computedScore: row.score,
    scoreBeforeCaps: row.score,
    band: override === null ? (row.band as Band) : bandOf(override.value),
    confidence: row.confidence,
    dimensions: [
      ...(row.band === "not_enough_data" ? [unfedDimension] : []),
      ...Object.entries(dimensionWeights).map(([key, dimension]) => {
        const planned = plan.filter((one) => one.dimension === key);
        const measures = planned.map(measure);
        const gained = measures.reduce((sum, one) => sum + one.contribution, 0);
        return {
          key,
          title: dimension.title,
          weight: dimension.weight,
          score: planned.reduce((sum, one) => sum + (effectiveWeightOf(one) / dimension.share) * scoreOf(one), 0),
          gained,
          couldHaveGained: dimension.share * 50 - gained,
          measures,
        };
      }),
    ],
    caps: [],
    flags: [],
    override,
    opinion,
    nextBand: nextBandOf(row.score),
    waitingBand: row.id === "ember-logistics" ? { band: "critical", at: new Date(Date.now() + 3_600_000).toISOString() } : null,
    risk90: row.risk90,
    agreement: { forecastArrRatio: -0.24, disagreements: row.id === parentId ? ["forecast"] : [] },
    rollup: row.id === parentId ? rollup : null,
    asOf: row.computedAt,
    watermarks: { "con_zendesk/tickets": row.lastEventAt },
    scorecard: "standard-2",
    configVersion: row.configVersion,
  };
}

/** One measure along the account's scores, on windows of 28 days; those of support look at how things stand, as an open ticket does. */
export function measureHistoryOf(account: FixtureAccount, key: string, history: HealthHistory): MeasureHistory {
  const planned = plan.find((one) => one.key === key) ?? plan[0]!;
  const weight = effectiveWeightOf(planned);
  const point = ({ at, score }: HistoryPoint): MeasurePoint => {
    const missing = score === null || planned.missing !== undefined;
    const midnight = Date.parse(at) - (Date.parse(at) % dayMs);
    const window = { from: new Date(midnight - 27 * dayMs).toISOString(), to: at };
    return {
      at,
      value: missing ? null : valueOf(planned.unit, score),
      score: missing ? null : score,
      effectiveWeight: missing ? 0 : weight,
      contribution: missing ? 0 : weight * (score - 50),
      freshness: missing ? 0 : 1,
      asOf: missing ? null : at,
      window: planned.dimension === "usage" ? window : null,
      status: missing ? "missing" : "ok",
      ...(missing ? { note: planned.missing ?? "No events yet." } : {}),
      configVersion: account.row.configVersion,
    };
  };
  const { from, to, step } = history;
  return { key, title: measureTitles[key] ?? key, unit: planned.unit, from, to, step, points: history.points.map(point) };
}

/** What an account of whom too little is known lacks. */
const unfedDimension: HealthReading["dimensions"][number] = {
  key: "relationship",
  title: "Relationship",
  weight: 15,
  score: null,
  gained: 0,
  couldHaveGained: 0,
  measures: [
    {
      key: "reply_share",
      title: "Reply share",
      value: null,
      unit: "ratio",
      score: null,
      weight: 1,
      effectiveWeight: 0,
      contribution: 0,
      possible: 0,
      asOf: null,
      window: null,
      freshness: 0,
      completeness: 1,
      status: "missing",
    },
  ],
};

/** The one account with accounts below it. */
const parentId = "delta-logistics";
export const childrenOf = ({ row }: FixtureAccount): Child[] =>
  row.id !== parentId
    ? []
    : [
        {
          id: "pioneer-logistics",
          name: "Pioneer <b>Nord</b>",
          score: 31.4,
          band: "critical",
          arr: { amount: 4_200_000, currency: "EUR" },
        },
        { id: "harbor-foods", name: "Harbor Foods", score: 74, band: "watch", arr: { amount: 9_900_000, currency: "EUR" } },
        { id: "delta-south", name: null, score: null, band: "not_enough_data", arr: null },
      ];
const rollup: HealthReading["rollup"] = {
  status: "known",
  score: 61.3,
  accounts: 3,
  weighed: 2,
  currency: "EUR",
  worst: { id: "pioneer-logistics", name: "Pioneer <b>Nord</b>", score: 31.4 },
  leftOutAccounts: 1,
  leftOut: [{ id: "delta-south", name: null, why: "no_score" }],
  asOf: new Date().toISOString(),
};

function nextBandOf(score: number | null): HealthReading["nextBand"] {
  const from = [40, 60, 80].find((edge) => score !== null && score < edge);
  if (score === null || from === undefined) return null;
  const step = { measure: "seat_use", title: "Seat use", unit: "ratio", from: 0.35, to: 0.52, scoreFrom: 25, scoreTo: 53.3 };
  return { band: bandOf(from), points: from - score, step, together: [], heldBy: null };
}

const subjects = [
  "Export stops at 10,000 rows",
  "SSO login loops back",
  "Invoice shows the wrong VAT id",
  "Dashboard is slow on Mondays",
  "<script>alert(1)</script> in a subject",
  "Can we rename a workspace?",
];

export function ticketsOf({ row, seed, story }: FixtureAccount, now: number): Ticket[] {
  const random = seeded(seed + 9);
  return Array.from({ length: story === "angry" ? 14 : 4 }, (_, index) => {
    const createdAt = now - Math.floor((index + random()) * (story === "angry" ? 2 : 12) * dayMs);
    const open = index < row.openTickets;
    return {
      ticketId: String(9000 - index),
      connectionId: "con_zendesk",
      subject: subjects[(index + seed) % subjects.length] ?? null,
      status: open ? "open" : "solved",
      open,
      priority: (["low", "normal", "high", "urgent"] as const)[index % 4] ?? null,
      createdAt: new Date(createdAt).toISOString(),
      updatedAt: new Date(Math.min(now - 60_000, createdAt + 5 * 3_600_000)).toISOString(),
      transitions: [{ at: new Date(createdAt).toISOString(), kind: "created" }],
      rating:
        !open && index % 3 === 0 ? { score: story === "angry" ? "bad" : "good", at: new Date(createdAt + dayMs).toISOString() } : null,
      publicComments: index,
    };
  });
}

export function restatementsOf(account: FixtureAccount, now: number): Restatement[] {
  const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
  return timelineOf(account, now)
    .filter(({ restated }) => restated)
    .map(({ id, connectionId, type, occurredAt }, index) => {
      const at = Date.parse(occurredAt) - 10 * dayMs;
      return {
        eventId: id,
        connectionId,
        type,
        occurredAt: new Date(at).toISOString(),
        receivedAt: occurredAt,
        figures: [
          { metric: "events", day: dayOf(at), to: null, change: 1, currency: null },
          { metric: "active_users_7d", day: dayOf(at), to: dayOf(at + 6 * dayMs), change: 1, currency: null },
          { metric: "session_length_p50", day: dayOf(at), to: null, change: index === 0 ? null : -240, currency: null },
          { metric: "mrr", day: dayOf(at), to: dayOf(now - dayMs), change: 49_900, currency: "EUR" },
        ],
        measures: [{ key: "seat_use", title: "Seat use", day: dayOf(at), to: dayOf(now - dayMs) }],
      };
    });
}

const types = ["feature.used", "page.viewed", "ticket.updated", "user.signed_in", "session.started", "session.closed"] as const;
export function timelineOf({ seed, row }: FixtureAccount, now: number): TimelineItem[] {
  const random = seeded(seed + 13);
  let at = Date.parse(row.lastEventAt ?? new Date(now).toISOString());
  return Array.from({ length: 140 }, (_, index) => {
    at -= Math.floor(random() * 5_400_000);
    const type = types[Math.floor(random() * types.length)] ?? "page.viewed";
    return {
      id: `con_product/ev_${seed}_${index}`,
      type,
      occurredAt: new Date(at).toISOString(),
      receivedAt: new Date(at + 1200).toISOString(),
      connectionId: type === "session.closed" ? "pulseline" : type.startsWith("ticket") ? "con_zendesk" : "con_product",
      connector: type === "session.closed" ? "pulseline" : type.startsWith("ticket") ? "zendesk" : "native",
      userId: type.startsWith("ticket") ? null : `u_${index % 40}`,
      userName: type.startsWith("ticket") || index % 3 === 0 ? null : "Ana Keller",
      data:
        type === "feature.used"
          ? { feature: ["export", "report", "share"][index % 3] }
          : type.startsWith("ticket")
            ? { ticketId: String(9000 - (index % 4)), status: "open" }
            : type === "session.closed"
              ? {
                  startedAt: new Date(at - 2_700_000).toISOString(),
                  lastActivityAt: new Date(at - 1_800_000).toISOString(),
                  seconds: 900,
                  events: 1 + (index % 9),
                }
              : { page: "/home" },
      outcome: type === "session.closed" ? "derived" : "applied",
      restated: index % 40 === 7,
      deliveryId: `dlv_${String(index % 70).padStart(4, "0")}`,
    };
  });
}
