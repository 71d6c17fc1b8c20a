import type { Event } from "../event.ts";
import { canonicalJson } from "../hash.ts";
import { attributeBytesMax, attributesCharsMax, attributesPerAccountMax, keyListCharsMax } from "../limits.ts";
import type { AttributeRegister, FoldedAccount } from "./folded.ts";
import type { AttributeValue } from "./state.ts";

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
 * Ties go to the greater source name, then to the greater value, so that the order of arrival never matters.
 *
 * What an account said of itself that was merged into this one (`origin`) lies in registers of its own: its domains and external ids come to
 * this account's, its other values show where this account has none.
 */
export function foldAttributes(state: FoldedAccount, event: Event, origin?: string): boolean {
  const isPerson = isPersons(event);
  const source = isPerson ? `person:${event.connectionId}` : event.connectionId;
  let changed = false;
  const set = (register: string, value: unknown): void => {
    changed = setRegister(state, { name: register, origin }, { value, source, asOf: event.occurredAt }, isPerson) || changed;
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
  return changed;
}

const entriesOf = (value: unknown): [string, unknown][] =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];

function setRegister(
  state: FoldedAccount,
  { name, origin }: { name: string; origin: string | undefined },
  next: AttributeValue,
  isPerson: boolean,
): boolean {
  const key = registerOf(name, origin);
  let register = state.registers.get(key);
  if (register === undefined && registersOf(state, origin) >= attributesPerAccountMax) return false;
  const known = isPerson ? register?.person : register?.source;
  if (known !== undefined && known !== null && !isNewer(next, known)) return false;
  if (next.value !== null && !hasRoom(state, name, next.value)) return false;
  if (register === undefined) state.registers.set(key, (register = { person: null, source: null }));
  if (isPerson) register.person = next;
  else register.source = next;
  resolve(state, key);
  return true;
}

/** The bound is each account's own, so that what comes from a merged one never displaces what this one says. */
function registersOf(state: FoldedAccount, origin: string | undefined): number {
  let registers = 0;
  for (const key of state.registers.keys()) if (placeOf(key)[0] === origin) registers++;
  return registers;
}

/** What the API accepts fits: lists of keys have a bound of their own. All of them together must fit into one row. */
function hasRoom(state: FoldedAccount, name: string, value: unknown): boolean {
  const chars = JSON.stringify(value).length;
  if (chars > (name.startsWith("$") ? keyListCharsMax : attributeBytesMax)) return false;
  let others = 0;
  for (const { person, source } of state.registers.values()) others += charsOf(person) + charsOf(source);
  return others + chars <= attributesCharsMax;
}

const charsOf = (value: AttributeValue | null): number => (value === null ? 0 : JSON.stringify(value.value).length);

const winnerOf = ({ person, source }: AttributeRegister): AttributeValue | null => {
  const winner = person !== null && person.value !== null ? person : source;
  return winner !== null && winner.value !== null ? winner : null;
};

/** What shows under a name: this account's own value, else the best that a merged account has. */
function shown(state: FoldedAccount, name: string): AttributeValue | null {
  const own = state.registers.get(name);
  const winner = own === undefined ? null : winnerOf(own);
  if (winner !== null) return winner;
  const best: AttributeRegister = { person: null, source: null };
  for (const { person, source } of mergedRegisters(state, name)) {
    if (person !== null && person.value !== null && (best.person === null || isNewer(person, best.person))) best.person = person;
    if (source !== null && source.value !== null && (best.source === null || isNewer(source, best.source))) best.source = source;
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

/** Brings what readers see in step with a register. */
export function resolve(state: FoldedAccount, register: string): void {
  const [, name] = placeOf(register);
  const winner = shown(state, name);
  if (name === nameRegister) state.name = winner !== null && typeof winner.value === "string" ? winner.value : null;
  else if (!name.startsWith("$")) {
    if (winner === null) state.attributes.delete(name);
    else state.attributes.set(name, winner);
  }
}

function isNewer(next: AttributeValue, known: AttributeValue): boolean {
  if (next.asOf !== known.asOf) return next.asOf > known.asOf;
  if (next.source !== known.source) return next.source > known.source;
  return canonicalJson(next.value) > canonicalJson(known.value);
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
