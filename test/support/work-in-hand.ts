/** The same for all copies of this module in a runtime: each file of tests has its own. */
type Shared = { readonly work: Set<Promise<unknown>>; file: number; begunAt: number };
const shared: Shared = ((globalThis as { pulselineTests?: Shared }).pulselineTests ??= { work: new Set(), file: 0, begunAt: 0 });

const endsWithinMs = 20_000;

/** Remembers work until it is done, so that the next file can wait for its end. */
function inHand<T>(work: Promise<T>): Promise<T> {
  const noted = work.finally(() => shared.work.delete(noted));
  shared.work.add(noted);
  return noted;
}

type Handle = (batch: MessageBatch) => Promise<void>;

/** Takes a batch of messages to a handler. Queues outlive a reset: messages of earlier files are thrown away here. */
export function takeBatch(batch: MessageBatch, context: ExecutionContext, handle: Handle): Promise<void> {
  const messages = batch.messages.filter(({ timestamp }) => timestamp.getTime() >= shared.begunAt);
  if (messages.length === 0) return Promise.resolve();
  const { queue, metadata } = batch;
  const ackAll = (): void => messages.forEach((message) => message.ack());
  const retryAll = (options?: QueueRetryOptions): void => messages.forEach((message) => message.retry(options));
  const waitUntil = context.waitUntil.bind(context);
  context.waitUntil = (work) => waitUntil(inHand(work));
  return inHand(handle({ queue, metadata, messages, ackAll, retryAll }));
}

/** From here on, what doors of earlier files have put off does not come. Resolves when no consumer has anything in hand, however it ended. */
export async function endLastFile(): Promise<void> {
  const file = ++shared.file;
  const wait = (Object.getPrototypeOf(scheduler) as Scheduler).wait;
  scheduler.wait = async (ms, options) => {
    await wait.call(scheduler, ms, options);
    if (file !== shared.file) await new Promise(() => undefined);
  };
  for (const end = Date.now() + endsWithinMs; shared.work.size > 0;) {
    if (Date.now() > end) throw new Error("a consumer of the last file of tests does not end");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** From here on messages are this file's own. */
export function beginFile(): void {
  shared.begunAt = Date.now();
}

/** From here on no message is anybody's: what is still under way would be taken up after the file's storage is gone. */
export function endFile(): void {
  shared.begunAt = Number.POSITIVE_INFINITY;
}
