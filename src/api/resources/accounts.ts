import { z } from "zod";
import { Key } from "../../domain/config/scorecard.ts";
import { toAccountRow } from "../../domain/account-row.ts";
import { importBodyBytesMax, importColumnsMax, importRejectionsShown, importRowsMax } from "../../domain/limits.ts";
import { isoTime } from "../../domain/time.ts";
import { isReadFailure } from "../account-json.ts";
import { fromCsv } from "../csv.ts";
import { endpoint, okJson, type Call, type Endpoint } from "../endpoint.ts";
import { isFailure } from "../failure.ts";
import { toAccountInput } from "../import-row.ts";
import { takenKeys } from "../key-owners.ts";
import { fromCursor, pageAnswer, pageOf, pageQuery } from "../page.ts";
import { accountSorts, disagreementFilters, type AccountSort } from "../ports.ts";
import { accountDocument, accountRow, band, time } from "../schemas.ts";
import { accountInput, readAccount, writeAccount, type AccountInput } from "../write-account.ts";

/** Together they stay below the values that one statement of the database binds. */
const filterValuesMax = 20;

const sort = z
  .string()
  .regex(new RegExp(`^-?(${accountSorts.join("|")})$`), `must be one of ${accountSorts.join(", ")}, with \`-\` in front for descending`)
  .default("moved");

const listQuery = z.object({
  ...pageQuery,
  band: z.array(band).max(filterValuesMax).default([]),
  segment: z.array(z.string()).max(filterValuesMax).default([]),
  owner: z.array(z.string()).max(filterValuesMax).default([]),
  disagreement: z.enum(disagreementFilters).optional(),
  scorecard: Key.optional(),
  q: z.string().max(256).optional(),
  sort,
});

const cursorSchema = z.object({ sort: z.string(), value: z.union([z.string(), z.number()]).nullable(), id: z.string() });

const emptyToNull = (values: readonly string[]): (string | null)[] => values.map((value) => (value === "" ? null : value));

async function list({ ports, query, identity, url }: Call<z.infer<typeof listQuery>>) {
  const cursor = fromCursor(query.cursor, cursorSchema);
  if (!cursor.ok) return cursor.error;
  if (cursor.value !== null && cursor.value.sort !== query.sort)
    return { failure: "bad_query", pointer: "?cursor", detail: "belongs to another sort" } as const;
  const found = await ports.store.accounts(
    {
      bands: query.band,
      segments: emptyToNull(query.segment),
      owners: emptyToNull(query.owner),
      disagreement: query.disagreement ?? null,
      scorecard: query.scorecard ?? null,
      q: query.q === undefined || query.q.trim() === "" ? null : query.q.trim(),
      accountIds: identity.accountIds,
    },
    { sort: query.sort.replace("-", "") as AccountSort, descending: query.sort.startsWith("-"), limit: query.limit, after: cursor.value },
  );
  const last = found.items.at(-1);
  const next =
    last === undefined || found.items.length < query.limit ? null : { sort: query.sort, value: found.lastValue, id: last.accountId };
  return pageAnswer(url, found.items.map(toAccountRow), next, { total: found.total, asOf: isoTime(found.asOf) });
}

/** A key of another account is only taken from it when that is said. */
const moveKeys = z.boolean().optional();
const upsertBody = accountInput.extend({ moveKeys });

async function upsert({ ports, body: { moveKeys: mayMove, ...body }, identity, now }: Call<unknown, z.infer<typeof upsertBody>>) {
  if (identity.accountIds !== null && !identity.accountIds.includes(body.id))
    return { failure: "account_not_allowed", accountId: body.id } as const;
  if (bindsKeys(body) && identity.accountIds !== null) return { failure: "account_not_allowed", accountId: null } as const;
  if (identity.accountIds !== null && !(await isItself(body.id, ports)))
    return { failure: "account_not_allowed", accountId: null } as const;
  const written = await writeAccount(body, mayMove === true, identity, ports);
  if (!written.ok) return { failure: "conflict", ...written.error } as const;
  const account = await readAccount(written.value.shownAs, ports, now);
  return isFailure(account) ? account : { status: written.value.created ? 201 : 200, json: account };
}

/** Not merged into another, which a token for some accounts would otherwise write to and read. */
async function isItself(accountId: string, ports: Call["ports"]): Promise<boolean> {
  const account = await ports.accounts.call(accountId, (shard) => shard.account(accountId));
  return !isReadFailure(account) || account.failure !== "moved";
}

