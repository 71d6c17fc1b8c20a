import type { StageShares } from "./cpu-profile.ts";

/** The product as the bench sees it: started fresh, in a folder of its own, with what it counts about itself. */
export type Product = {
  readonly url: string;
  readonly token: string;
  readonly workerdPid: number;
  readonly folder: string;
  /** Totals over all shards, from `/metrics`. */
  counters(): Promise<Counters>;
  /** Counted platform use since the start (billable units of PLATFORM prices). */
  usage(): Promise<PlatformUsage>;
  profileStart(): Promise<void>;
  profileStop(): Promise<StageShares>;
  stop(): Promise<void>;
};

export type Counters = { readonly accepted: number; readonly applied: number; readonly repeats: number; readonly waiting: number };

export type PlatformUsage = {
  /** Worker requests and consumer invocations. */
  readonly requests: number;
  readonly objectCalls: number;
  readonly rowsWritten: number;
  readonly queueMessages: number;
  /** 64 KB units written; each is also read and deleted once. */
  readonly queueUnits: number;
  readonly bucketPuts: number;
  readonly d1RowsWritten: number;
};

export const poll = async <T>(
  read: () => Promise<T>,
  done: (value: T) => boolean,
  options: { everyMs: number; timeoutMs: number; what: string },
): Promise<T> => {
  const until = performance.now() + options.timeoutMs;
  for (;;) {
    const value = await read();
    if (done(value)) return value;
    if (performance.now() > until) throw new Error(`${options.what}: not within ${options.timeoutMs} ms, last ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, options.everyMs));
  }
};

/** Everything accepted has its final outcome. */
export const settled = (product: Product, timeoutMs: number): Promise<Counters> =>
  poll(
    () => product.counters(),
    (c) => c.waiting === 0,
    { everyMs: 250, timeoutMs, what: "all accepted events settled" },
  );
