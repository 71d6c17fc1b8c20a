import type { Event } from "../event.ts";
import { attributeBytesMax, attributesCharsMax, attributesPerAccountMax, keyListCharsMax } from "../limits.ts";
import { asWritten } from "./attribute-value.ts";
import { compareValues, differsSince, keepPast, standingsOf } from "./attribute-history.ts";
import type { AttributeRegister, FoldedAccount, ToldValue } from "./folded.ts";
import type { AttributeStanding, AttributeValue } from "./state.ts";

/** Names of registers that hold what is no attribute. */
export const nameRegister = "$name";
export const domainsRegister = "$domains";
const EXTERNAL = "$external:";
/** Parts of a person's write that are no attributes (verdicts.ts, notes.ts). */
const personsFields: ReadonlySet<string> = new Set(["override", "opinion", "note", "task"]);

/** Written through our own API, by a person or in a person's name. */
export const isPersons = (event: Event): boolean => event.connector === "pulseline" && event.type === "account.updated";
/** Registers of accounts that were merged into this one: `$merged:` and the JSON of [account, name]. */
const MERGED = "$merged:";

const registerOf = (name: string, origin: string | undefined): string =>
  origin === undefined ? name : `${MERGED}${JSON.stringify([origin, name])}`;
const placeOf = (register: string): readonly [origin: string | undefined, name: string] =>
  register.startsWith(MERGED) ? (JSON.parse(register.slice(MERGED.length)) as [string, string]) : [undefined, register];

/**
 * Takes in `account.updated`. A person's value wins until it is withdrawn (written as null); else the newest by the event's time wins.
 * Ties go by the event's id (`compareValues`), so that the order of arrival never matters; ids of what is written here rise.
 *
 * What an account said of itself that was merged into this one (`origin`) lies in registers of its own: its domains and external ids come to
 * this account's, its other values show where this account has none.
 *
 * @returns since when an attribute has another value than before this event, epoch ms (-Infinity: always); null: none has
 */
export function foldAttributes(state: FoldedAccount, event: Event, origin?: string): number | null {
  const isPerson = isPersons(event);
  const source = isPerson ? `person:${event.connectionId}` : event.connectionId;
  let changedSince = Infinity;
  const set = (name: string, value: unknown): void => {
    const before = standings(state, name);
    setRegister(state, { name, origin }, { value: asWritten(value), source, asOf: event.occurredAt, tie: event.id }, isPerson);
    changedSince = Math.min(changedSince, differsSince(before, standings(state, name)) ?? Infinity);
  };
  // Names with a `$` are ours: an attribute may not take the place of the name or of the keys.
  const setOwn = (name: string, value: unknown): void => {
    if (!name.startsWith("$")) set(name, value);
  };
  for (const [field, value] of Object.entries(event.data)) {
    if (field === "name") set(nameRegister, value);
    else if (field === "domains") set(domainsRegister, value);
    else if (field === "externalIds") for (const [system, ids] of entriesOf(value)) set(EXTERNAL + system, ids);
    else if (field === "attributes") for (const [name, inner] of entriesOf(value)) setOwn(name, inner);
    else if (!isPerson || !personsFields.has(field)) setOwn(field, value);
  }
  return changedSince === Infinity ? null : changedSince;
}

/** What an attribute was over time, also of one that never changed; names of ours (`$`) have no history. */
function standings({ attributes, attributeHistory }: FoldedAccount, name: string): readonly AttributeStanding[] {
  const value = attributes.get(name);
  return attributeHistory.get(name) ?? (value === undefined ? [] : [{ since: value.asOf, value }]);
}

const entriesOf = (value: unknown): [string, unknown][] =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];

function setRegister(
  state: FoldedAccount,
  { name, origin }: { name: string; origin: string | undefined },
  next: ToldValue,
  isPerson: boolean,
): void {
  const key = registerOf(name, origin);
  const by = isPerson ? "person" : "source";
  let register = state.registers.get(key);
  if (register === undefined && registersOf(state, origin) >= attributesPerAccountMax) return;
  const known = register?.[by] ?? null;
  const order = known === null ? 1 : compareValues(next, known);
  if (order === 0 || (next.value !== null && !hasRoom(state, name, next, order < 0))) return;
  if (register === undefined) state.registers.set(key, (register = { person: null, source: null }));
  if (order > 0) register[by] = next;
  const replaced = order > 0 ? known : next;
  const touched = replaced === null || name.startsWith("$") ? [] : keepPast(state.registers, key, { ...replaced, by });
  for (const one of new Set([key, ...touched])) resolve(state, one);
}

