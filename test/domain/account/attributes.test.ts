import { describe, expect, it } from "vitest";
import { domainsOf, externalIdsOf, foldAttributes } from "../../../src/domain/account/attributes.ts";
import { emptyAccount } from "../../../src/domain/account/folded.ts";
import { event } from "../../support/account-builders.ts";

const written = (data: Record<string, unknown>) => event({ type: "account.updated", connector: "pulseline", data });

describe("an account's attributes", () => {
  it("keep as many ids of a system as the API takes", () => {
    const state = emptyAccount("acme");
    const ids = Array.from({ length: 100 }, (_, i) => `${i}`.padEnd(512, "x"));
    foldAttributes(state, written({ externalIds: { zendesk: ids } }));
    expect(externalIdsOf(state)).toEqual({ zendesk: ids });
  });

  it("cannot take the place of the account's name or keys", () => {
    const state = emptyAccount("acme");
    foldAttributes(state, written({ name: "Acme", attributes: { $name: "Evil", "$external:zendesk": ["1"] }, $domains: ["evil.example"] }));
    expect(state.name).toBe("Acme");
    expect(externalIdsOf(state)).toEqual({});
    expect([...state.registers.keys()]).toEqual(["$name"]);
  });

  it("of merged accounts fill what is empty, add their keys, and go by no order of arrival", () => {
    const said = [
      [written({ domains: ["own.example"], attributes: { plan: "pro" } }), undefined],
      [written({ name: "B", domains: ["b.example"], externalIds: { crm: "B" }, attributes: { plan: "free", seats: 2 } }), "b"],
      [written({ name: "C", domains: ["c.example", "own.example"], attributes: { seats: 3 } }), "c"],
    ] as const;
    const told = (order: readonly number[]) => {
      const state = emptyAccount("acme");
      for (const i of order) foldAttributes(state, { ...said[i]![0], occurredAt: i }, said[i]![1]);
      return {
        name: state.name,
        domains: domainsOf(state),
        ids: externalIdsOf(state),
        attributes: Object.fromEntries([...state.attributes].map(([key, { value }]) => [key, value])),
      };
    };
    expect(told([0, 1, 2])).toEqual({
      name: "C",
      domains: ["own.example", "b.example", "c.example"],
      ids: { crm: ["B"] },
      attributes: { plan: "pro", seats: 3 },
    });
    for (const order of [
      [2, 1, 0],
      [1, 2, 0],
      [2, 0, 1],
    ])
      expect(told(order)).toEqual(told([0, 1, 2]));
  });

  it("stay within what one row can hold, whatever is sent", () => {
    const state = emptyAccount("acme");
    for (let i = 0; i < 190; i++) foldAttributes(state, { ...written({ [`a${i}`]: "x".repeat(8_000) }), id: `${i}`.padEnd(256, "€") });
    const chars = [...state.registers.values()].reduce((sum, register) => sum + JSON.stringify(register).length, 0);
    expect(state.registers.size).toBeGreaterThan(60);
    expect(chars).toBeLessThan(700_000);
  });
});
