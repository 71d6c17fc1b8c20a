import type { Event } from "../event.ts";
import { hasMeaning, isMarket, isProfileUpdate, isUsage } from "../event-types.ts";
import { featuresPerAccountMax, namedFeaturesPerAccountMax } from "../limits.ts";
import { dayOf, hourOfDay, secondOfDay } from "../time.ts";
import { foldAttributes, isPersons } from "./attributes.ts";
import { namesIn } from "./attribute-value.ts";
import { addFine, addTotal, dayKept, dayRecord, expire, hoursKept, typeMetric } from "./buckets.ts";
import { foldContact } from "./contact-records.ts";
import type { DayRecord } from "./day-record.ts";
import { dirtyScores, type FoldedAccount } from "./folded.ts";
import { foldFields } from "./fields/account-fields.ts";
import { WHOLE_DAY } from "./fields/field-part.ts";
import { foldEngagement } from "./engagement.ts";
import { hash53 } from "./id-hash.ts";
import { foldRestating } from "./lateness.ts";
import { foldMarket } from "./market.ts";
import { foldNotes } from "./notes.ts";
import { foldRecord } from "./records.ts";
import { addToSpans } from "./spans.ts";
import { noteTellerOf } from "./tellers.ts";
import { foldTicket } from "./tickets.ts";
import { foldVerdicts } from "./verdicts.ts";

/**
 * Raised whenever the same events would give another state: accounts that were set aside are then folded again, and the nightly check begins
 * with the first lines. Pages say nothing of it: the layout of those that bear what is now another figure is raised with it, so that the
 * accounts that have such pages are folded again too.
 */
export const foldVersion = 9;

/**
 * Takes one event into an account's state, which is changed in place and is nobody else's meanwhile.
 *
 * Depends on the state, the event and `now` (epoch ms, decides which buckets are still kept) alone. The order of events does not matter.
 * `late`: it comes so late that what it changes is listed (lateness.ts); the figures are the same.
 * The caller has made sure that the event is not in the state yet. A throw leaves the state half changed: it must be thrown away.
 *
 * @param origin the account it belongs to, where that was merged into this one: what it says about itself does not speak for this account
 */
export function fold(state: FoldedAccount, event: Event, now: number, late = false, origin?: string): void {
  if (late) foldRestating(state, event, now, () => foldEvent(state, event, now, origin));
  else foldEvent(state, event, now, origin);
}

function foldEvent(state: FoldedAccount, event: Event, now: number, origin?: string): void {
  expire(state, now);
  if (state.lastReceivedAt === null || event.receivedAt > state.lastReceivedAt) state.lastReceivedAt = event.receivedAt;
  if (isProfileUpdate(event.type)) {
    const changedSince = event.type === "account.updated" ? foldAttributes(state, event, origin) : null;
    if (changedSince !== null) dirtyScores(state, changedSince === -Infinity ? 0 : dayOf(changedSince));
    if (origin === undefined && isPersons(event) && foldVerdicts(state, event)) dirtyScores(state, dayOf(event.occurredAt));
    if (isPersons(event)) foldNotes(state, event);
    if (event.type === "user.identified") foldContact(state, event);
    return;
  }
  count(state, event);
  if (event.type.startsWith("ticket.")) foldTicket(state, event);
  else if (isMarket(event.type)) foldMarket(state, event);
  else if (noteTellerOf(state, event)) {
    foldRecord(state, event);
    foldEngagement(state, event);
  }
}

function count(state: FoldedAccount, event: Event): void {
  const { occurredAt, type } = event;
  const day = dayOf(occurredAt);
  const usage = isUsage(type);
  const metric = typeMetric(state, type);
  state.events++;
  if (state.firstEventAt === null || occurredAt < state.firstEventAt) state.firstEventAt = occurredAt;
  if (state.lastEventAt === null || occurredAt > state.lastEventAt) state.lastEventAt = occurredAt;
  addTotal(state.totals, "events", 1);
  addTotal(state.totals, metric, 1);
  if (usage) addTotal(state.totals, "product_events", 1);
  if (day < dayKept(state.today)) return;
  const record = dayRecord(state, day);
  addTotal(record.counts, "events", 1);
  addFine(record, metric, occurredAt, 1, state.today);
  state.figures?.push({ metric: "events", day, change: 1 }, { metric, day, change: 1 });
  foldFields(state.fields, record, event, hoursKept(state.today));
  if (usage) {
    addTotal(record.counts, "product_events", 1);
    state.figures?.push({ metric: "product_events", day, change: 1 });
    foldUsage(state, record, event);
  }
  dirtyScores(state, day);
}

/** Of an event that is in the state already: what its fields say, into a state that keeps nothing else. */
export function foldFieldsAgain(state: FoldedAccount, event: Event, now: number): void {
  expire(state, now);
  const day = dayOf(event.occurredAt);
  if (isProfileUpdate(event.type) || day < dayKept(state.today)) return;
  foldFields(state.fields, dayRecord(state, day), event, hoursKept(state.today));
}

function foldUsage(state: FoldedAccount, record: DayRecord, event: Event): void {
  const userId = event.user?.id;
  if (userId === undefined) return;
  const hour = hourOfDay(event.occurredAt);
  const user = record.user(hash53(userId), record.day < hoursKept(state.today) ? WHOLE_DAY : hour);
  if (user === null) return;
  if (user.actions === 0) state.figures?.push({ metric: "active_users_1d", day: record.day, change: 1 });
  user.hours |= 1 << hour;
  user.actions++;
  user.spans = addToSpans(user.spans, secondOfDay(event.occurredAt));
  const feature = event.type === "feature.used" && hasMeaning(event.type, event.data) ? featureOf(event.data) : null;
  if (feature === null) return;
  const index = indexOfFeature(state, feature);
  if (index !== null) user.features.add(index);
}

/** What a use of a feature is about; `feature`, else `name`, else `event` says it. */
export const featureOf = ({ feature, name, event }: Event["data"]): string | null => textOf(feature) ?? textOf(name) ?? textOf(event);
const textOf = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

function indexOfFeature(state: FoldedAccount, feature: string): number | null {
  const known = state.featureIndex.get(feature);
  if (known !== undefined) return known;
  if (state.features.length >= featuresPerAccountMax && !isAwaited(state, feature)) return null;
  const index = state.features.push(feature) - 1;
  state.featureIndex.set(feature, index);
  return index;
}

/** Whether there is room for a feature beyond the first names because the account's attributes name it. */
const isAwaited = (state: FoldedAccount, feature: string): boolean =>
  state.features.length < featuresPerAccountMax + namedFeaturesPerAccountMax &&
  featureAttributes.some((name) => namesIn(state.attributes.get(name)?.value)?.includes(feature) === true);
const featureAttributes = ["coreFeatures", "entitledFeatures"] as const;
