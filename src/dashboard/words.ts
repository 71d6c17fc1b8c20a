import type {
  AccountRow,
  Agreement,
  Band,
  DeliveryOutcome,
  DeliveryStatus,
  HealthMove,
  Measure,
  NextBand,
  Risk90,
  Rollup,
  SourceKind,
  SourceStatus,
} from "./api-types.ts";
import type { ConfidenceCause } from "../domain/health/next-band.ts";
import type { OutcomeName } from "../domain/outcome.ts";
import { exactTimeText, moneyText, percentText, plural, pointsText, unknownText, valueText } from "./format.ts";

export const bandWords: Readonly<Record<Band, string>> = {
  healthy: "Healthy",
  watch: "Watch",
  at_risk: "At risk",
  critical: "Critical",
  not_enough_data: "Not enough data",
};
export const bandOrder: readonly Band[] = ["critical", "at_risk", "watch", "healthy", "not_enough_data"];
export type BandFloor = { readonly band: Band; readonly from: number; readonly to: number };
/** Lowest and highest score of each band, from the worst on; the chart shades by them. */
export const bandFloorsOf = (edges: {
  readonly atRiskFrom: number;
  readonly watchFrom: number;
  readonly healthyFrom: number;
}): readonly BandFloor[] => [
  { band: "critical", from: 0, to: edges.atRiskFrom },
  { band: "at_risk", from: edges.atRiskFrom, to: edges.watchFrom },
  { band: "watch", from: edges.watchFrom, to: edges.healthyFrom },
  { band: "healthy", from: edges.healthyFrom, to: 100 },
];
/** Of the scorecards that ship: where the account's own is not known. */
export const shippedBandFloors = bandFloorsOf({ atRiskFrom: 40, watchFrom: 60, healthyFrom: 80 });

/** What of the configuration moved a measure. */
const aspectWords: Readonly<Record<NonNullable<HealthMove["aspect"]>, string>> = {
  weight: "its weight was changed",
  anchors: "its scale was changed",
  definition: "what it measures was changed",
  statistics: "the typical figures of accounts like it were renewed",
  mean: "dimensions are joined in another way",
  added: "added to the scorecard",
  removed: "taken out of the scorecard",
  caps: "the rules were changed",
};

/** How a measure's share of the whole changed. */
const shiftWords: Readonly<Record<NonNullable<HealthMove["shift"]>, string>> = {
  came: "measured now",
  went: "no data any more",
  aged: "data is getting old",
  refreshed: "fresh data again",
  counts_more: "counts more",
  counts_less: "counts less",
};
/** What the others did, where they made room or took it. */
const othersWords = {
  missing: { counts_more: "as others have no data", counts_less: "as others are measured now" },
  staleness: { counts_more: "as data of others is getting old", counts_less: "as data of others is fresh again" },
} as const;

/** What happened beside the figure of the measure itself, and why if others did it; null: its figure moved. */
function causeText(move: HealthMove): { readonly what: string; readonly why?: string } | null {
  const { cause, from, to } = move;
  if (cause === "configuration") return { what: aspectWords[move.aspect ?? "weight"] };
  if (cause !== "staleness" && cause !== "missing") return null;
  // A list may still have a line that older code wrote, which says nothing of the share.
  const shift = move.shift ?? (from === null ? "came" : to === null ? "went" : null);
  if (shift === null) return { what: "counts otherwise than before" };
  const isOthers = shift === "counts_more" || shift === "counts_less";
  return { what: shiftWords[shift], ...(isOthers ? { why: othersWords[cause][shift] } : {}) };
}

/** What happened to a measure, without its number: "Active users got worse", "Seat use: data is getting old". */
export function moveText(move: HealthMove): string {
  if (move.cause === "override") return move.to === 0 ? "Override ended" : "Overridden by a person";
  const cause = causeText(move);
  if (cause !== null) return `${move.title}: ${cause.what}${cause.why === undefined ? "" : `, ${cause.why}`}`;
  return move.delta < 0 ? `${move.title} got worse` : `${move.title} got better`;
}

/** By whom a measure was judged, where that is other accounts: "Against 42 accounts of smb". */
export function othersText({ fromOthers }: Pick<Measure, "fromOthers">): string | null {
  const lender = fromOthers?.anchors ?? fromOthers?.figure;
  if (lender === undefined) return null;
  return `Against ${plural(lender.accounts, "account")}${lender.segment === null ? "" : ` of ${segmentText(lender.segment)}`}`;
}

