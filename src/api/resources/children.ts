import { z } from "zod";
import type { Child } from "../../domain/health/rollup.ts";
import { isoTime } from "../../domain/time.ts";
import { isReadFailure, readFailure } from "../account-json.ts";
import { endpoint, type Call, type Endpoint } from "../endpoint.ts";
import { fromCursor, pageAnswer, pageOf, pageQuery } from "../page.ts";
import type { RollupReading } from "../ports.ts";
import { band, money, time } from "../schemas.ts";

const named = { id: z.string(), name: z.string().nullable() };
const child = z.object({ ...named, score: z.number().nullable(), band, arr: money.nullable() });

/** Null where there are no children. */
export const rollup = z
  .object({
    status: z.enum(["known", "last_known", "unknown"]),
    score: z.number().nullable(),
    accounts: z.number().nullable(),
    weighed: z.number(),
    currency: z.string().nullable(),
    worst: z.object({ ...named, score: z.number() }).nullable(),
    leftOutAccounts: z.number(),
    leftOut: z.array(z.object({ ...named, why: z.enum(["no_score", "no_arr", "no_rate", "other_currency"]) })),
    asOf: time.nullable(),
  })
  .nullable();

const unknown = { score: null, accounts: null, weighed: 0, currency: null, worst: null, leftOutAccounts: 0, leftOut: [] };

export function rollupJson({ status, rollup: found, asOf }: RollupReading): z.infer<typeof rollup> {
  if (found === null && status !== "unknown") return null;
  return { status, ...(found === null ? unknown : { ...found, leftOut: [...found.leftOut] }), asOf: isoTime(asOf) };
}

const toJson = ({ id, name, score, band: of, arrMinor, currency }: Child): z.infer<typeof child> => ({
  id,
  name,
  score,
  band: of,
  arr: arrMinor === null || currency === null ? null : { amount: arrMinor, currency },
});

async function list({ ports, params, query, identity, url }: Call<z.infer<typeof listQuery>>) {
  const cursor = fromCursor(query.cursor, z.object({ rank: z.number(), id: z.string() }));
  if (!cursor.ok) return cursor.error;
  const accountId = params["accountId"] ?? "";
  // The lists know no account that is not there, nor where one was merged to: the cheapest question to the account itself does.
  const asked = await ports.accounts.call(accountId, (shard) => shard.restatements(accountId, { limit: 1 }));
  if (isReadFailure(asked)) return readFailure(asked, "/children");
  const page = { parentId: accountId, only: identity.accountIds, limit: query.limit, after: cursor.value };
  const { items, lastRank } = await ports.store.children(page);
  const last = items.at(-1);
  return pageAnswer(url, items.map(toJson), last === undefined || items.length < query.limit ? null : { rank: lastRank, id: last.id });
}

const listQuery = z.object(pageQuery);

export const childEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/accounts/{accountId}/children",
    tag: "accounts",
    summary: "Accounts whose parent it is, the worst first",
    scope: "read",
    query: listQuery,
    answers: { 200: { description: "A page of children", schema: pageOf(child) } },
    handle: list,
  }),
];
