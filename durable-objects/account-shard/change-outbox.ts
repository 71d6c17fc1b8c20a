import { figureInstants, figures, toAccountChange } from "../../src/domain/account/account-change.ts";
import type { LineRules } from "../../src/domain/account/account-money.ts";
import { cleanScores, dirtyScores } from "../../src/domain/account/folded.ts";
import { hash53 } from "../../src/domain/account/id-hash.ts";
import { tellersOf } from "../../src/domain/account/tellers.ts";
import type { ChangeSink } from "../../src/domain/account/messages.ts";
import { type AccountChange, type ChangesMessage, listLook } from "../../src/domain/change.ts";
import { holdBand, holdBeside, shownBeside, waitingBand } from "../../src/domain/health/held-band.ts";
import {
  busyScoreRestFactor,
  changeNumbersReserved,
  changeRedriveCapMs,
  changeRedriveFloorMs,
  changesMessageBytesMax,
  historyRestPerEvaluationMs,
  historyScoreDelayMaxMs,
  historyScoresPerRunMax,
  listsRestMs,
  recomputeRestPerAccountMs,
  recomputeRestPerEvaluationMs,
  recomputesPerRunMax,
  scoreDebounceMs,
  scoreDelayMaxMs,
  scoreLineDaysLiveMax,
  scoreLineKeptFromEvaluations,
  scoreRestPerEvaluationMs,
  scoresPerRunMax,
} from "../../src/domain/limits.ts";
import { backOff } from "../../src/domain/retry.ts";
import { SECOND_MS } from "../../src/domain/time.ts";
import { reportLine } from "../../src/platform/report.ts";
import type { AccountBook } from "./account-book.ts";
import type { Then } from "./config.ts";
import type { Entry } from "./entry.ts";
import type { MetaStore } from "./meta-store.ts";
import type { Paces } from "./pace.ts";
import { Waiting } from "./waiting.ts";

/** Bits of the sinks a change is still wanted by. */
const SINKS: readonly ChangeSink[] = ["readModels", "live"];
const READ_MODELS = 1;
const ALL_SINKS = 3;

/** A change under way: sent, and not confirmed by these sinks. `isLive`: it has more in it than history. */
type Pending = { readonly number: number; sinks: number; readonly tries: number; readonly againAt: number; readonly isLive: boolean };

/** `history`: nothing has come but what a sender called history; `background`: it is scored anew for a reason that is no event. */
type Lane = "live" | "history" | "background";

/** An account whose turn it is. */
type Due = { readonly entry: Entry; readonly sinks: number; readonly tries: number; readonly lane: Lane };

/** Accounts whose turn it is, and what their scores depend on: instants beside now, epoch ms. */
export type Turn = {
  readonly live: readonly Entry[];
  readonly history: readonly Entry[];
  readonly background: readonly Entry[];
  readonly instants: readonly number[];
  /** Live accounts may have their whole lines computed, until one has. */
  readonly hasTime: boolean;
  /** No live account is left over. */
  readonly isLast: boolean;
};

export type ChangesSender = { send(messages: readonly ChangesMessage[]): Promise<void> };
type Parts = {
  readonly book: AccountBook;
  readonly meta: MetaStore;
  readonly shard: () => string;
  readonly epoch: number;
  readonly rules: () => LineRules;
  /** What all shards of this isolate may use together: scoring must not crowd out applying. */
  readonly paces: Paces;
  /** 0..1, different for each shard. */
  readonly spread: number;
};

/**
 * Changes on their way to the sinks. A change is the account's current row and is computed when it is sent, so that only *which* accounts
 * are to be sent has to be known: those with journal rows since the timers were last written, and those the timers mark as due. No row for a change.
 *
 * A change goes out when it is computed and again, freshly computed, until each sink has confirmed one that is as new. The lists wait a moment
 * for one that looks as the last did.
 */
export class ChangeOutbox {
  private readonly parts: Parts;
  /** Accounts to be scored and sent. */
  private readonly dirty = new Waiting(scoreDelayMaxMs);
  /** The same, where history alone has come: it comes in many parts, and each would make the account be scored again. */
  private readonly history = new Waiting(historyScoreDelayMaxMs);
  private readonly pending = new Map<Entry, Pending>();
  /** Accounts to be scored again when there is time: the configuration has changed, or much of their past. */
  private readonly background = new Set<Entry>();
  private lastRunAt = 0;
  /** The isolate has more to do than it can: events go first. */
  isCrowded = false;
  private nextNumber = 0;
  private reservedTo = 0;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  get isEmpty(): boolean {
    return this.dirty.size === 0 && this.history.size === 0 && this.pending.size === 0;
  }