/** What points the other way than the score, in sentences; none where all agrees. */
export function agreementTexts(agreement: Agreement | null): readonly string[] {
  if (agreement === null) return [];
  const fall = percentText(Math.abs(agreement.forecastArrRatio ?? 0));
  return agreement.disagreements.map((kind) =>
    kind === "forecast"
      ? `The score looks good, but revenue is set to fall by ${fall} within 90 days.`
      : "The score is low, but whoever knows the account says that the relationship is good.",
  );
}

export const noRateText = "As it came: a rate of exchange is missing, so it is in no sum. Upload rates under Settings.";
/** An account's ARR in the reporting currency; where a rate is missing all its parts as they came. */
export const arrText = ({ arr, arrUnconverted }: Pick<AccountRow, "arr" | "arrUnconverted">, how: "exact" | "short"): string =>
  arr === null && arrUnconverted.length > 0 ? arrUnconverted.map((part) => moneyText(part, how)).join(" + ") : moneyText(arr, how);

const leftOutWords = {
  no_score: "no score yet",
  no_arr: "ARR not known",
  no_rate: "no rate of exchange",
  other_currency: "another currency",
} as const;

/** What the children make of their parent, in sentences. */
export function rollupText({ status, score, accounts, weighed, worst, leftOutAccounts, leftOut }: Rollup): string {
  if (accounts === null) return "What the child accounts make together cannot be read at the moment.";
  const all = plural(accounts, "child account");
  const mean =
    score === null
      ? `${all}; a score of all needs one with both a score and an ARR.`
      : `${score.toFixed(1)} of 100: the scores of ${weighed === accounts ? all : `${weighed} of ${all}`}, weighed by their ARR.`;
  const last = worst === null ? "" : ` Lowest: ${worst.name ?? worst.id} with ${worst.score.toFixed(1)}.`;
  const named = leftOut.map(({ id, name, why }) => `${name ?? id} (${leftOutWords[why]})`).join(", ");
  const more = leftOutAccounts > leftOut.length ? " and others" : "";
  const without = leftOutAccounts === 0 || score === null ? "" : ` Left out: ${named}${more}.`;
  return `${mean}${last}${without}${status === "last_known" ? " This was so when the lists could last be read." : ""}`;
}

/** Steadiness holds the band that is shown. */
export const waitingText = ({ band, at }: NonNullable<AccountRow["waitingBand"]>): string =>
  `The score lies in “${bandWords[band]}”. The band changes at once when its edge is crossed by three points, else after a day: ${exactTimeText(Date.parse(at))}`;

/** Why there is nothing to tell: an account that is new has nothing to be compared with. */
export function quietText(row: { readonly score: number | null; readonly scoreDayAgo: number | null }): string {
  if (row.score === null) return "Nothing is measured yet";
  return row.scoreDayAgo === null ? "First scored in the last 24 hours" : "No movement in 24 hours";
}

/** A reason beside the strongest one: with its cause in short where it is not its own figure that moved. */
function shortMoveText(move: HealthMove): string {
  const cause = causeText(move);
  return `${move.title} ${pointsText(move.delta)}${cause === null ? "" : ` (${cause.what})`}`;
}

/** One sentence for a row: the strongest reason in words, the rest in short. */
export function whyText(row: {
  readonly moves: readonly HealthMove[];
  readonly score: number | null;
  readonly scoreDayAgo: number | null;
}): string {
  const [first, ...others] = row.moves;
  if (first === undefined) return quietText(row);
  return [`${moveText(first)} (${pointsText(first.delta)})`, ...others.map(shortMoveText)].join(", ");
}

const countWords = ["One", "Two", "Three", "Four", "Five"] as const;

/** The fewest measures that bring the missing points together, with what each brings. */
function togetherText(together: NextBand["together"]): string {
  if (together === undefined) return "no single measure could bring them alone.";
  const each = together.map(({ title, to, unit, points }) => `${title} to ${valueText(to, unit)} (${pointsText(points)})`);
  const last = each.pop();
  if (last === undefined) return "what is measured could not bring them, not even five measures together.";
  const listed = each.length === 0 ? last : `${each.join(", ")} and ${last}`;
  return `no single measure could bring them alone. ${countWords[each.length] ?? each.length + 1} together would: ${listed}.`;
}

/** Why there is no band, and what would have to come first. */
const confidenceWords: Readonly<Record<ConfidenceCause, string>> = {
  partial: "Too much of what the sources sent lately was not valid and could not be counted: what they send has to be put right first.",
  late: "Too much of what is measured is old: its sources have to catch up first.",
  unmeasured: "Too little is measured: more sources would have to report first.",
};

