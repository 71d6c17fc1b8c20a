import { type Agent, request } from "node:http";

/** A door said no, or nothing, as often as we were willing to ask. */
export class NotAccepted extends Error {
  override readonly name = "NotAccepted";
}

export type Answer = { readonly status: number; readonly retryAfterMs: number | null; readonly text: string };
export type Outgoing = {
  readonly url: string;
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
};

const triesMax = 12;
const waitMaxMs = 5_000;
const answerWithinMs = 30_000;

/** One request over kept connections. Status 0: there was no answer. */
export function sendOnce(agent: Agent, { url, method = "POST", headers, body }: Outgoing): Promise<Answer> {
  return new Promise((resolve) => {
    const nothing = (text: string): void => resolve({ status: 0, retryAfterMs: null, text });
    const outgoing = request(
      url,
      { agent, method, headers: { ...headers, "content-length": String(Buffer.byteLength(body)) }, timeout: answerWithinMs },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", (error) => nothing(error.message));
        response.on("end", () => {
          const seconds = Number(response.headers["retry-after"]);
          resolve({
            status: response.statusCode ?? 0,
            retryAfterMs: seconds > 0 ? seconds * 1_000 : null,
            text: Buffer.concat(chunks).toString(),
          });
        });
      },
    );
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer in time")));
    outgoing.on("error", (error) => nothing(error.message));
    outgoing.end(body);
  });
}

/** Tries until `attempt` is content, waiting ever longer (or as long as it says) between tries; then throws `NotAccepted`. */
export async function untilAccepted(
  what: string,
  attempt: () => Promise<{ readonly accepted: boolean; readonly retryAfterMs?: number | null; readonly said: string }>,
  isStopped: () => boolean,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const { accepted, retryAfterMs, said } = await attempt();
    if (accepted) return;
    if (isStopped()) throw new NotAccepted(`${what}: stopped before it was accepted`);
    if (tries >= triesMax) throw new NotAccepted(`${what} was refused ${tries} times, the last time with: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, Math.min(waitMaxMs, retryAfterMs ?? 100 * 2 ** tries)));
  }
}
