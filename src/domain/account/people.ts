import type { Event } from "../event.ts";
import { otherIdCharsMax, peopleOfOneEventMax } from "../limits.ts";

/**
 * A person of the customer as the records name one: the e-mail in lower case where that is known, else the user id. Who is known by both
 * is one person only once a contact record tells the e-mail of an id (`person-names.ts`).
 */
export function personOf(value: unknown): string | null {
  if (typeof value === "string") return nameOf(value);
  if (typeof value === "number") return String(value);
  if (typeof value !== "object" || value === null) return null;
  const { email, id } = value as { email?: unknown; id?: unknown };
  return personOf(typeof email === "string" && email !== "" ? email : (id ?? null));
}

function nameOf(text: string): string | null {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed.length > otherIdCharsMax) return null;
  return trimmed.includes("@") ? trimmed.toLowerCase() : trimmed;
}

/** Roles whose holders the account's attributes of these names tell, beside what is told of each person. */
export const keyRoles = ["champion", "sponsor"] as const;

/** Those an event names as the other side: its user, and whoever its field `with` lists. */
export function peopleOf({ user, data }: Event): readonly string[] {
  const others = Array.isArray(data["with"]) ? data["with"] : [data["with"]];
  const people = new Set<string>();
  for (const one of [user, ...others.slice(0, peopleOfOneEventMax)]) {
    const person = personOf(one);
    if (person !== null) people.add(person);
  }
  return [...people];
}

const ourSide = new Set(["admin", "agent", "bot", "staff", "team", "teammate", "operator", "us"]);

/** Whether the customer wrote it. `author` is a word or an object with `type` or `isStaff`; not told, it is the customer if the event has a user. */
export function isFromCustomer({ user, data }: Event): boolean {
  const author = data["author"];
  const { type, isStaff } = (typeof author === "object" && author !== null ? author : { type: author }) as {
    type?: unknown;
    isStaff?: unknown;
  };
  if (typeof isStaff === "boolean") return !isStaff;
  if (typeof type === "string") return !ourSide.has(type.toLowerCase());
  return user !== undefined;
}