  isUnconfirmed(entry: Entry): boolean {
    return this.dirty.has(entry) || this.history.has(entry) || this.pending.has(entry);
  }

  markBackground(entries: Iterable<Entry>): void {
    for (const entry of entries) this.background.add(entry);
  }

  isInBackground(entry: Entry): boolean {
    return this.background.has(entry);
  }

  get isRecomputing(): boolean {
    return this.background.size > 0;
  }

  mark(entry: Entry, wallMs: number, lane: "live" | "history" = "live"): void {
    const wanted = { sinks: ALL_SINKS, tries: 0 };
    if (lane === "live") {
      this.history.delete(entry);
      this.dirty.mark(entry, wanted, wallMs);
    } else if (!this.dirty.has(entry)) {
      // Its line would be made for nothing: there is more to come, and its next score says whether one is to be made.
      this.background.delete(entry);
      this.history.mark(entry, wanted, wallMs);
    }
  }

  /** How long until the next run, wall ms; null: nothing to do. */
  restMs(wallMs: number): number | null {
    const rests = [this.liveRestMs(wallMs), this.historyRestMs(wallMs), this.backgroundRestMs(wallMs)].filter((rest) => rest !== null);
    return rests.length === 0 ? null : Math.min(...rests);
  }

  /** Spread, so that not all shards of an isolate look at the same instant. */
  private backgroundRestMs(wallMs: number): number | null {
    return this.background.size === 0 ? null : this.spread(this.parts.paces.background.restMs(wallMs));
  }

  private spread(restMs: number): number {
    return restMs === 0 ? 0 : Math.min(scoreDelayMaxMs, restMs + this.parts.spread * SECOND_MS);
  }

  /** At once when idle, else after the debounce, later while the isolate is busy. */
  private liveRestMs(wallMs: number): number | null {
    const rest = this.dirty.dueInMs(this.parts.paces.live.restMs(wallMs), wallMs);
    return rest === null ? null : Math.max(rest, this.debounceMs(wallMs));
  }

  private historyRestMs(wallMs: number): number | null {
    const rest = this.history.dueInMs(this.spread(this.parts.paces.history.restMs(wallMs)), wallMs);
    return rest === null ? null : Math.max(rest, this.debounceMs(wallMs));
  }

  private debounceMs(wallMs: number): number {
    return Math.max(0, this.lastRunAt + scoreDebounceMs - wallMs);
  }

  /** Wall time of the next sending again; null: nothing waits for a sink. What is to be scored first anyway is not waited for here. */
  againAt(): number | null {
    let at: number | null = null;
    for (const [entry, pending] of this.pending)
      if (!this.isScoredFirst(entry, pending) && (at === null || pending.againAt < at)) at = pending.againAt;
    return at;
  }

  /** What has history before it in the line would wait as long as history may: a live change does not. */
  private isScoredFirst(entry: Entry, { isLive }: Pending): boolean {
    return this.dirty.has(entry) || (!isLive && this.history.has(entry));
  }

  /** Puts what has waited too long for a sink among what is to be sent, for those sinks only; where history has come since, for all. */
  takeUpAgain(wallMs: number): void {
    for (const [entry, pending] of this.pending) {
      if (pending.againAt > wallMs || this.isScoredFirst(entry, pending)) continue;
      const sinks = pending.sinks | (this.history.get(entry)?.sinks ?? 0);
      this.history.delete(entry);
      this.dirty.mark(entry, { sinks, tries: pending.tries + 1 }, wallMs);
    }
  }

  /** Whose turn it is, a bounded number. Nothing is taken before `run`: what happens meanwhile is in it. */
  turn(now: number, wallMs: number): Turn {
    const live = this.liveRestMs(wallMs) === 0 ? firstOf(this.dirty.keys(), scoresPerRunMax) : [];
    const history = this.historyRestMs(wallMs) === 0 ? firstOf(this.history.keys(), historyScoresPerRunMax) : [];
    const background = this.backgroundRestMs(wallMs) === 0 ? firstOf(this.background, recomputesPerRunMax) : [];
    const hasTime = this.hasTime(wallMs);
    const instants = [
      ...this.instantsOf(live, now, hasTime ? undefined : scoreLineDaysLiveMax),
      ...this.instantsOf(history, now, hasTime ? undefined : scoreLineDaysLiveMax),
      ...this.instantsOf(background, now),
    ];
    return { live, history, background, instants: [...new Set(instants)], hasTime, isLast: live.length === this.dirty.size };
  }