/** Keys belong to the whole book: giving one to an account takes it from another, which a token for some accounts may not. */
const bindsKeys = ({ domains, externalIds }: AccountInput): boolean =>
  (domains ?? []).length > 0 || Object.values(externalIds ?? {}).some((ids) => ids.length > 0);

type RowFailure = { readonly line: number; readonly id: string | null; readonly pointer: string; readonly detail: string };

const importQuery = z.object({ moveKeys: z.enum(["true", "false"]).optional() });

async function importCsv({ ports, query, body, identity }: Call<z.infer<typeof importQuery>, string>) {
  const table = fromCsv(body, { rows: importRowsMax, columns: importColumnsMax });
  if (!table.ok) return table.error;
  const rows = table.value.map(({ line, fields }) => ({ line, id: fields.get("id") ?? null, input: toAccountInput(fields) }));
  const inputs = rows.flatMap(({ input }) => (input.ok ? [input.value] : []));
  const mayMove = query.moveKeys === "true";
  const taken = mayMove ? [] : await takenKeys(inputs, ports);
  const takenOf = new Map(inputs.map((input, i) => [input, taken[i] ?? null]));
  const rejected: RowFailure[] = [];
  let imported = 0;
  // Rows of one account follow each other as they stand: the last one says how it is.
  const accounts = [...Map.groupBy(rows, ({ line, input }) => (input.ok ? input.value.id : line)).values()];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let account = accounts[next++]; account !== undefined; account = accounts[next++]) {
      for (const { line, id, input } of account) {
        const failed = input.ok ? (takenOf.get(input.value) ?? (await importRow(input.value, mayMove, { ports, identity }))) : input.error;
        if (failed === null) imported += 1;
        else rejected.push({ line, id, ...failed });
      }
    }
  };
  await Promise.all(Array.from({ length: importConcurrency }, worker));
  rejected.sort((a, b) => a.line - b.line);
  return okJson({ imported, rejected: rejected.slice(0, importRejectionsShown), rejectedRows: rejected.length });
}

const importConcurrency = 16;

async function importRow(
  input: AccountInput,
  mayMove: boolean,
  { ports, identity }: Pick<Call, "ports" | "identity">,
): Promise<{ pointer: string; detail: string } | null> {
  if (identity.accountIds !== null && !identity.accountIds.includes(input.id))
    return { pointer: "/id", detail: "this token may not touch this account" };
  if (identity.accountIds !== null && bindsKeys(input))
    return { pointer: "/domains", detail: "a token for some accounts may not give domains or external ids" };
  if (identity.accountIds !== null && !(await isItself(input.id, ports)))
    return { pointer: "/id", detail: "was merged into another account, which this token may not touch" };
  const written = await writeAccount(input, mayMove, identity, ports);
  return written.ok ? null : written.error;
}

export const accountEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/accounts",
    tag: "accounts",
    summary: "Accounts, filtered, sorted and paged",
    scope: "read",
    query: listQuery,
    manyOf: ["band", "segment", "owner"],
    answers: {
      200: { description: "A page of accounts", schema: pageOf(accountRow).extend({ total: z.number(), asOf: time.nullable() }) },
    },
    handle: list,
  }),
  endpoint({
    method: "post",
    path: "/accounts",
    tag: "accounts",
    summary: "Make or update an account",
    scope: "write",
    body: { schema: upsertBody },
    answers: { 200: { description: "Updated", schema: accountDocument }, 201: { description: "Made", schema: accountDocument } },
    handle: upsert,
  }),
  endpoint({
    method: "post",
    path: "/accounts/import",
    tag: "accounts",
    summary: "Make or update accounts from CSV",
    scope: "write",
    query: importQuery,
    body: { type: "csv", schema: z.string(), bytesMax: importBodyBytesMax },
    answers: {
      200: {
        description: "What became of the rows",
        schema: z.object({
          imported: z.number(),
          rejected: z.array(z.object({ line: z.number(), id: z.string().nullable(), pointer: z.string(), detail: z.string() })),
          rejectedRows: z.number(),
        }),
      },
    },
    handle: importCsv,
  }),
  endpoint({
    method: "get",
    path: "/accounts/{accountId}",
    tag: "accounts",
    summary: "One account, straight from its object",
    scope: "read",
    answers: { 200: { description: "The account", schema: accountDocument } },
    async handle({ ports, params, now }) {
      const account = await readAccount(params["accountId"] ?? "", ports, now);
      return isFailure(account) ? account : okJson(account);
    },
  }),
];
