import { beforeAll, describe, expect, it } from "vitest";
import type { AccountChange } from "../../src/domain/change.ts";
import { readModelStore } from "../../src/platform/d1/read-model-store.ts";
import { rollupOf } from "../../src/platform/rollups.ts";
import { changeOf } from "../support/api-changes.ts";
import { ask, testEnv, tokenWith } from "../support/api-client.ts";

type Item = Record<string, unknown>;
let token = "";
const child = (id: string, parentId: string, over: Partial<AccountChange>): AccountChange =>
  changeOf(id, { name: id, parentId, currency: "EUR", number: 1_000_000, ...over });

beforeAll(async () => {
  token = (await tokenWith(["admin"])).token;
  for (const id of ["group", "lonely", "loop"]) await ask("POST", "/api/v1/accounts", { token, body: { id } });
  await readModelStore(testEnv.DB).keepAccounts([
    child("north", "group", { score: 80, band: "healthy", arrMinor: 300_000 }),
    child("south", "group", { score: 40, band: "at_risk", arrMinor: 100_000 }),
    child("new", "group", { score: 90, band: "not_enough_data", arrMinor: 100_000 }),
    child("gone", "group", { score: 1, band: "critical", arrMinor: 900_000, deleted: true }),
    child("grandchild", "south", { score: 0, band: "critical", arrMinor: 900_000 }),
    child("loop", "loop", { score: 10, band: "critical", arrMinor: 5 }),
  ]);
});
const health = async (id: string, bearer = token): Promise<Item> =>
  (await ask("GET", `/api/v1/accounts/${id}/health`, { token: bearer })).json;
const children = async (id: string, query = "", bearer = token) => ask("GET", `/api/v1/accounts/${id}/children${query}`, { token: bearer });

describe("a parent", () => {
  it("shows what its children make of it, those of one generation, without the merged and the unknown", async () => {
    expect((await health("group"))["rollup"]).toMatchObject({
      status: "known",
      score: 70,
      accounts: 3,
      weighed: 2,
      worst: { id: "south", score: 40 },
      leftOut: [{ id: "new", name: "new", why: "no_score" }],
    });
    expect((await health("lonely"))["rollup"]).toBeNull();
  });

  it("goes on to show it in the answer to what a person says of the parent", async () => {
    const say = (what: string, body: Item) => ask("POST", `/api/v1/accounts/group/${what}`, { token, body });
    for (const answer of [await say("opinion", { value: 4 }), await say("override", { value: 50, reason: "Known well" })])
      expect(answer).toMatchObject({ status: 200, json: { rollup: { score: 70, weighed: 2 } } });
    await ask("DELETE", "/api/v1/accounts/group/opinion", { token });
    const withdrawn = await ask("DELETE", "/api/v1/accounts/group/override", { token });
    expect(withdrawn.json).toMatchObject({ override: null, opinion: null, rollup: { score: 70 } });
  });

  it("lists them page by page, the worst first, those without a score last", async () => {
    const first = await children("group", "?limit=2");
    expect(first.json["items"]).toEqual([
      { id: "south", name: "south", score: 40, band: "at_risk", arr: { amount: 100_000, currency: "EUR" } },
      { id: "north", name: "north", score: 80, band: "healthy", arr: { amount: 300_000, currency: "EUR" } },
    ]);
    const second = await children("group", `?limit=2&cursor=${String(first.json["nextCursor"])}`);
    expect((second.json["items"] as Item[]).map(({ id }) => id)).toEqual(["new"]);
    expect((await children("nobody")).status).toBe(404);
  });

  it("is not its own child, and may not be written as one", async () => {
    expect((await health("loop"))["rollup"]).toBeNull();
    expect((await children("loop")).json["items"]).toEqual([]);
    const { status, json } = await ask("POST", "/api/v1/accounts", { token, body: { id: "self", parentId: "self" } });
    expect([status, json["pointer"]]).toEqual([422, "/parentId"]);
  });

  it("shows a token for some accounts only what those make of it", async () => {
    const some = (await tokenWith(["read"], { accountIds: ["group", "south"] })).token;
    expect((await health("group", some))["rollup"]).toMatchObject({ accounts: 1, score: 40 });
    expect(((await children("group", "", some)).json["items"] as Item[]).map(({ id }) => id)).toEqual(["south"]);
  });

  it("shows the last roll-up that was known, with its time, while the lists cannot be asked", async () => {
    let isDown = false;
    const flaky = new Proxy(testEnv.DB, {
      get: (db, name) => {
        if (isDown) throw new Error("D1_ERROR: Network connection lost.");
        const value: unknown = Reflect.get(db, name);
        return typeof value === "function" ? value.bind(db) : value;
      },
    });
    const known = await rollupOf(flaky, "group", null);
    isDown = true;
    expect(await rollupOf(flaky, "group", null)).toEqual({ ...known, status: "last_known" });
    expect(await rollupOf(flaky, "lonely", null)).toEqual({ status: "unknown", rollup: null, asOf: null });
  });
});