  /** Instants beside now that the rows of these accounts depend on. */
  instantsOf(entries: readonly Entry[], now: number, lineDaysMax?: number): readonly number[] {
    return entries.flatMap((entry) => {
      try {
        const { state, scoreLine } = this.parts.book.loadForReading(entry, now);
        return [...figureInstants(state, { scoreLine, lineDaysMax }, this.parts.rules(), now), ...entry.rulesHeldBy];
      } catch {
        // Told where it is to be scored.
        return [];
      }
    });
  }

  /** Scores and sends the accounts of a turn. A failed send is not an error here: it is sent again. */
  async run(sender: ChangesSender, turn: Turn, then: Then, wallMs: number): Promise<void> {
    const bySinks = new Map<number, AccountChange[]>();
    const entries = [...this.takeLive(turn, wallMs), ...this.takeHistory(turn), ...this.takeBackground(turn)];
    for (const due of entries) {
      const { entry, sinks, tries, lane } = due;
      const change = this.computeSafely(due, then, this.lineDaysMax(lane, turn, wallMs), wallMs);
      // Nobody waits for it but whoever has marked it since: that mark keeps its turn.
      if (change === null && lane === "background") continue;
      this.dirty.delete(entry);
      this.history.delete(entry);
      const againAt = wallMs + backOff(tries, changeRedriveFloorMs, changeRedriveCapMs);
      const look = change === null ? 0 : hash53(listLook(change));
      const listsAt = tries === 0 ? listsDueAt(entry, look, wallMs) : wallMs;
      const told = listsAt > wallMs ? sinks & ~READ_MODELS : sinks;
      const isLive = lane === "live" || this.pending.get(entry)?.isLive === true;
      this.pending.set(entry, { number: change?.number ?? 0, sinks, tries, againAt: told === sinks ? againAt : listsAt, isLive });
      if (change === null || told === 0) continue;
      if ((told & READ_MODELS) !== 0) entry.listed = { at: wallMs, look };
      const group = bySinks.get(told);
      if (group === undefined) bySinks.set(told, [change]);
      else group.push(change);
    }
    const messages = [...bySinks].flatMap(([sinks, changes]) => toMessages(sinks, changes));
    if (messages.length === 0) return;
    try {
      await sender.send(messages);
    } catch (error) {
      reportLine("changes_not_sent", { shard: this.parts.shard(), messages: messages.length, error: String(error) });
    }
  }

  private takeLive({ live, isLast }: Turn, wallMs: number): Due[] {
    if (live.length === 0) return [];
    // What this run leaves over does not wait for the debounce: with many accounts all of them must go out in time.
    this.lastRunAt = isLast ? wallMs : 0;
    return live.flatMap((entry) => {
      const wanted = this.dirty.get(entry);
      return wanted === undefined ? [] : [{ entry, ...wanted, lane: "live" }];
    });
  }

  private takeHistory({ history }: Turn): Due[] {
    return history.flatMap((entry) => {
      const wanted = this.history.get(entry);
      return wanted === undefined ? [] : [{ entry, ...wanted, lane: "history" }];
    });
  }

  private takeBackground({ background }: Turn): Due[] {
    // One that fails is not tried again for this configuration: its next event does that.
    for (const entry of background) this.background.delete(entry);
    return background.map((entry) => ({ entry, sinks: ALL_SINKS, tries: 0, lane: "background" }));
  }

  private computeSafely({ entry, lane }: Due, then: Then, lineDaysMax: number | undefined, wallMs: number): AccountChange | null {
    try {
      return this.compute(entry, then, { lane, lineDaysMax, wallMs });
    } catch (error) {
      reportLine("account_not_scored", { account: entry.id, error: String(error) });
      return null;
    }
  }

  /**
   * The account's row as of now, under a new number. What is live does not wait for the past: where much of the line of daily scores may have
   * changed (history came, an attribute's past), the line stays as it was until the background lane has time for the account.
   */
  compute(
    entry: Entry,
    { now, configAt }: Then,
    {
      lane = "background",
      lineDaysMax,
      wallMs,
    }: { readonly lane?: Lane; readonly lineDaysMax?: number | undefined; readonly wallMs: number },
  ): AccountChange {
    const { book, shard, epoch } = this.parts;
    const loaded = book.loadForReading(entry, now);
    const found = figures(loaded.state, configAt, { scoreLine: loaded.scoreLine, lineDaysMax }, now);
    if (found.scoreLine === null) this.background.add(entry);
    else {
      loaded.scoreLine = found.scoreLine;
      this.background.delete(entry);
      cleanScores(loaded.state);
      if (found.unsureFromDay !== null) dirtyScores(loaded.state, found.unsureFromDay);
    }
    if (found.lineEvaluations > scoreLineKeptFromEvaluations) entry.headChanged = true;
    const held = holdBand(entry.heldBand, found.health, found.assigned.scorecard, found.bandRules());
    entry.heldBand = held;
    entry.heldBeside = holdBeside(entry.heldBeside, found.sides, found.bandRules);
    this.rest(found.evaluations(), lane, wallMs);
    book.measure(entry);
    entry.nextAt = 0;
    entry.scoredAt = now;
    entry.tellers = tellersOf(loaded.state);
    return toAccountChange(
      loaded.state,
      { ...found, health: { ...found.health, band: held.band }, sides: shownBeside(entry.heldBeside, found.sides) },
      {
        shard: shard(),
        epoch,
        number: this.takeNumber(),
        setAside: entry.setAside !== null,
        deleted: entry.mergedInto !== null,
        waitingBand: waitingBand(held, found.health, found.assigned.scorecard),
      },
      now,
    );
  }

