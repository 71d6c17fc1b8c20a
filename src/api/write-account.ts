import { z } from "zod";
import { canaryAccountId } from "../domain/canary.ts";
import type { Delivery } from "../domain/delivery.ts";
import { identityKey, isIdentityKeyKind, type IdentityKey, type IdentityKeyKind } from "../domain/identity/key.ts";
import { isFreeMailDomain } from "../domain/identity/free-mail.ts";
import { ConnectionIdSchema, DeliveryIdSchema } from "../domain/ids.ts";
import {
  attributeBytesMax,
  attributesPerAccountMax,
  domainsPerAccountMax,
  externalIdsPerAccountMax,
  mergeDepthMax,
  otherIdCharsMax,
} from "../domain/limits.ts";
import type { MergeHop } from "../domain/account/edge.ts";
import { EventOutcome } from "../domain/outcome.ts";
import { WHOLE_LINE } from "../domain/stamp.ts";
import { accountJson, isReadFailure, readFailure } from "./account-json.ts";
import { checkAttributeForms } from "./attribute-forms.ts";
import type { Identity } from "./endpoint.ts";
import { Unavailable, type ApiPorts } from "./ports.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { type TakenKey, takenKey } from "./taken-key.ts";
import { DAY_MS } from "../domain/time.ts";

const id = z
  .string()
  .min(1, "must not be empty")
  .max(otherIdCharsMax, `may have ${otherIdCharsMax} characters`)
  .regex(/^[^\p{Cc}]*$/u, "must not hold control characters");

const domain = z
  .string()
  .trim()
  .toLowerCase()
  .max(253)
  .regex(/^(?=.*\.)[\p{L}\p{N}]([\p{L}\p{N}.-]*[\p{L}\p{N}])?$/u, "is not a domain name")
  .refine((name) => !isFreeMailDomain(name), "is a free-mail domain: it would join strangers");

const system = z.string().refine((name) => isIdentityKeyKind(`external:${name.toLowerCase()}`), "must be letters, digits, `.`, `_` or `-`");
const externalId = z.union([id, z.int().transform(String)], "must be text or a whole number");

/** As events have them: the names of systems without regard to case. */
function bySystem(ids: Readonly<Record<string, readonly string[]>>): Record<string, string[]> {
  const known = new Map<string, string[]>();
  for (const [name, some] of Object.entries(ids)) known.set(name.toLowerCase(), [...(known.get(name.toLowerCase()) ?? []), ...some]);
  return Object.fromEntries(known);
}

export const accountInput = z
  .strictObject(
    {
      id: id.refine((name) => name !== canaryAccountId, "is reserved"),
      name: z.string().max(otherIdCharsMax).nullish(),
      domains: z.array(domain).max(domainsPerAccountMax).nullish(),
      externalIds: z
        .record(system, z.union([externalId.transform((one) => [one]), z.array(externalId).max(externalIdsPerAccountMax)]))
        .refine((ids) => Object.values(ids).flat().length <= externalIdsPerAccountMax, `may have ${externalIdsPerAccountMax} in all`)
        .transform(bySystem)
        .nullish(),
      parentId: id.nullish(),
      attributes: z
        .record(
          z.string().min(1).max(128).regex(/^[^$]/, "must not begin with `$`"),
          z.unknown().refine((value) => (JSON.stringify(value) ?? "").length <= attributeBytesMax, `may have ${attributeBytesMax} bytes`),
        )
        .refine((attributes) => Object.keys(attributes).length <= attributesPerAccountMax, `may have ${attributesPerAccountMax} entries`)
        .superRefine(checkAttributeForms)
        .nullish(),
    },
    {
      error: ({ code }) =>
        code === "unrecognized_keys" ? "is not known here: what else there is to tell of an account goes into `attributes`" : undefined,
    },
  )
  .refine(({ id: own, parentId }) => parentId !== own, { path: ["parentId"], message: "an account cannot be its own parent" });
export type AccountInput = z.infer<typeof accountInput>;

type Written = { readonly created: boolean; /** The account itself, or the one it was merged into. */ readonly shownAs: string };

/**
 * Writes an account: its keys are claimed in one decision of the directory, of two writes at the same instant one gets a key and the other
 * none; then it is a delivery of our own, durable in an intake shard first, then applied to the account at once.
 * Domains and external ids that are given replace those the account had (of a system: those of that system), so what is missing is unlinked.
 *
 * The pack that the intake shard makes of it later is the same arrival and has no second effect, so it does not matter which comes first.
 * A failure in between leaves what was done (keys may then be an account's that is not there yet); sending the same again completes it, except
 * that a key dropped from a list may have to be unlinked by hand.
 *
 * @param mayMove also takes keys of other accounts
 * @returns a key that is another's: nothing was written
 */
