import { personOf } from "./people.ts";
import type { AccountRecord, RecordFields, RecordObservation } from "./state.ts";

/** Who is meant by the names that people bear in an account: ids, e-mails, and the names by which other people call them. */
export type PersonNames = {
  /** Every id and e-mail by which a record names its person; some may be another's by now. */
  readonly namesOf: (record: AccountRecord) => readonly string[];
  /** The person whom an id or e-mail names: by the e-mail where it is known, and by the one to which that leads on. */
  readonly personNamed: (name: string) => string;
  /** The same of what somebody wrote, who may have taken the person's own name. */
  readonly personMeant: (text: string) => string;
};

/**
 * Who is known by an id and by an e-mail is one as soon as any record tells both, and then always was. Where records tell one name of several
 * people it is that of whose record began to tell it last: the same one whatever the order of arrival, and said again it moves nothing.
 * An e-mail that leads on to another e-mail is followed to its end. Where names lead round in a circle all of them are one person, called as the
 * newest of these claims says.
 */
export function personNames(records: readonly AccountRecord[]): PersonNames {
  const persons = new NameHolders();
  const byOwnName = new NameHolders();
  for (const record of records) {
    const { email, userId, ownName } = toldNames(record);
    if (email !== null && email.name !== record.key) persons.take(record.key, { ...email, holder: email.name, key: record.key });
    const person = email?.name ?? record.key;
    if (userId !== null && userId.name !== person) persons.take(userId.name, { ...userId, holder: person, key: record.key });
    if (ownName !== null) byOwnName.take(ownName.name, { ...ownName, holder: record.key, key: record.key });
  }
  const personNamed = (name: string): string => persons.endOf(name);
  return {
    namesOf: (record) => [record.key, toldNames(record).userId?.name ?? null].filter((name) => name !== null),
    personNamed,
    personMeant: (text) => personNamed(byOwnName.of(text.toLowerCase()) ?? text),
  };
}

type Claim = { readonly at: number; readonly tie: string; readonly holder: string; readonly key: string };

/** Of each name the newest claim. */
class NameHolders {
  private readonly claims = new Map<string, Claim>();

  take(name: string, claim: Claim): void {
    const known = this.claims.get(name);
    if (known === undefined || isNewer(claim, known)) this.claims.set(name, claim);
  }

  of(name: string): string | null {
    return this.claims.get(name)?.holder ?? null;
  }

  /** To whom a name leads in the end: of names that lead round, the holder by the newest claim. As many steps as there are claims at most. */
  endOf(name: string): string {
    const passed = new Set<string>();
    let end = name;
    for (let claim = this.claims.get(end); claim !== undefined && !passed.has(end); claim = this.claims.get(end)) {
      passed.add(end);
      end = claim.holder;
    }
    return passed.has(end) ? this.newestAround(end) : end;
  }

  private newestAround(start: string): string {
    let newest = this.claims.get(start) as Claim;
    for (let name = newest.holder; name !== start; name = (this.claims.get(name) as Claim).holder) {
      const claim = this.claims.get(name) as Claim;
      if (isNewer(claim, newest)) newest = claim;
    }
    return newest.holder;
  }
}

/** By the vendor's clock, then the event, then the record: of one event only the last differs. */
function isNewer(a: Claim, b: Claim): boolean {
  if (a.at !== b.at) return a.at > b.at;
  return a.tie === b.tie ? a.key > b.key : a.tie > b.tie;
}

/** A name that a record tells of its person, and the observation since which it is that. */
export type ToldName = { readonly name: string; readonly at: number; readonly tie: string };

export type ToldNames = { readonly email: ToldName | null; readonly userId: ToldName | null; readonly ownName: ToldName | null };

/** A list of observations is never changed: what was derived from it stays true. */
const toldIn = new WeakMap<readonly RecordObservation[], ToldNames>();

/** By which names a record tells its person last; `ownName` in lower case. */
export function toldNames({ observations }: Pick<AccountRecord, "observations">): ToldNames {
  let told = toldIn.get(observations);
  if (told === undefined) {
    told = {
      email: toldLast(observations, "email", personOf),
      userId: toldLast(observations, "userId", personOf),
      ownName: toldLast(observations, "name", (value) => (typeof value === "string" ? value.toLowerCase() : null)),
    };
    toldIn.set(observations, told);
  }
  return told;
}

function toldLast(
  observations: readonly RecordObservation[],
  field: string,
  nameIn: (value: RecordFields[string]) => string | null,
): ToldName | null {
  let value: RecordFields[string] | undefined;
  let told: RecordObservation | null = null;
  for (const observation of observations) {
    const { [field]: said } = observation.fields;
    if (said === undefined || said === value) continue;
    value = said;
    told = observation;
  }
  const name = value === undefined ? null : nameIn(value);
  return name === null || told === null ? null : { name, at: told.at, tie: told.tie };
}
