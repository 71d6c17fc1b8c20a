import { canonicalJson } from "../hash.ts";
import { attributePastCharsMax, attributePastValuesMax } from "../limits.ts";
import { byText } from "../text-order.ts";
import type { AttributeRegister, PastValue, ToldValue } from "./folded.ts";
import type { AccountState, AttributeStanding, AttributeValue } from "./state.ts";

/**
 * What an account's attributes were: a past instant is judged by the values of then. Registers keep the values that newer ones replaced,
 * and what showed under a name at any time derives from them, whatever the order of arrival.
 *
 * The first value that is known holds for the time before it too: an account is imported with its seats today, and its usage of last month
 * comes after it.
 */

/**
 * The greater wins: the newer; of one instant what the event with the greater id told, by UTF-16 code units. Ids are told apart by their source,
 * then its name decides; last the value, as one event may tell two.
 */
export const compareValues = (a: ToldValue, b: ToldValue): number =>
  a.asOf - b.asOf || byText(a.tie, b.tie) || byText(a.source, b.source) || byText(canonicalJson(a.value), canonicalJson(b.value));

/**
 * Keeps a value that is not the newest of its side. Of one instant only the one that wins is kept: the others never show, and many told while
 * a clock stands would push out what was before. Of one attribute the newest `attributePastValuesMax` are kept: first those go that only said
 * again what was so, then the oldest. Of all together as many as fit `attributePastCharsMax`.
 *
 * @returns the registers whose past has changed
 */
export function keepPast(registers: ReadonlyMap<string, AttributeRegister>, key: string, value: PastValue): ReadonlySet<string> {
  const register = registers.get(key);
  if (register === undefined || register[value.by]?.asOf === value.asOf) return new Set();
  const known = register.past ?? [];
  const rival = known.find(({ by, asOf }) => by === value.by && asOf === value.asOf);
  if (rival !== undefined && compareValues(rival, value) >= 0) return new Set();
  const others = known.filter((one) => one !== rival);
  const place = others.findLastIndex((one) => compareValues(one, value) < 0) + 1;
  let past: readonly PastValue[] = others.toSpliced(place, 0, value);
  if (past.length > attributePastValuesMax) past = past.filter(isNews);
  if (past.length > attributePastValuesMax) {
    past = past.slice(-attributePastValuesMax);
    register.isPastCut = true;
  }
  register.past = past;
  return new Set([key, ...giveUpOldest(registers)]);
}

const isNews = ({ by, value }: PastValue, at: number, all: readonly PastValue[]): boolean => {
  const before = all.findLast((one, i) => i < at && one.by === by);
  return before === undefined || canonicalJson(before.value) !== canonicalJson(value);
};

function giveUpOldest(registers: ReadonlyMap<string, AttributeRegister>): readonly string[] {
  const touched: string[] = [];
  for (let chars = charsOf(registers); chars > attributePastCharsMax;) {
    const [key, oldest] = [...registers].reduce((least, one) => (startOf(one[1]) < startOf(least[1]) ? one : least));
    const [given, ...rest] = oldest.past ?? [];
    if (given === undefined) break;
    chars -= charsOfOne(given);
    oldest.past = rest;
    oldest.isPastCut = true;
    touched.push(key);
  }
  return touched;
}

const startOf = ({ past }: AttributeRegister): number => past?.[0]?.asOf ?? Infinity;
const charsOfOne = (value: PastValue): number => JSON.stringify(value).length;
function charsOf(registers: ReadonlyMap<string, AttributeRegister>): number {
  let chars = 0;
  for (const { past } of registers.values()) if (past !== undefined) chars += charsOfPast(past);
  return chars;
}

/** A past is replaced, never changed: each is counted once, however many attributes an event brings. */
const countedPasts = new WeakMap<readonly PastValue[], number>();
function charsOfPast(past: readonly PastValue[]): number {
  let chars = countedPasts.get(past);
  if (chars === undefined) {
    chars = past.reduce((sum, value) => sum + charsOfOne(value), 0);
    countedPasts.set(past, chars);
  }
  return chars;
}

/** Both sides of a register as they stood at an instant. */
function registerAt({ person, source, past = [] }: AttributeRegister, at: number): AttributeRegister {
  const newest = (by: PastValue["by"], now: ToldValue | null): ToldValue | null =>
    now !== null && now.asOf <= at ? now : (past.findLast((one) => one.by === by && one.asOf <= at) ?? null);
  return { person: newest("person", person), source: newest("source", source) };
}

const valuesOf = ({ person, source, past = [] }: AttributeRegister): readonly ToldValue[] =>
  [...past, person, source].filter((value) => value !== null);

/**
 * What showed under a name, the oldest first, each since its own instant; neighbours differ in value. Empty while nothing was told.
 *
 * @param shown what a set of registers (the account's own, then those of merged accounts) shows together
 */
export function standingsOf(
  registers: readonly AttributeRegister[],
  shown: (registers: readonly AttributeRegister[]) => AttributeValue | null,
): readonly AttributeStanding[] {
  const [own] = registers;
  if (registers.length === 1 && own?.past === undefined && (own?.person === null || own?.source === null)) return onlyOne(shown(registers));
  const instants = [...new Set(registers.flatMap(valuesOf).map(({ asOf }) => asOf))].sort((a, b) => a - b);
  const standings: AttributeStanding[] = [];
  for (const since of instants) {
    const value = shown(registers.map((register) => registerAt(register, since)));
    const last = standings.at(-1);
    if (last === undefined || canonicalJson(last.value?.value ?? null) !== canonicalJson(value?.value ?? null))
      standings.push({ since, value });
  }
  return standings;
}

const onlyOne = (value: AttributeValue | null): readonly AttributeStanding[] => (value === null ? [] : [{ since: value.asOf, value }]);

/** Since when two histories of one attribute differ; -Infinity: always. Null: they do not. */
export function differsSince(a: readonly AttributeStanding[], b: readonly AttributeStanding[]): number | null {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [one, other] = [a[i], b[i]];
    const isOther = canonicalJson(one?.value?.value ?? null) !== canonicalJson(other?.value?.value ?? null);
    if (i === 0 && isOther) return -Infinity;
    if (i > 0 && (isOther || one?.since !== other?.since)) return Math.min(one?.since ?? Infinity, other?.since ?? Infinity);
  }
  return null;
}

/** Instants at which an attribute's value changed, ascending. */
export const attributeChanges = ({ attributeHistory }: Pick<AccountState, "attributeHistory">): readonly number[] =>
  [...new Set([...attributeHistory.values()].flatMap((standings) => standings.slice(1).map(({ since }) => since)))].sort((a, b) => a - b);

/** The account with the attributes that it had at an instant. Views are made once for each time between two changes; the state must not change meanwhile. */
export function attributeViews(state: AccountState): (at: number) => AccountState {
  const changes = attributeChanges(state);
  if (changes.length === 0) return () => state;
  const views = new Map<number, AccountState>([[changes.length, state]]);
  return (at) => {
    const era = changes.findLastIndex((since) => since <= at) + 1;
    let view = views.get(era);
    if (view === undefined) views.set(era, (view = { ...state, attributes: attributesAt(state, at) }));
    return view;
  };
}

function attributesAt({ attributes, attributeHistory }: AccountState, at: number): Map<string, AttributeValue> {
  const then = new Map(attributes);
  for (const [name, standings] of attributeHistory) {
    const { value } = standings.findLast(({ since }) => since <= at) ?? standings[0] ?? { value: null };
    if (value === null) then.delete(name);
    else then.set(name, value);
  }
  return then;
}
