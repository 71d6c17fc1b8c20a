import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { ApiPorts, Connection } from "../../src/api/ports.ts";
import { knownSenders } from "../../src/api/senders.ts";
import { sendersMax } from "../../src/domain/limits.ts";
import type { Env } from "../../src/env.ts";
import { setupStores } from "../../src/platform/d1/setup-stores.ts";

const store = setupStores((env as unknown as Env).DB);
const connection = (id: string, status: Connection["status"]): Connection => ({
  id,
  connector: "zendesk",
  name: `Name of ${id}`,
  status,
  baseUrl: null,
  tokenUrl: null,
  settings: {},
  secretNames: [],
  secretsCiphertext: "",
  apiSecretDigest: null,
  createdAt: 0,
  updatedAt: 0,
});

describe("the names of senders", () => {
  it("do not run out because of connections that were removed", async () => {
    const removed = Array.from({ length: sendersMax }, (_, i) => connection(`a-${i}`, "deleted"));
    await Promise.all(removed.map((one) => store.putConnection(one)));
    await store.putConnection(connection("z-last", "active"));
    const { names, connections } = await knownSenders({ store } as unknown as ApiPorts);
    expect(names.get("z-last")).toBe("Name of z-last");
    expect(connections.filter(({ status }) => status === "deleted")).toHaveLength(sendersMax);
  });
});
