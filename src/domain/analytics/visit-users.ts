import { DayRecord } from "../account/day-record.ts";
import type { DayPage, UserKey } from "../account/state.ts";

/** @param features indexes into the account's features; valid during the call */
export type VisitUser = (user: UserKey, actions: number, features: readonly number[]) => void;

/** Each person of a day. Days that are packed are read as they lie: a question that looks at hundreds of them must not open them all. */
export function visitUsers(page: DayPage, visit: VisitUser): void {
  if (page instanceof DayRecord && page.visitPacked(visit)) return;
  for (const [user, { actions, features }] of page.users) visit(user, actions, [...features]);
}
