import { personOf } from "./people.ts";
import { fieldsAt } from "./records.ts";
import type { AccountRecord } from "./state.ts";

/** Who is meant by the names that people bear in an account: ids, e-mails, and the names by which other people call them. */
export type PersonNames = {
  /** Every id and e-mail by which a record names its person. */
  readonly namesOf: (record: AccountRecord) => readonly string[];
  /** The person whom an id or e-mail names: by the e-mail where it is known. */
  readonly personNamed: (name: string) => string;
  /** The same of what somebody wrote, who may have taken the person's own name. */
  readonly personMeant: (text: string) => string;
};

/** Who is known by an id and by an e-mail is one as soon as any record tells both, and then always was. */
export function personNames(records: readonly AccountRecord[]): PersonNames {
  const aliases = new Map<string, string>();
  const byOwnName = new Map<string, string>();
  for (const record of records) {
    const { email, userId, ownName } = toldNames(record);
    const person = email ?? record.key;
    if (record.key !== person) aliases.set(record.key, person);
    if (userId !== null && userId !== person) aliases.set(userId, person);
    if (ownName !== null) byOwnName.set(ownName, record.key);
  }
  const personNamed = (name: string): string => aliases.get(name) ?? name;
  return {
    namesOf: (record) => [record.key, toldNames(record).userId].filter((name) => name !== null),
    personNamed,
    personMeant: (text) => personNamed(byOwnName.get(text.toLowerCase()) ?? text),
  };
}

/** By which names a record tells its person last; `ownName` in lower case. */
export function toldNames(record: AccountRecord): {
  readonly email: string | null;
  readonly userId: string | null;
  readonly ownName: string | null;
} {
  const { email, userId, name } = fieldsAt(record, Infinity) ?? {};
  return { email: personOf(email), userId: personOf(userId), ownName: typeof name === "string" ? name.toLowerCase() : null };
}
