import type { Delivery } from "../../domain/delivery.ts";
import type { AppendReply } from "../../domain/intake/rpc.ts";
import { approximateBytes, encodeRows } from "../../domain/intake/row.ts";
import { intakeFullRetryAfterMs } from "../../domain/limits.ts";
import { type IntakeState, spend } from "./state.ts";

type Caller = { readonly delivery: Delivery; readonly bytes: number; stored(): void; failed(error: unknown): void };

/**
 * Group commit: while one commit is on its way to the disk, the appends that arrive gather for the next.
 *
 * All of a group answer when its rows are durable, or fail together. A shard that holds all it may answers `full` and stores nothing.
 * With a full segment waiting behind unsettled ones the answer is held back for a moment, so that senders slow down; not while consumers say
 * nothing at all: then waiting helps nobody, and the bound of bytes alone protects the shard.
 */
export class GroupCommit {
  private waiting: Caller[] = [];
  private waitingBytes = 0;
  private isCommitting = false;
  private readonly state: IntakeState;
  private readonly afterCommit: () => void;

  constructor(state: IntakeState, afterCommit: () => void) {
    this.state = state;
    this.afterCommit = afterCommit;
  }

  async append(delivery: Delivery): Promise<AppendReply> {
    const bytes = approximateBytes(delivery);
    if (this.state.heldBytes + this.waitingBytes + bytes > this.state.policy.intakeHeldBytesMax)
      return { status: "full", retryAfterMs: intakeFullRetryAfterMs };
    this.waitingBytes += bytes;
    await new Promise<void>((stored, failed) => {
      this.waiting.push({ delivery, bytes, stored, failed });
      if (!this.isCommitting) void this.commitAll();
    });
    if (this.state.waiting.items >= this.state.policy.segmentEventsMax && this.areConsumersHeard()) await this.hold();
    return { status: "stored" };
  }

  private async commitAll(): Promise<void> {
    this.isCommitting = true;
    // What has already arrived with the first caller joins its group.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const group = this.waiting;
      this.waiting = [];
      try {
        await this.state.ports.reach("append:before-commit");
        spend(this.state, "append", () =>
          commitRows(
            this.state,
            group.map(({ delivery }) => delivery),
          ),
        );
        // The alarm that the rows need is written with them.
        this.afterCommit();
        await this.state.store.synced();
        await this.state.ports.reach("append:after-commit");
        for (const { stored } of group) stored();
      } catch (error) {
        for (const { failed } of group) failed(error);
      }
      for (const { bytes } of group) this.waitingBytes -= bytes;
    }
    this.isCommitting = false;
  }

  private areConsumersHeard(): boolean {
    const { heardAt, policy, ports } = this.state;
    return ports.clock.wallNow() - heardAt < policy.consumersSilentAfterMs;
  }

  private async hold(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.state.policy.appendHoldMaxMs);
      this.state.held.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/** Encodes deliveries and commits them as the next rows; the figures in memory follow the commit. */
export function commitRows(state: IntakeState, deliveries: readonly Delivery[], alsoWrite?: () => void): void {
  const rows = encodeRows(deliveries, state.policy.intakeRowBytesMax);
  const wallNow = state.ports.clock.wallNow();
  const { store } = state;
  store.commit(() => {
    store.insertRows(state.lastSeq + 1, rows, state.ports.clock.now(), wallNow);
    alsoWrite?.();
  });
  state.lastSeq += rows.length;
  const waiting = { ...state.waiting, since: state.waiting.since ?? wallNow };
  for (const row of rows) {
    waiting.items += row.items;
    waiting.accepted += row.accepted;
    waiting.rejected += row.rejected;
    waiting.deliveries += row.deliveries;
    waiting.bytes += row.body.byteLength;
    state.heldBytes += row.body.byteLength;
    state.unarchived.bytes += row.body.byteLength;
  }
  state.waiting = waiting;
  state.unarchived.since ??= wallNow;
}
