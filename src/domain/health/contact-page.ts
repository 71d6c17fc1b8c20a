import type { RecordPage } from "../account/record-view.ts";
import type { AccountState } from "../account/state.ts";
import { startOfDay } from "../time.ts";
import { contactsOf } from "./contacts.ts";

/** A person of the customer, for lists. */
export type ContactView = {
  readonly person: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly role: string | null;
  readonly title: string | null;
  readonly isChampion: boolean;
  readonly isSponsor: boolean;
  readonly leftAt: number | null;
  /** UTC day of the last time the person wrote to us or met us, as its first instant; epoch ms. */
  readonly lastContactAt: number | null;
};

/** A page of persons: those who were in touch last first, then by name; null when `after` is none of them. */
export function contactPage(state: AccountState, { limit, after }: RecordPage, now: number): readonly ContactView[] | null {
  const all = contactsOf(state)
    .map((contact): ContactView => {
      const lastDay = contact.contactDays.reduce((last, day) => Math.max(last, day), -Infinity);
      return {
        person: contact.person,
        name: contact.name,
        email: contact.email,
        role: contact.role(now),
        title: contact.title(now),
        isChampion: contact.roles(now).has("champion"),
        isSponsor: contact.roles(now).has("sponsor"),
        leftAt: contact.leftSince(now),
        lastContactAt: Number.isFinite(lastDay) ? startOfDay(lastDay) : null,
      };
    })
    .sort((a, b) => (b.lastContactAt ?? -1) - (a.lastContactAt ?? -1) || (a.person < b.person ? -1 : 1));
  const start = after === undefined ? 0 : all.findIndex(({ person }) => person === after) + 1;
  return after !== undefined && start === 0 ? null : all.slice(start, start + limit);
}