  /** Days of its line that an account of this lane may have computed again: all while there is time, as there was when the turn was taken. */
  private lineDaysMax(lane: Lane, turn: Turn, wallMs: number): number | undefined {
    return lane === "background" || (turn.hasTime && this.hasTime(wallMs)) ? undefined : scoreLineDaysLiveMax;
  }

  /** Nobody waits in the background lane, here or in another shard. */
  private hasTime(wallMs: number): boolean {
    return this.background.size === 0 && this.parts.paces.background.restMs(wallMs) === 0;
  }

  /** What was evaluated beyond what is live is paid for by the background lane. */
  private rest(evaluations: number, lane: Lane, wallMs: number): void {
    const { live, history, background } = this.parts.paces;
    const now = lane === "background" ? 0 : Math.min(evaluations, scoreLineDaysLiveMax);
    if (lane === "live") live.use(now * scoreRestPerEvaluationMs * (this.isCrowded ? busyScoreRestFactor : 1), wallMs);
    if (lane === "history") history.use(now * historyRestPerEvaluationMs, wallMs);
    const perAccountMs = lane === "background" ? recomputeRestPerAccountMs : 0;
    background.use(perAccountMs + (evaluations - now) * recomputeRestPerEvaluationMs, wallMs);
  }

  /** Numbers rise for ever: a block is reserved with one write, and what a restart leaves of it is skipped. */
  private takeNumber(): number {
    if (this.nextNumber >= this.reservedTo) {
      this.nextNumber = Math.max(this.nextNumber, this.parts.meta.number("changeNumbers"));
      this.reservedTo = this.nextNumber + changeNumbersReserved;
      this.parts.meta.put("changeNumbers", this.reservedTo);
    }
    return ++this.nextNumber;
  }

  confirm(sink: ChangeSink, upTo: readonly { accountId: string; epoch: number; number: number }[]): void {
    const bit = 1 << SINKS.indexOf(sink);
    for (const { accountId, epoch, number } of upTo) {
      const entry = this.parts.book.byId.get(accountId);
      const pending = entry === undefined ? undefined : this.pending.get(entry);
      if (entry === undefined || pending === undefined || epoch !== this.parts.epoch || pending.number === 0 || number < pending.number)
        continue;
      pending.sinks &= ~bit;
      if (pending.sinks === 0) this.pending.delete(entry);
    }
  }
}

/** Wall time until which the lists can do without this change: the next one that goes to them has all of it. A clock set back binds nobody. */
function listsDueAt({ listed }: Entry, look: number, wallMs: number): number {
  return listed === null || listed.look !== look || listed.at > wallMs ? wallMs : listed.at + listsRestMs;
}

function firstOf(entries: Iterable<Entry>, count: number): Entry[] {
  const first: Entry[] = [];
  for (const entry of entries) {
    if (first.length >= count) break;
    first.push(entry);
  }
  return first;
}

/** JSON texts of at most `changesMessageBytesMax` each; three bytes a character is the most UTF-8 needs, so a message is measured in bytes. */
function toMessages(sinks: number, changes: readonly AccountChange[]): ChangesMessage[] {
  const wanted = SINKS.filter((_, i) => (sinks & (1 << i)) !== 0);
  const messages: AccountChange[][] = [];
  let open: AccountChange[] = [];
  let bytes = 0;
  for (const change of changes) {
    const size = new TextEncoder().encode(JSON.stringify(change)).byteLength + 1;
    if (open.length > 0 && bytes + size > changesMessageBytesMax - 100) {
      messages.push(open);
      open = [];
      bytes = 0;
    }
    open.push(change);
    bytes += size;
  }
  if (open.length > 0) messages.push(open);
  return messages.map((group) => ({ sinks: wanted, changes: group }));
}
