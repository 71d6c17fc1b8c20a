import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach } from "vitest";
import type { AccountShard } from "../../durable-objects/account-shard.ts";
import type { Paces } from "../../durable-objects/account-shard/pace.ts";
import type { AccountDocument } from "../../src/domain/account/messages.ts";
import type { Env } from "../../src/env.ts";
import { event } from "./account-builders.ts";
import { faultsFor, type AccountFaults } from "./account-faulty-shard.ts";

export const namespace = (env as unknown as Env).ACCOUNT_SHARD;

/** The shard of a test, and what strikes it: each test of a file that imports this has one of its own. */
export let name: string;
export let faults: AccountFaults;

beforeEach(() => {
  name = crypto.randomUUID();
  faults = faultsFor(name);
});

/** Its background work is paced so in this test; before the shard is first called. */
export const setPaces = (paces: Paces): void => {
  faults = faultsFor(name, paces);
};

export const shard = () => namespace.getByName(name);
export const stub = () => shard() as unknown as DurableObjectStub<AccountShard>;

export const crash = async (): Promise<void> => {
  await abortAllDurableObjects();
};

export const drive = async (): Promise<void> => {
  await runDurableObjectAlarm(stub());
};

export const journalRows = (): Promise<number> =>
  runInDurableObject(stub(), (_, { storage }) => storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM journal").one().n);

export const document = async (id: string): Promise<AccountDocument> => {
  const found = await shard().account(id);
  if ("failure" in found) throw new Error(`no account ${id}: ${found.failure}`);
  return found;
};

/** An event of a minute ago. */
export const recent = (over: Parameters<typeof event>[0] = {}) => event({ occurredAt: Date.now() - 60_000, ...over });
