import { describe, expect, it } from "vitest";
import type { UnresolvedKey } from "../../src/dashboard/api-types.ts";
import { sharedText } from "../../src/dashboard/pages/dead-letters/key-words.ts";
import { accountMeant } from "../../src/dashboard/ui/named-account.ts";

const account = (id: string, name: string | null, ...domains: string[]) => ({ id, name, domains });
const quarry = account("acc-7", "Quarry Bank", "quarry.example");

describe("the account that a person means", () => {
  it("is found by its id, its whole name or a domain, whatever the case", () => {
    const found = [quarry, account("acc-8", "Quarry Bank North", "north.quarry.example")];
    expect(accountMeant("acc-7", found)).toBe("acc-7");
    expect(accountMeant("quarry bank", found)).toBe("acc-7");
    expect(accountMeant("Quarry.example", found)).toBe("acc-7");
  });

  it("is the one with that id, even if another is called so", () => {
    expect(accountMeant("acme", [account("one", "acme"), account("acme", "Else")])).toBe("acme");
  });

  it("is asked for where several are called so, or only some alike", () => {
    expect(() => accountMeant("Quarry Bank", [quarry, account("acc-9", "Quarry Bank")])).toThrow(
      "Several accounts are called so. Type the id of one: Quarry Bank (acc-7), Quarry Bank (acc-9).",
    );
    expect(() => accountMeant("Quarry", [quarry])).toThrow("No account is called just so. Do you mean Quarry Bank (acc-7)?");
  });

  it("is not guessed where the list knows none: the text may be the id of a new one", () => {
    expect(accountMeant("brand-new", [])).toBe(null);
  });
});

describe("keys that share events", () => {
  const domain = { kind: "domain", value: "globex.example" };
  const email = { kind: "email", value: "sam@globex.example" };
  const user = { kind: "user", value: "sam" };
  const waiting = (key: UnresolvedKey["key"], ...alsoUnder: UnresolvedKey["key"][]): UnresolvedKey => ({
    key,
    waitingEvents: 1,
    since: "2026-11-30T00:00:00.000Z",
    status: "unlinked",
    accountIds: [],
    alsoUnder,
  });

  it("tell which of them to link, and that the others are settled by it", () => {
    expect(sharedText(waiting(domain, email, user))).toBe(
      "Link this one: what waits under E-mail sam@globex.example, User id sam as well goes with it.",
    );
    const better = "Better link Domain globex.example: what waits under both goes with it.";
    expect(sharedText(waiting(email, domain, user))).toBe(better);
    expect(sharedText(waiting(user, domain, email))).toBe(better);
  });

  it("prefer a company's id to a person's and a person's to a ticket's", () => {
    const organization = { kind: "external:zendesk", value: "36" };
    const ticket = { kind: "external:zendesk-ticket", value: "5158" };
    expect(sharedText(waiting(ticket, email))).toContain("Better link E-mail");
    expect(sharedText(waiting(email, organization))).toContain("Better link Id in zendesk 36");
  });
});