/** The bound is each account's own, so that what comes from a merged one never displaces what this one says. */
function registersOf(state: FoldedAccount, origin: string | undefined): number {
  let registers = 0;
  for (const key of state.registers.keys()) if (placeOf(key)[0] === origin) registers++;
  return registers;
}

/** What the API accepts fits: lists of keys have a bound of their own. All of them together must fit into one row; what is past has its own part of it. */
function hasRoom(state: FoldedAccount, name: string, { value, tie }: ToldValue, isPast: boolean): boolean {
  const chars = JSON.stringify(value).length;
  if (chars > (name.startsWith("$") ? keyListCharsMax : attributeBytesMax)) return false;
  if (isPast) return true;
  let others = 0;
  for (const { person, source } of state.registers.values()) others += charsOf(person) + charsOf(source);
  return others + chars + tie.length <= attributesCharsMax;
}

/** A value is replaced, never changed: each is counted once, however many attributes an event brings. */
const counted = new WeakMap<ToldValue, number>();
function charsOf(value: ToldValue | null): number {
  if (value === null) return 0;
  let chars = counted.get(value);
  if (chars === undefined) counted.set(value, (chars = JSON.stringify(value.value).length + value.tie.length));
  return chars;
}

const winnerOf = ({ person, source }: AttributeRegister): ToldValue | null => {
  const winner = person !== null && person.value !== null ? person : source;
  return winner !== null && winner.value !== null ? winner : null;
};

/** What shows under a name: the first register's value (this account's own), else the best that a merged account has. */
function shown(registers: readonly AttributeRegister[]): AttributeValue | null {
  const winner = bestOf(registers);
  return winner === null ? null : { value: winner.value, source: winner.source, asOf: winner.asOf };
}

function bestOf([own, ...merged]: readonly AttributeRegister[]): ToldValue | null {
  const winner = own === undefined ? null : winnerOf(own);
  if (winner !== null) return winner;
  const best: AttributeRegister = { person: null, source: null };
  for (const { person, source } of merged) {
    if (person !== null && person.value !== null && (best.person === null || compareValues(person, best.person) > 0)) best.person = person;
    if (source !== null && source.value !== null && (best.source === null || compareValues(source, best.source) > 0)) best.source = source;
  }
  return winnerOf(best);
}

/** Registers of merged accounts with this name, in the order of the accounts' ids. */
function mergedRegisters(state: FoldedAccount, name: string): AttributeRegister[] {
  const found: [string, AttributeRegister][] = [];
  for (const [key, register] of state.registers) {
    if (!key.startsWith(MERGED)) continue;
    const [origin, own] = placeOf(key);
    if (own === name) found.push([origin ?? "", register]);
  }
  return found.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, register]) => register);
}

const noRegister: AttributeRegister = { person: null, source: null };

/** Brings what readers see in step with a register. */
export function resolve(state: FoldedAccount, register: string): void {
  const [, name] = placeOf(register);
  const registers = [state.registers.get(name) ?? noRegister, ...mergedRegisters(state, name)];
  const winner = shown(registers);
  if (name === nameRegister) state.name = winner !== null && typeof winner.value === "string" ? winner.value : null;
  if (name.startsWith("$")) return;
  if (winner === null) state.attributes.delete(name);
  else state.attributes.set(name, winner);
  const history = standingsOf(registers, shown);
  if (history.length > 1) state.attributeHistory.set(name, history);
  else state.attributeHistory.delete(name);
}

export function domainsOf(state: FoldedAccount): readonly string[] {
  return allTexts(state, domainsRegister);
}

export function externalIdsOf(state: FoldedAccount): Readonly<Record<string, readonly string[]>> {
  const found: [string, readonly string[]][] = [];
  for (const name of new Set([...state.registers.keys()].map((register) => placeOf(register)[1]))) {
    if (!name.startsWith(EXTERNAL)) continue;
    const ids = allTexts(state, name);
    if (ids.length > 0) found.push([name.slice(EXTERNAL.length), ids]);
  }
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The account's own list, then those of merged accounts. */
function allTexts(state: FoldedAccount, name: string): readonly string[] {
  const own = state.registers.get(name);
  const registers = [...(own === undefined ? [] : [own]), ...mergedRegisters(state, name)];
  return [...new Set(registers.flatMap((register) => textsOf(winnerOf(register)?.value ?? null)))];
}

function textsOf(value: unknown): readonly string[] {
  const list = Array.isArray(value) ? value : value === null ? [] : [value];
  return list.flatMap((one) => (typeof one === "string" ? [one] : typeof one === "number" ? [String(one)] : []));
}
