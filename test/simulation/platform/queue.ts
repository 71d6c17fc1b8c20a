import { cloned } from "./cloned.ts";
import type { ObjectRuntime } from "./object-runtime.ts";
import type { VirtualTime } from "./virtual-time.ts";

const DELIVERY_DELAY_MAX_MS = 40;
const REORDER_DELAY_MS = 400;
const REORDER_SHARE = 0.1;
const RETRIES_MAX = 5;

type Message = { readonly body: unknown; readonly attempts: number };
export type BatchConsumer = (batch: MessageBatch) => Promise<void>;

/** A queue that loses, doubles and reorders; batches are small and interleave. */
export class VirtualQueue {
  private readonly name: string;
  private readonly time: VirtualTime;
  private readonly objects: ObjectRuntime;
  private readonly random: () => number;
  private readonly batchMax: number;
  private waiting: Message[] = [];
  private pumping = false;
  consumer: BatchConsumer = async () => {};

  constructor(name: string, options: { time: VirtualTime; objects: ObjectRuntime; random: () => number; batchMax: number }) {
    this.name = name;
    this.time = options.time;
    this.objects = options.objects;
    this.random = options.random;
    this.batchMax = options.batchMax;
  }

  async send(body: unknown): Promise<void> {
    await this.sendBatch([{ body }]);
  }

  async sendBatch(messages: Iterable<{ body: unknown }>): Promise<void> {
    await this.time.sleep(Math.floor(this.random() * 5));
    for (const { body } of messages) {
      const message = { body: cloned(body), attempts: 1 };
      if (this.objects.strikes("messageLost")) continue;
      this.arrive(message);
      if (this.objects.strikes("messageDoubled")) this.arrive(message);
    }
  }

  private arrive(message: Message, atLeastMs = 0): void {
    let delay = atLeastMs + this.random() * DELIVERY_DELAY_MAX_MS;
    if (this.random() < REORDER_SHARE) {
      delay += this.random() * REORDER_DELAY_MS;
      this.objects.counts.messageReordered++;
    }
    this.time.schedule(() => {
      this.waiting.push(message);
      if (!this.pumping) void this.pump();
    }, Math.floor(delay));
  }

  private async pump(): Promise<void> {
    this.pumping = true;
    while (this.waiting.length > 0) {
      const taken = this.waiting.splice(0, this.batchMax);
      const verdicts = new Map<Message, "ack" | { retry: number }>();
      const messages = taken.map((message, index) => ({
        id: `${this.name}-${index}`,
        timestamp: new Date(this.time.now()),
        body: message.body,
        attempts: message.attempts,
        ack: () => void (verdicts.has(message) || verdicts.set(message, "ack")),
        retry: (options?: { delaySeconds?: number }) =>
          void (verdicts.has(message) || verdicts.set(message, { retry: (options?.delaySeconds ?? 2) * 1_000 })),
      }));
      let failed = false;
      try {
        await this.consumer({
          queue: this.name,
          messages,
          ackAll: () => messages.forEach((message) => message.ack()),
          retryAll: (options?: { delaySeconds?: number }) => messages.forEach((message) => message.retry(options)),
        } as unknown as MessageBatch);
      } catch {
        failed = true;
      }
      for (const message of taken) {
        const verdict = verdicts.get(message) ?? (failed ? { retry: 2_000 } : "ack");
        if (verdict === "ack" || message.attempts > RETRIES_MAX) continue;
        this.arrive({ body: message.body, attempts: message.attempts + 1 }, verdict.retry);
      }
    }
    this.pumping = false;
  }
}