/** What the next band needs, in a sentence. */
export function nextBandText({ points, step, together, heldBy }: NextBand): string {
  if (heldBy?.kind === "override") return "The band follows the override until it ends.";
  if (heldBy?.kind === "confidence") return confidenceWords[heldBy.cause ?? "unmeasured"];
  if (heldBy?.kind === "steadiness")
    return "The score is there; the band follows once it is crossed by three points or has stayed for a day.";
  if (heldBy?.kind === "cap") return "A cap holds the score until its cause is gone.";
  const missing = `${points.toFixed(1)} points are missing`;
  if (step === null) return `${missing}; ${togetherText(together)}`;
  return `${missing}. Smallest single change: ${step.title} from ${valueText(step.from, step.unit)} to ${valueText(step.to, step.unit)}.`;
}

/** The forecast as a count of accounts, with how sure it is. */
export function riskText({ probability, low, high }: Risk90): string {
  const count = (share: number): number => Math.round(share * 100);
  return `Of 100 accounts like this, ${count(probability)} left or shrank within 90 days (${count(low)} to ${count(high)}).`;
}

/** And what it was learned from: a figure without it says nothing. */
export const riskSampleText = ({ learnedFrom: { scope, segment, rows, accounts, losses } }: Risk90): string => {
  const whose =
    scope === "all"
      ? ""
      : scope === "pool"
        ? " in small segments"
        : segment === null
          ? " without a segment"
          : ` in ${segmentText(segment)}`;
  return `Learned from ${plural(losses, "loss", "losses")} among ${plural(rows, "account-month")} of ${plural(accounts, "account")}${whose}`;
};

type Said = Readonly<Record<string, unknown>>;
const saidOf = (data: Said, name: string): Said | null => {
  const said = data[name];
  return typeof said === "object" && said !== null ? (said as Said) : null;
};

const plainText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** What a person wrote about an account (a note, a task, an override, an opinion), in words; null: it is nothing of that kind. */
export function personsText(data: Said): string | null {
  for (const [kind, text] of [
    ["note", "text"],
    ["task", "title"],
  ] as const) {
    const said = saidOf(data, kind);
    if (said === null || typeof said["revision"] !== "number") continue;
    if (said["deleted"] === true) return `A ${kind} was deleted`;
    const verb = said["done"] !== undefined && said["done"] !== null ? "done" : said["revision"] === 1 ? "added" : "changed";
    return `${vendorText(kind)} ${verb}: ${plainText(said[text])}`;
  }
  const override = saidOf(data, "override");
  if (override !== null)
    return override["value"] === null ? "The override was withdrawn" : `Overridden with ${plainText(override["value"])}`;
  const opinion = saidOf(data, "opinion");
  if (opinion !== null) return opinion["value"] === null ? "The opinion was withdrawn" : `Opinion: ${plainText(opinion["value"])} of 5`;
  return null;
}

/** From 1 to 5. */
export const opinionWords = ["very bad", "bad", "fair", "good", "very good"] as const;

/** The key of a scorecard, `self_serve`, as people write it. */
export const scorecardTitle = (key: string): string => key.replaceAll("_", " ").replace(/^./, (letter) => letter.toUpperCase());

export const causeWords: Readonly<Record<HealthMove["cause"], string>> = {
  data: "What the customer did, and time that passed",
  missing: "Data appeared or went missing",
  staleness: "Data aged or was refreshed",
  configuration: "Change of configuration",
  override: "A person's override",
};

export const sourceWords: Readonly<Record<SourceStatus, string>> = {
  fresh: "Fresh",
  quiet: "Quiet",
  idle: "Idle",
  late: "Late",
  imported: "History loaded",
  waiting: "Nothing yet",
  paused: "Paused",
  ended: "Ended",
};
export const kindWords: Readonly<Record<SourceKind["kind"], string>> = {
  usage: "Usage",
  support: "Tickets and conversations",
  engagement: "Messages and meetings",
  success: "Answers and goals",
  revenue: "Money",
};
export const deliveryWords: Readonly<Record<DeliveryStatus | "archived", string>> = {
  settled: "Done",
  waiting: "In progress",
  stuck: "Stuck",
  archived: "Not known now",
};

