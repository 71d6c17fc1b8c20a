import type { ApplyCall, ApplyReply } from "../domain/account/messages.ts";
import type { EdgeRef } from "../domain/account/edge.ts";
import { accountShardName } from "../domain/hash.ts";
import { applyCallCharsMax, applyConcurrencyMax, applyTimeoutMs } from "../domain/limits.ts";
import { EventOutcome } from "../domain/outcome.ts";
import { type Stamp, WHOLE_LINE } from "../domain/stamp.ts";
import { address, fateOf, stampOf, textOf, type Addressed, type Line } from "./parcel.ts";
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
          ports.accounts.apply(shard, call.toCall(watermarks, ports.configVersion())),
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
  const callsOf = new Map<string, ShardCall[]>();
  for (const line of addressed) {
    const { accountId } = line.to;
    let ofShard = callsOf.get(accountId);
    if (ofShard === undefined) {
      const shard = accountShardName(accountId, shards);
      ofShard = calls.get(shard) ?? [];
      calls.set(shard, ofShard);
      callsOf.set(accountId, ofShard);
    }
    let call = ofShard.at(-1);
    const text = textOf(line);
    if (call === undefined || call.chars + text.length >= applyCallCharsMax) ofShard.push((call = new ShardCall()));
    call.add(line, text);
  }
  return calls;
}

/** The lines of one `apply`, gathered column by column. */
class ShardCall {
  readonly lines: Addressed[] = [];
  chars = 0;
  private readonly texts: string[] = [];
  private readonly accounts: { id: string; mayCreate: boolean }[] = [];
  private readonly edges: EdgeRef[] = [];
  private readonly accountOf: number[] = [];
  private readonly edgeOf: number[] = [];
  private readonly stamps: Stamp[] = [];
  private readonly stampOf: number[] = [];
  private readonly stampIndex = new Map<Stamp | null, number>([[null, WHOLE_LINE]]);
  private readonly accountIndex = new Map<string, number>();
  /** Of the edge last met under this key; one call hardly ever holds two versions of a key. */
  private readonly edgeIndex = new Map<string, number>();

  add(line: Addressed, text: string): void {
    const { accountId, key, version, merges } = line.to;
    this.lines.push(line);
    this.texts.push(text);
    this.chars += text.length + 1;
    let account = this.accountIndex.get(accountId);
    if (account === undefined) this.accountIndex.set(accountId, (account = this.accounts.push({ id: accountId, mayCreate: false }) - 1));
    if (line.route.mayCreate && key.startsWith("account|")) (this.accounts[account] as { mayCreate: boolean }).mayCreate = true;
    this.accountOf.push(account);
    const name = merges === undefined ? key : `${key}\n${JSON.stringify(merges)}`;
    let edge = this.edgeIndex.get(name);
    if (edge === undefined || this.edges[edge]?.version !== version)
      this.edgeIndex.set(name, (edge = this.edges.push(merges === undefined ? { key, version } : { key, version, merges }) - 1));
    this.edgeOf.push(edge);
    const stamp = stampOf(line);
    let at = this.stampIndex.get(stamp);
    if (at === undefined) this.stampIndex.set(stamp, (at = this.stamps.push(stamp as Stamp) - 1));
    this.stampOf.push(at);
  }

  toCall(watermarks: Readonly<Record<string, number>>, configVersion: string): ApplyCall {
    const { accounts, accountOf, edgeOf, edges, stamps, stampOf: of, texts } = this;
    return { accounts, accountOf, edgeOf, edges, stamps, stampOf: of, lines: texts.join("\n"), watermarks, configVersion };
  }
}

/** On its way to the account that the one it was addressed to has been merged into. */
function passedOn(line: Addressed, to: string, version: number): Addressed {
  const { accountId, merges = [] } = line.to;
  return address(line, { ...line.to, accountId: to, merges: [...merges, { accountId, version }] });
}

function take({ lines }: ShardCall, reply: ApplyReply, delivered: Delivered): void {
  const elsewhere = new Set<number>();
  for (const { index, why, to, version } of reply.elsewhere) {
    const line = lines[index];
    if (line === undefined) continue;
    elsewhere.add(index);
    if (why === "unknown") delivered.unknown.push(line);
    else if (why === "moved" && to !== undefined) delivered.moved.push(passedOn(line, to, version ?? 0));
    else delivered.oldEdge.push(line);
  }
  for (let index = 0; index < lines.length; index++) {
    if (elsewhere.has(index)) continue;
    const line = lines[index] as Addressed;
    const outcome = reply.outcomes[index] ?? EventOutcome.waiting;
    fateOf(line, outcome);
    line.parcel.appliedAt = Math.max(line.parcel.appliedAt, reply.appliedAt);
    if (outcome !== EventOutcome.waiting) delivered.taken.push(line);
  }
  for (const { index, reason, detail } of reply.reasons) {
    const line = lines[index];
    if (line !== undefined) line.parcel.reasons.push({ index: line.index, reason, detail, accountId: line.to.accountId });
  }
  for (const accountId of reply.created) delivered.created.add(accountId);
}
