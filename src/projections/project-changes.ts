import { isCustomer } from "../domain/canary.ts";
import type { ChangeSink } from "../domain/account/messages.ts";
import { toAccountRow } from "../domain/account-row.ts";
import type { AccountChange, ChangesMessage } from "../domain/change.ts";
import { confirmConcurrencyMax, projectionSinkTimeoutMs } from "../domain/limits.ts";
import type { LiveMessage } from "../domain/live.ts";
import type { CanaryStore, ChangeConfirmer, LiveFeed, ReadModelStore, Report } from "./ports.ts";

export type ProjectionPorts = {
  readonly readModels: ReadModelStore & CanaryStore;
  readonly live: LiveFeed;
  readonly confirmer: ChangeConfirmer;
  readonly report: Report;
  /** Product time, epoch ms. */
  readonly now: () => number;
  /** The work's own answer, or a rejection after the given wall time. */
  readonly within: <T>(ms: number, work: Promise<T>) => Promise<T>;
};

/**
 * Brings one batch of changes to each sink that a message names, and confirms to the shards what each sink has.
 *
 * The sinks know nothing of each other: one that fails or hangs is only not confirmed, and the shards' outboxes drive its changes again.
 * So nothing here is retried, and the caller acknowledges the batch whatever comes out. Never rejects.
 */
export async function projectChanges(messages: readonly ChangesMessage[], ports: ProjectionPorts): Promise<void> {
  const completeTo = greatest(messages.flatMap((message) => message.heartbeatAt ?? []));
  await Promise.all([
    serve("readModels", messages, ports, async (changes) => {
      const customers = changes.filter((change) => !isCanaryChange(change));
      if (customers.length > 0) await ports.readModels.keepAccounts(customers);
      // Behind the lists' own write: by then what came with it is visible.
      for (const change of changes.filter(isCanaryChange)) await seeCanary(change, ports);
      const newest = greatest([...changes.map((change) => change.computedAt), ...(completeTo === null ? [] : [completeTo])]);
      if (newest !== null) await ports.readModels.completeTo(newest);
    }),
    serve("live", messages, ports, async (changes) => {
      const customers = changes.filter((change) => !isCanaryChange(change));
      if (customers.length > 0) await ports.live.publish(customers.map(toLiveMessage));
    }),
  ]);
}

const isCanaryChange = ({ accountId }: AccountChange): boolean => !isCustomer(accountId);

async function seeCanary({ newestReceivedAt }: AccountChange, { readModels, now }: ProjectionPorts): Promise<void> {
  if (newestReceivedAt !== null)
    await readModels.seenCanary({ receivedAt: newestReceivedAt, visibleMs: Math.max(0, now() - newestReceivedAt) });
}

export const toLiveMessage = (change: AccountChange): Omit<LiveMessage, "id"> => ({
  type: "account.changed",
  accountId: change.accountId,
  at: change.computedAt,
  data: toAccountRow(change),
});

async function serve(
  sink: ChangeSink,
  messages: readonly ChangesMessage[],
  ports: ProjectionPorts,
  keep: (changes: readonly AccountChange[]) => Promise<void>,
): Promise<void> {
  const changes = newestOfEach(messages.flatMap((message) => (message.sinks.includes(sink) ? message.changes : [])));
  try {
    await ports.within(projectionSinkTimeoutMs, keep(changes));
  } catch (error) {
    ports.report("projection_sink_failed", { sink, changes: changes.length, error: String(error) });
    return;
  }
  await confirm(sink, changes, ports);
}

/** Of several changes of one account only the newest matters; confirming it confirms the older ones. */
function newestOfEach(changes: readonly AccountChange[]): readonly AccountChange[] {
  const newest = new Map<string, AccountChange>();
  for (const change of changes) {
    const known = newest.get(change.accountId);
    if (known === undefined || isNewer(change, known)) newest.set(change.accountId, change);
  }
  return [...newest.values()];
}

const isNewer = (a: AccountChange, b: AccountChange): boolean => a.epoch > b.epoch || (a.epoch === b.epoch && a.number > b.number);

async function confirm(sink: ChangeSink, changes: readonly AccountChange[], ports: ProjectionPorts): Promise<void> {
  const shards = [...Map.groupBy(changes, (change) => change.shard)];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let entry = shards[next++]; entry !== undefined; entry = shards[next++]) {
      const [shard, own] = entry;
      const upTo = own.map(({ accountId, epoch, number }) => ({ accountId, epoch, number }));
      try {
        await ports.within(projectionSinkTimeoutMs, ports.confirmer.confirm(shard, sink, upTo));
      } catch (error) {
        // The shard drives these changes again and the sink drops what it has: a lost confirmation costs work, not truth.
        ports.report("projection_confirm_failed", { sink, shard, error: String(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(confirmConcurrencyMax, shards.length) }, worker));
}

const greatest = (values: readonly number[]): number | null => (values.length === 0 ? null : values.reduce((a, b) => Math.max(a, b)));
