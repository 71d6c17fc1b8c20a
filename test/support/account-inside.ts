import { runInDurableObject } from "cloudflare:test";
import type { AccountShard } from "../../durable-objects/account-shard.ts";
import type { AccountBook } from "../../durable-objects/account-shard/account-book.ts";
import type { ChangeOutbox } from "../../durable-objects/account-shard/change-outbox.ts";
import { isCustomer } from "../../src/domain/canary.ts";

/** Of a shard: accounts that stand for themselves, how many are set aside, and how many have a change that some sink has not confirmed. */
export const standingOf = (stub: object): Promise<{ accounts: number; setAside: number; undelivered: number }> =>
  runInDurableObject(stub as DurableObjectStub<AccountShard>, (object) => {
    const { outbox, book } = object as unknown as { outbox: ChangeOutbox; book: AccountBook };
    const entries = [...book.byNumber.values()];
    return {
      accounts: entries.filter(({ id, mergedInto }) => isCustomer(id) && mergedInto === null).length,
      setAside: book.aside().length,
      undelivered: entries.filter((entry) => outbox.isUnconfirmed(entry)).length,
    };
  });