export async function writeAccount(
  input: AccountInput,
  mayMove: boolean,
  identity: Identity,
  ports: ApiPorts,
): Promise<Result<Written, TakenKey>> {
  const now = ports.clock.now();
  const before = await keysBefore(input, ports);
  const { id: accountId, ...fields } = input;
  const keys = keysOf(input);
  const given = { accountId, author: identity.tokenId, reason: "account written through the API" };
  const claimed =
    keys.length === 0 ? null : await ports.directory.call((directory) => directory.claim({ keys, mayMove, ...given, at: now }));
  if (claimed?.taken != null) return fail(takenKey(claimed.taken.key as IdentityKey, claimed.taken.accountId));
  const written = await writeFields(accountId, fields, identity, ports);
  await ports.directory.call((directory) =>
    Promise.all([
      ...(written.created ? [directory.accountCreated(input.id)] : []),
      ...before.filter((key) => !keys.includes(key)).map((key) => directory.unlink(key, given.accountId, given.author, given.reason, now)),
    ]),
  );
  return ok(written);
}

/** The keys that the account has of the kinds which this write names. */
async function keysBefore(input: AccountInput, ports: ApiPorts): Promise<readonly IdentityKey[]> {
  if (input.domains === undefined && input.externalIds === undefined) return [];
  const account = await ports.accounts.call(input.id, (shard) => shard.account(input.id));
  if (isReadFailure(account)) return [];
  const systems = Object.keys(input.externalIds ?? {});
  return keysOf({
    domains: input.domains === undefined ? [] : [...account.domains],
    externalIds: Object.fromEntries(
      Object.entries(account.externalIds).flatMap(([name, ids]) => (systems.includes(name) ? [[name, [...ids]] as const] : [])),
    ),
  });
}

/** Writes fields of an account, durable first and then applied at once; what is undefined stays. An account that does not exist is made. */
export async function writeFields(
  accountId: string,
  fields: Readonly<Record<string, unknown>>,
  identity: Identity,
  ports: ApiPorts,
): Promise<Written> {
  const delivery = await ports.intake.append(toDelivery(accountId, fields, identity, ports));
  return applyNow(accountId, delivery, ports);
}

function toDelivery(accountId: string, fields: Readonly<Record<string, unknown>>, identity: Identity, ports: ApiPorts): Delivery {
  const now = ports.clock.now();
  return {
    head: {
      id: DeliveryIdSchema.parse(ports.ids.id("api")),
      connectionId: ConnectionIdSchema.parse(identity.tokenId),
      connector: "pulseline",
      form: "account",
      receivedAt: now,
      lane: "live",
      contentEncoding: "identity",
      meta: {},
      settings: {},
      mayCreateAccounts: true,
      accepted: 1,
      rejected: 0,
    },
    body: new TextEncoder().encode(JSON.stringify({ id: accountId, ...fields })),
  };
}

/** What names a merged account is taken as that account's and shows in the one it was merged into, as an event of it would. */
async function applyNow(accountId: string, delivery: Delivery, ports: ApiPorts): Promise<Written> {
  const [line = ""] = ports.intake.linesOf(delivery);
  const key = identityKey("account", accountId);
  const configVersion = String(await ports.configVersion());
  const merges: MergeHop[] = [];
  let target = accountId;
  for (let hop = 0; hop <= mergeDepthMax; hop++) {
    const reply = await ports.accounts.call(target, (shard) =>
      shard.apply({
        accounts: [{ id: target, mayCreate: hop === 0 }],
        accountOf: [0],
        edgeOf: [0],
        edges: [merges.length === 0 ? { key, version: 0 } : { key, version: 0, merges }],
        stamps: [],
        stampOf: [WHOLE_LINE],
        lines: line,
        watermarks: {},
        configVersion,
      }),
    );
    const elsewhere = reply.elsewhere[0];
    if (elsewhere?.why === "moved" && elsewhere.to !== undefined) {
      merges.push({ accountId: target, version: elsewhere.version ?? 0 });
      target = elsewhere.to;
      continue;
    }
    const outcome = reply.outcomes[0];
    // Held: the account is set aside; the write is in its journal and will be folded with the rest.
    if (outcome !== EventOutcome.applied && outcome !== EventOutcome.held) throw new Unavailable("account", `outcome ${outcome}`);
    return { created: reply.created.includes(accountId), shownAs: target };
  }
  throw new Unavailable("account", "merges change at the moment");
}

/** Domains and external ids that a write names. */
export function keysOf(input: Pick<AccountInput, "domains" | "externalIds">): readonly IdentityKey[] {
  const external = Object.entries(input.externalIds ?? {}).flatMap(([name, ids]) =>
    ids.map((value) => identityKey(`external:${name}` as IdentityKeyKind, value)),
  );
  return [...external, ...(input.domains ?? []).map((name) => identityKey("domain", name))];
}

/** The account's document as it is now, or why there is none. */
export async function readAccount(accountId: string, ports: ApiPorts, now: number) {
  const [account, dayAgo] = await ports.accounts.call(accountId, (shard) =>
    Promise.all([shard.account(accountId), shard.health(accountId, now - DAY_MS)]),
  );
  if (isReadFailure(account)) return readFailure(account);
  return accountJson(account, isReadFailure(dayAgo) ? null : dayAgo.score);
}
