import { DurableObject } from "cloudflare:workers";
import { toLine, type Event } from "../../../src/domain/event.ts";
import type { Env } from "../../../src/env.ts";

export { IdentityDirectory } from "../../../durable-objects/identity-directory.ts";

/** Answers at once: its cost is that of any call to an object, to be compared with. */
export class Nothing extends DurableObject {
  async call(keys: readonly string[]): Promise<number> {
    return keys.length;
  }
}

type Limits = Env & { readonly NOTHING: DurableObjectNamespace<Nothing> };
type Kind = "nothing" | "lookup" | "news" | "resolve" | "observe" | "link" | "park";

const parallelCalls = 16;

/** `POST /?kind=&calls=&size=&from=`: makes calls, 16 at a time, each about `size` keys of its own numbered from `from` on. */
export default {
  async fetch(request: Request, env: Limits): Promise<Response> {
    const query = new URL(request.url).searchParams;
    const number = (name: string): number => Number(query.get(name));
    const kind = query.get("kind") as Kind;
    const stub = env.IDENTITY_DIRECTORY.getByName("directory");
    const { cursor } = await stub.lookup([], null);
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < number("calls")) {
        const first = number("from") + next++ * number("size");
        await call(
          kind,
          Array.from({ length: number("size") }, (_, i) => `user|u${first + i}`),
          env,
          cursor,
        );
      }
    };
    await Promise.all(Array.from({ length: parallelCalls }, worker));
    return Response.json({ calls: next });
  },
};

async function call(kind: Kind, keys: readonly string[], env: Limits, cursor: string): Promise<unknown> {
  const directory = env.IDENTITY_DIRECTORY.getByName("directory");
  switch (kind) {
    case "nothing":
      return env.NOTHING.getByName("nothing").call(keys);
    case "lookup":
      return directory.lookup(keys, null);
    case "news":
      return directory.lookup([], cursor);
    case "resolve":
      return directory.resolve(keys.map((key) => [key, "domain|none.example"]));
    case "observe":
      return directory.observe(keys.map((key, i) => ({ key, accountId: `account-${i % 100}`, at: 0 })));
    case "link":
      return Promise.all(keys.map((key) => directory.link({ key, accountId: "account-1", evidence: "person", author: "bench", at: 0 })));
    case "park":
      return directory.park(keys.map((key) => ({ keys: [key], mayCreate: false, line: toLine(eventOf(key)) })));
  }
}

const eventOf = (key: string): Event => ({
  id: `e-${key}`,
  contentHash: 1,
  connectionId: "bench",
  connector: "native",
  type: "feature.used",
  occurredAt: 1_790_000_000_000,
  receivedAt: 1_790_000_000_000,
  deliveryId: `d-${key}`,
  index: 0,
  lane: "live",
  keys: [key],
  user: { id: key, email: "someone@example.com" },
  data: { feature: "export", plan: "team", seconds: 12 },
});
