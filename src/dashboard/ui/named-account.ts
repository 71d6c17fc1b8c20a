import { ApiError, api } from "../api.ts";

/** Many, as whoever is called just so need not come first in a list of those that are called alike. */
const matchesMax = 200;
const namedMax = 5;

type Match = { readonly id: string; readonly name: string | null; readonly domains: readonly string[] };

const refused = (detail: string): ApiError => new ApiError({ status: 404, title: "Not found", detail, pointer: "/accountId" });

/**
 * Of the accounts that a search found, the one that a person means: by id, by its whole name, by one of its domains, in this
 * order. Null where none is called so: the list may not know a new account yet, so the text may still be an id.
 * @throws ApiError where several are called so, or none but some are called alike, and names them.
 */
export function accountMeant(text: string, found: readonly Match[]): string | null {
  if (found.some(({ id }) => id === text)) return text;
  const wanted = text.toLowerCase();
  const byName = found.filter(({ name }) => name?.toLowerCase() === wanted);
  const called = byName.length > 0 ? byName : found.filter(({ domains }) => domains.some((domain) => domain.toLowerCase() === wanted));
  if (called.length === 1) return called[0]?.id ?? null;
  if (called.length > 1) throw refused(`Several accounts are called so. Type the id of one: ${namesOf(called)}.`);
  if (found.length > 0) throw refused(`No account is called just so. Do you mean ${namesOf(found)}?`);
  return null;
}

const namesOf = (found: readonly Match[]): string =>
  found
    .slice(0, namedMax)
    .map(({ id, name }) => (name === null ? id : `${name} (${id})`))
    .concat(found.length > namedMax ? ["others"] : [])
    .join(", ");

const isAccount = (id: string): Promise<boolean> =>
  api.account(id).then(
    (account) => account.id === id,
    (cause: unknown) => {
      if (cause instanceof ApiError && cause.status === 404) return false;
      throw cause;
    },
  );

/**
 * The id of the account that a person named in a field. Ids are asked for at the account itself: the list is bounded, and behind what was
 * just made. @throws ApiError at `/accountId` where it is not plain which one is meant.
 */
export async function accountIdOf(typed: string): Promise<string> {
  const text = typed.trim();
  if (await isAccount(text)) return text;
  const { items } = await api.accounts({ q: text, limit: matchesMax, sort: "name" });
  return accountMeant(text, items) ?? text;
}
