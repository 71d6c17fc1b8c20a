import type { Event } from "../event.ts";
import { canonicalJson } from "../hash.ts";
import { attributeBytesMax, attributesCharsMax, attributesPerAccountMax, keyListCharsMax } from "../limits.ts";
import type { AttributeRegister, FoldedAccount } from "./folded.ts";
import type { AttributeValue } from "./state.ts";

/** Names of registers that hold what is no attribute. */
export const nameRegister = "$name";
export const domainsRegister = "$domains";
const EXTERNAL = "$external:";
/** Parts of a person's write that are no attributes (verdicts.ts). */
const verdictFields: ReadonlySet<string> = new Set(["override", "opinion"]);

/** Written through our own API, by a person or in a person's name. */
export const isPersons = (event: Event): boolean => event.connector === "pulseline" && event.type === "account.updated";

/**
 * Takes in `account.updated`. A person's value wins until it is withdrawn (written as null); else the newest by the event's time wins.
 * Ties go to the greater source name, then to the greater value, so that the order of arrival never matters.
 */
export function foldAttributes(state: FoldedAccount, event: Event): boolean {
  const isPerson = isPersons(event);
  const source = isPerson ? `person:${event.connectionId}` : event.connectionId;
  let changed = false;
  const set = (register: string, value: unknown): void => {
    changed = setRegister(state, register, { value, source, asOf: event.occurredAt }, isPerson) || changed;
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
    else if (!isPerson || !verdictFields.has(field)) setOwn(field, value);
  }
  return changed;
}

const entriesOf = (value: unknown): [string, unknown][] =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];

function setRegister(state: FoldedAccount, name: string, next: AttributeValue, isPerson: boolean): boolean {
  let register = state.registers.get(name);
  if (register === undefined && state.registers.size >= attributesPerAccountMax) return false;
  const known = isPerson ? register?.person : register?.source;
  if (known !== undefined && known !== null && !isNewer(next, known)) return false;
  if (next.value !== null && !hasRoom(state, name, next.value)) return false;
  if (register === undefined) state.registers.set(name, (register = { person: null, source: null }));
  if (isPerson) register.person = next;
  else register.source = next;
  resolve(state, name, register);
  return true;
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

export const winnerOf = ({ person, source }: AttributeRegister): AttributeValue | null => {
  const winner = person !== null && person.value !== null ? person : source;
  return winner !== null && winner.value !== null ? winner : null;
};

/** Brings what readers see in step with a register. */
export function resolve(state: FoldedAccount, name: string, register: AttributeRegister): void {
  const winner = winnerOf(register);
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
  return textsOf(registerValue(state, domainsRegister));
}

export function externalIdsOf(state: FoldedAccount): Readonly<Record<string, readonly string[]>> {
  const found: [string, readonly string[]][] = [];
  for (const name of state.registers.keys()) {
    if (!name.startsWith(EXTERNAL)) continue;
    const ids = textsOf(registerValue(state, name));
    if (ids.length > 0) found.push([name.slice(EXTERNAL.length), ids]);
  }
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const registerValue = (state: FoldedAccount, name: string): unknown => {
  const register = state.registers.get(name);
  return register === undefined ? null : (winnerOf(register)?.value ?? null);
};

function textsOf(value: unknown): readonly string[] {
  const list = Array.isArray(value) ? value : value === null ? [] : [value];
  return list.flatMap((one) => (typeof one === "string" ? [one] : typeof one === "number" ? [String(one)] : []));
}