/** What became of an event, in words for a reader who never saw the code. `title` explains on hover. */
export const outcomeWords: Readonly<Record<OutcomeName, { readonly word: string; readonly title: string }>> = {
  applied: { word: "counted", title: "Counted in an account" },
  repeat: { word: "repeated", title: "The same event came before and was counted then" },
  dropped: { word: "without effect", title: "Understood, and rightly without effect" },
  waiting: { word: "on the way", title: "Stored and not worked yet" },
  held: { word: "held", title: "Kept for an account whose events wait" },
  parked: { word: "no account yet", title: "Waits until its domain, user or id is linked to an account" },
  quarantined: { word: "set aside", title: "Contradicts an earlier event or breaks a rule; a person must look" },
  deadLettered: { word: "failed", title: "Failed every time it was tried; a person must look" },
};

/** The same for single events, some of which never became one or are no longer remembered. */
export const eventOutcomeWords: Readonly<Record<DeliveryOutcome, { readonly word: string; readonly title: string }>> = {
  ...outcomeWords,
  rejected: { word: "not valid", title: "Told to the sender in the answer; not stored as an event" },
  unknown: { word: "not known", title: "The reason stands beside it" },
};

const reasonWords: Readonly<Record<string, { readonly title: string; readonly help: string }>> = {
  id_conflict: {
    title: "Same id, other content",
    help: "The sender used one id for two different events. If both happened, replay as new; if one is a mistake, discard it.",
  },
  failed: {
    title: "Failed while being counted",
    help: "The event failed each time it was tried. Look at it, then replay it; if it fails again, discard it.",
  },
  timeout: {
    title: "No answer in time",
    help: "Whoever counts the event did not answer, each time it was tried. Nothing is wrong with the event: replay it.",
  },
  mapper_failed: {
    title: "Could not be read",
    help: "Reading what the sender sent failed. Nothing of it is lost: replay it once the connector has been mended.",
  },
  item_count_changed: {
    title: "Read differently than before",
    help: "A newer version finds another number of events in it than the door counted. Look at it, then replay it.",
  },
  unreadable_line: { title: "Kept, but not readable", help: "The event could not be read again. Look at it, then discard it." },
  unclaimed: {
    title: "No account was found for it in time",
    help: "Nothing it names leads to an account. Link one of its keys, then replay it.",
  },
};

/** Of words by code, those of a code from outside: `constructor` is one like any other. */
export const wordFor = <Word>(words: Readonly<Record<string, Word>>, code: string): Word | undefined =>
  Object.hasOwn(words, code) ? words[code] : undefined;

/** A reason code as a sentence; a code that this page does not know is shown as it stands. */
export function reasonText(reason: string): { readonly title: string; readonly help: string } {
  return (
    wordFor(reasonWords, reason) ?? {
      title: vendorText(reason),
      help: "Look at the event, then replay it or discard it with a reason.",
    }
  );
}

/** A code, written as people write: `past_due` → `Past due`. */
export const vendorText = (code: string | null): string =>
  code === null ? unknownText : code.replaceAll("_", " ").replace(/^./, (letter) => letter.toUpperCase());

/** An abbreviation: a word that cannot be spoken. */
const abbreviation = /^[bcdfghjklmnpqrstvwxz\d]+$/;
/**
 * A segment as people write it: `mid_market` → `Mid market`, `smb` → `SMB`. One that already is written so, with a capital or a space, stays.
 * Filters, addresses and files go on by its key.
 */
export const segmentText = (segment: string): string =>
  /[\p{Lu}\s]/u.test(segment)
    ? segment
    : segment
        .split("_")
        .map((word) => (abbreviation.test(word) ? word.toUpperCase() : word))
        .join(" ")
        .replace(/^./, (letter) => letter.toUpperCase());

const keyWords: Readonly<Record<string, string>> = { account: "Account id", user: "User id", email: "E-mail", domain: "Domain" };
export const keyKindText = (kind: string): string =>
  wordFor(keyWords, kind) ?? (kind.startsWith("external:") ? `Id in ${kind.slice("external:".length)}` : kind);

export const attributeWords: ReadonlyMap<string, string> = new Map(
  Object.entries({
    owner: "Owner",
    team: "Team",
    segment: "Segment",
    lifecycleStage: "Stage",
    plan: "Plan",
    seats: "Seats",
    contractStart: "Contract start",
    renewalDate: "Renewal",
    arr: "ARR",
    currency: "Currency",
    timeZone: "Time zone",
  }),
);

/** The key of the scorecard that a reading names by its version: `standard@3` or, as shipped, `self-serve-1`. */
export const scorecardKeyOf = (version: string): string => version.replace(/(?:@|-\d).*$/, "").replaceAll("-", "_");
