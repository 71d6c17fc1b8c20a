import { Agent, request as httpRequest } from "node:http";

/** One request of a load: made by the generator just before it is sent. */
export type LoadRequest = {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body: Buffer;
  readonly events: number;
};
export type LoadResult = {
  readonly requests: number;
  readonly events: number;
  readonly refused: number;
  readonly seconds: number;
  /** Per request, ms, unsorted. */
  readonly latencies: number[];
};

/** In-flight requests per load; PERFORMANCE goal tables are measured with 16 to 64. */
export const connectionsDefault = 32;

const agents = new Map<string, Agent>();
function agentFor(origin: string, connections: number): Agent {
  const key = `${origin}/${connections}`;
  const known = agents.get(key);
  if (known !== undefined) return known;
  const agent = new Agent({ keepAlive: true, maxSockets: connections, scheduling: "fifo" });
  agents.set(key, agent);
  return agent;
}

/** Sends one request; answers status and body text. Network errors are status 0: the caller decides whether that is fatal. */
export function send(origin: URL, agent: Agent, item: LoadRequest): Promise<{ status: number; text: string }> {
  return new Promise((resolve) => {
    const outgoing = httpRequest(
      {
        agent,
        host: origin.hostname,
        port: origin.port,
        method: item.method ?? "POST",
        path: item.path,
        headers: { "content-length": item.body.byteLength, ...item.headers },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
        response.on("error", () => resolve({ status: 0, text: "" }));
      },
    );
    outgoing.on("error", (error) => resolve({ status: 0, text: String(error) }));
    outgoing.end(item.body);
  });
}

/**
 * Keeps `connections` requests under way until `until()` says so or `next` has no more.
 * A refused request (not 2xx) is sent again after its Retry-After (at least 100 ms): the door may hold back, nothing may be lost.
 *
 * @param ratePerSecond events per second over all connections; absent = as fast as answers come
 */
export async function runLoad(
  url: string,
  next: () => LoadRequest | null,
  options: { connections?: number; seconds?: number; ratePerSecond?: number },
): Promise<LoadResult> {
  const origin = new URL(url);
  const connections = options.connections ?? connectionsDefault;
  const agent = agentFor(url, connections);
  const started = performance.now();
  const endAt = options.seconds === undefined ? Number.POSITIVE_INFINITY : started + options.seconds * 1_000;
  const latencies: number[] = [];
  let requests = 0;
  let events = 0;
  let refused = 0;
  let scheduledEvents = 0;

  const worker = async (): Promise<void> => {
    while (performance.now() < endAt) {
      const item = next();
      if (item === null) return;
      if (options.ratePerSecond !== undefined) {
        const due = started + (scheduledEvents / options.ratePerSecond) * 1_000;
        scheduledEvents += item.events;
        const wait = due - performance.now();
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      }
      for (;;) {
        const sentAt = performance.now();
        const answer = await send(origin, agent, item);
        if (answer.status >= 200 && answer.status < 300) {
          latencies.push(performance.now() - sentAt);
          requests++;
          events += item.events;
          break;
        }
        if (answer.status !== 0 && answer.status !== 429 && answer.status !== 503)
          throw new Error(`${item.path} answered ${answer.status}: ${answer.text.slice(0, 300)}`);
        refused++;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return { requests, events, refused, seconds: (performance.now() - started) / 1_000, latencies };
}
