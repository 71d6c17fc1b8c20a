import { keyKind, keyValue, type IdentityKey } from "../domain/identity/key.ts";
import type { KeyStatus } from "../domain/identity/messages.ts";
import { keysAskedAtOnce } from "../domain/limits.ts";
import { isReadFailure } from "./account-json.ts";
import type { ApiPorts } from "./ports.ts";
import { keysOf, type AccountInput } from "./write-account.ts";

/** A key that a write names and that is another account's. */
export type TakenKey = { readonly pointer: string; readonly detail: string };

/**
 * The first key of each account to be written that belongs to another one: a domain or an external id that moved without a word would take
 * that account's events along. What only events have shown (`observed`) belongs to nobody yet, and an ambiguous key leads nowhere.
 *
 * A look and not a lock: of two writes at the same instant that name the same new key, the later one gets it.
 */
export async function takenKeys(inputs: readonly AccountInput[], ports: ApiPorts): Promise<readonly (TakenKey | null)[]> {
  const status = await statusOf([...new Set(inputs.flatMap((input) => keysOf(input)))], ports);
  const claimed = new Map<string, string>();
  return Promise.all(
    inputs.map(async (input) => {
      for (const key of keysOf(input)) {
        const first = claimed.get(key) ?? input.id;
        claimed.set(key, first);
        const owner = first === input.id ? ownerOf(status.get(key)) : first;
        if (owner === null || owner === input.id || owner === (await mergedInto(input.id, ports))) continue;
        return {
          pointer: pointerTo(key),
          detail: `${keyValue(key)} belongs to ${owner}; with moveKeys it is taken from there, and its events with it`,
        };
      }
      return null;
    }),
  );
}

const pointerTo = (key: IdentityKey): string =>
  keyKind(key) === "domain" ? "/domains" : `/externalIds/${keyKind(key).slice("external:".length)}`;

/** Who has it by more than events' showing. */
const ownerOf = (status: KeyStatus | undefined): string | null =>
  status === undefined || status.edges[0]?.evidence === "observed" ? null : status.accountId;

async function statusOf(keys: readonly IdentityKey[], ports: ApiPorts): Promise<ReadonlyMap<string, KeyStatus>> {
  const found = new Map<string, KeyStatus>();
  for (let start = 0; start < keys.length; start += keysAskedAtOnce) {
    const part = keys.slice(start, start + keysAskedAtOnce);
    for (const status of await ports.directory.call((directory) => directory.status(part))) found.set(status.key, status);
  }
  return found;
}

async function mergedInto(accountId: string, ports: ApiPorts): Promise<string | null> {
  const account = await ports.accounts.call(accountId, (shard) => shard.account(accountId));
  return isReadFailure(account) && account.failure === "moved" ? account.to : null;
}
