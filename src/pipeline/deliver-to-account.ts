import type { ApplyAccount, ApplyCall, ApplyReply } from "../domain/account/messages.ts";
import { accountShardName } from "../domain/hash.ts";
import { applyCallCharsMax, applyConcurrencyMax, applyTimeoutMs } from "../domain/limits.ts";
import { EventOutcome } from "../domain/outcome.ts";
import { fateOf, textOf, type Addressed, type Line } from "./parcel.ts";
import type { PipelinePorts } from "./ports.ts";
import type { Reaching } from "./reaching.ts";

/** What the accounts did not take, by what is to be done about it, and what they made known. */
export type Delivered = {
  readonly unknown: Addressed[];
  readonly moved: Addressed[];
  readonly oldEdge: Line[];
  /** Lines that are with the account they were addressed to. */
  readonly taken: Addressed[];
  readonly created: Set<string>;
};

type ShardCall = { readonly lines: Addressed[]; readonly accounts: Map<string, { index: number; mayCreate: boolean }>; chars: number };

/**
 * One `apply` for each shard over the whole batch, at most `applyConcurrencyMax` under way. Lines of a shard that fails or hangs stay
 * waiting; the others are not delayed by more than the bound of its call.
 */
export async function deliverToAccounts(
  addressed: readonly Addressed[],
  shards: number,
  watermarks: Readonly<Record<string, number>>,
  ports: PipelinePorts,
  reaching: Reaching,
): Promise<Delivered> {
  const delivered: Delivered = { unknown: [], moved: [], oldEdge: [], taken: [], created: new Set() };
  const queue = [...byShard(addressed, shards)];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [shard, calls] = next;
      for (const call of calls) {
        const reply = await reaching.call(`account/${shard}`, applyTimeoutMs, () =>
          ports.accounts.apply(shard, toCall(call, watermarks, ports.configVersion)),
        );
        if (!reply.ok) {
          ports.note("account_shard_unreachable", {
            shard,
            events: call.lines.length,
            reason: reply.error.reason,
            detail: reply.error.detail,
          });
          break;
        }
        take(call, reply.value, delivered);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(applyConcurrencyMax, queue.length) }, worker));
  return delivered;
}

/** Calls of each shard in the order of the lines; more than one only where the text would pass `applyCallCharsMax`. */
function byShard(addressed: readonly Addressed[], shards: number): Map<string, ShardCall[]> {
  const calls = new Map<string, ShardCall[]>();
  const shardOf = new Map<string, string>();
  for (const one of addressed) {
    let shard = shardOf.get(one.accountId);
    if (shard === undefined) shardOf.set(one.accountId, (shard = accountShardName(one.accountId, shards)));
    let ofShard = calls.get(shard);
    if (ofShard === undefined) calls.set(shard, (ofShard = []));
    let call = ofShard.at(-1);
    const chars = textOf(one.line).length + 1;
    if (call === undefined || call.chars + chars > applyCallCharsMax) ofShard.push((call = { lines: [], accounts: new Map(), chars: 0 }));
    call.lines.push(one);
    call.chars += chars;
    const mayCreate = one.line.route.mayCreate && one.key.startsWith("account|");
    const account = call.accounts.get(one.accountId);
    if (account === undefined) call.accounts.set(one.accountId, { index: call.accounts.size, mayCreate });
    else account.mayCreate ||= mayCreate;
  }
  return calls;
}

function toCall({ lines, accounts }: ShardCall, watermarks: Readonly<Record<string, number>>, configVersion: string): ApplyCall {
  const edges: { key: string; version: number }[] = [];
  const edgeIndex = new Map<string, number>();
  const edgeOf = lines.map(({ key, version }) => {
    const name = `${version} ${key}`;
    let index = edgeIndex.get(name);
    if (index === undefined) edgeIndex.set(name, (index = edges.push({ key, version }) - 1));
    return index;
  });
  return {
    accounts: [...accounts].map(([id, { mayCreate }]): ApplyAccount => ({ id, mayCreate })),
    accountOf: lines.map(({ accountId }) => (accounts.get(accountId) as { index: number }).index),
    edgeOf,
    edges,
    text: lines.map(({ line }) => textOf(line)).join("\n"),
    watermarks,
    configVersion,
  };
}

function take({ lines }: ShardCall, reply: ApplyReply, delivered: Delivered): void {
  const elsewhere = new Set<number>();
  for (const { index, why, to } of reply.elsewhere) {
    const one = lines[index];
    if (one === undefined) continue;
    elsewhere.add(index);
    if (why === "unknown") delivered.unknown.push(one);
    else if (why === "moved" && to !== undefined) delivered.moved.push({ ...one, accountId: to });
    else delivered.oldEdge.push(one.line);
  }
  for (const [index, one] of lines.entries()) {
    if (elsewhere.has(index)) continue;
    const { parcel } = one.line;
    const outcome = reply.outcomes[index] ?? EventOutcome.waiting;
    fateOf(one.line, outcome);
    parcel.appliedAt = Math.max(parcel.appliedAt, reply.appliedAt);
    if (outcome !== EventOutcome.waiting) delivered.taken.push(one);
  }
  for (const { index, reason, detail } of reply.reasons) {
    const one = lines[index];
    if (one !== undefined) one.line.parcel.reasons.push({ index: one.line.index, reason, detail, accountId: one.accountId });
  }
  for (const accountId of reply.created) delivered.created.add(accountId);
}
