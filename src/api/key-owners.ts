import type { IdentityKey } from "../domain/identity/key.ts";
import { ownerOf } from "../domain/identity/claim.ts";
import type { KeyStatus } from "../domain/identity/messages.ts";
import { keysAskedAtOnce } from "../domain/limits.ts";
import { isReadFailure } from "./account-json.ts";
import type { ApiPorts } from "./ports.ts";
import { type TakenKey, takenKey } from "./taken-key.ts";
import { keysOf, type AccountInput } from "./write-account.ts";

/**
 * The first key of each account of an import that belongs to another one, or to an earlier row. A look and not a lock, for all rows at once
 * and in their order; the directory decides once more when each of them is written (`claim`).
 */
export async function takenKeys(inputs: readonly AccountInput[], ports: ApiPorts): Promise<readonly (TakenKey | null)[]> {
  const status = await statusOf([...new Set(inputs.flatMap((input) => keysOf(input)))], ports);
  const claimed = new Map<string, string>();
  return Promise.all(
    inputs.map(async (input) => {
      for (const key of keysOf(input)) {
        const first = claimed.get(key) ?? input.id;
        claimed.set(key, first);
        const owner = first === input.id ? ownerOfStatus(status.get(key)) : first;
        if (owner === null || owner === input.id || owner === (await mergedInto(input.id, ports))) continue;
        return takenKey(key, owner);
      }
      return null;
    }),
  );
}

/** With the account that its owner was merged into, as `status` has it. */
const ownerOfStatus = (status: KeyStatus | undefined): string | null =>
  status === undefined || ownerOf(status) === null ? null : status.accountId;

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
