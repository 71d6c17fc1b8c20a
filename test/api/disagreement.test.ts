import { beforeAll, expect, it } from "vitest";
import type { AccountChange } from "../../src/domain/change.ts";
import { readModelStore } from "../../src/platform/d1/read-model-store.ts";
import { changeOf } from "../support/api-changes.ts";
import { ask, testEnv, tokenWith } from "../support/api-client.ts";

const risk = (probability: number): NonNullable<AccountChange["risk90"]> => ({
  probability,
  low: probability,
  high: probability,
  model: "2026-10",
  learnedFrom: { scope: "all", segment: null, rows: 900, accounts: 100, losses: 60 },
});
let token = "";
beforeAll(async () => {
  token = (await tokenWith(["admin"])).token;
  // Health from 10 to 90, risk the other way round, but for two that changed places.
  const risks = [0.9, 0.1, 0.7, 0.6, 0.5, 0.4, 0.3, 0.8, 0.2];
  const book = risks.map((probability, i) => changeOf(`a${i}`, { score: 10 + i * 10, band: "watch", risk90: risk(probability) }));
  await readModelStore(testEnv.DB).keepAccounts([
    ...book,
    changeOf("falling", { disagreements: ["forecast"] }),
    changeOf("liked", { score: 20, disagreements: ["opinion"] }),
    changeOf("thin", { score: 99, band: "not_enough_data", risk90: risk(0.99) }),
  ]);
});
const found = async (disagreement: string): Promise<readonly string[]> => {
  const { json } = await ask("GET", `/api/v1/accounts?disagreement=${disagreement}&sort=name&limit=50`, { token });
  return (json["items"] as readonly { id: string }[]).map(({ id }) => id).sort();
};

it("finds accounts by where health and what else is known point apart; ranks are those of the whole book", async () => {
  expect(await found("forecast")).toEqual(["falling"]);
  expect(await found("opinion")).toEqual(["liked"]);
  expect(await found("risk")).toEqual(["a1", "a7"]);
  expect(await found("any")).toEqual(["a1", "a7", "falling", "liked"]);
  expect((await ask("GET", "/api/v1/accounts?disagreement=mood", { token })).json).toMatchObject({ status: 400, pointer: "?disagreement" });
});
