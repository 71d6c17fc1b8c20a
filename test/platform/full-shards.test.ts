import { abortAllDurableObjects } from "cloudflare:test";
import { beforeAll, expect, it } from "vitest";
import { forgetTopology } from "../../src/platform/topology.ts";
import { ask, testEnv, tokenWith } from "../support/api-client.ts";
import { deliveryOf, nativeEvent } from "../support/intake-builders.ts";
import { reportOf, takeSent, unpack, until } from "../support/intake-consumer.ts";
import { faultsFor } from "../support/intake-faulty-shard.ts";

let token = "";
beforeAll(async () => {
  token = (await tokenWith(["admin"])).token;
});

let serial = 0;
const send = () =>
  ask("POST", "/v1/events", {
    token,
    body: { id: `e${++serial}`, type: "feature.used", time: new Date().toISOString(), account: { id: "acct-1" } },
  });
const write = () => ask("POST", "/api/v1/accounts", { token, body: { id: `written-${++serial}` } });
const shard = (name: string) => testEnv.INTAKE_SHARD.getByName(name);
const acceptedBy = async (name: string): Promise<number> => (await shard(name).totals()).acceptedEvents;

it("doors and API turn to the other shard while one is full, say 503 when both are, and go on when rows have gone", async () => {
  await shard("0").putTopology({ intakeShards: 2 });
  forgetTopology();
  // A bucket that is away keeps every row; bounds as small as a few deliveries.
  const policy = { archiveEveryMs: 20, retryFloorMs: 20, retryCapMs: 100 };
  const faults = {
    "0": faultsFor("0", { archive: "fails", policy: { ...policy, intakeHeldBytesMax: 4_000 } }),
    "1": faultsFor("1", { archive: "fails", policy: { ...policy, intakeHeldBytesMax: 40_000 } }),
  };
  await abortAllDurableObjects();

  /** To the last byte: in the end with deliveries that hold nothing. */
  const fill = async (name: string): Promise<void> => {
    for (const events of [[nativeEvent(`fill-${name}`)], []]) while ((await shard(name).append(deliveryOf(events))).status === "stored");
  };
  await fill("0");
  const before = await acceptedBy("0");
  for (let i = 0; i < 8; i++) expect([(await send()).status, (await write()).status]).toEqual([202, 201]);
  expect(await acceptedBy("0")).toBe(before);

  await fill("1");
  for (const answer of [await send(), await write()]) {
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(answer.json).toMatchObject({ status: 503, requestId: expect.any(String) });
  }

  for (const name of ["0", "1"] as const) faults[name].archive = "works";
  await until("there is room again at both", async () => {
    for (const name of ["0", "1"] as const) {
      const messages = takeSent(faults[name]);
      if (messages.length > 0) await shard(name).settle(messages.map((message) => reportOf(unpack(message))));
    }
    const held = await Promise.all(["0", "1"].map(async (name) => (await shard(name).totals()).heldBytes));
    return held.every((bytes) => bytes < 2_000);
  });
  expect([(await send()).status, (await write()).status]).toEqual([202, 201]);
});
