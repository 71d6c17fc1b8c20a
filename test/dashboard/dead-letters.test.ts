import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiError, api } from "../../src/dashboard/api.ts";
import type { Account, AccountsPage, DeadLetter, DeadLettersPage, TimelineItem, UnresolvedKey } from "../../src/dashboard/api-types.ts";
import { readFirst } from "../../src/dashboard/pages/dead-letters/first-event.ts";
import { sharedText } from "../../src/dashboard/pages/dead-letters/key-words.ts";
import { workGroup } from "../../src/dashboard/pages/dead-letters/work-group.ts";
import { accountIdOf, accountMeant } from "../../src/dashboard/ui/named-account.ts";

afterEach(() => vi.restoreAllMocks());

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

describe("the id of an account that a person typed", () => {
  const answers = (status: number | null, ...listed: ReturnType<typeof account>[]) => {
    const one = vi.spyOn(api, "account");
    if (status === null) one.mockImplementation(async (id) => ({ id }) as Account);
    else one.mockRejectedValue(new ApiError({ status, title: "No", detail: "no" }));
    return vi.spyOn(api, "accounts").mockResolvedValue({ items: listed, nextCursor: null } as unknown as AccountsPage);
  };

  it("is taken where there is such an account, whatever the list knows or whether it can be read", async () => {
    const list = answers(null, account("421", "Many"), account("142", "42"));
    list.mockRejectedValue(new ApiError({ status: 503, title: "No", detail: "no" }));
    expect(await accountIdOf(" 42 ")).toBe("42");
  });

  it("is looked for by name where there is none, and not where that cannot be told", async () => {
    answers(404, quarry);
    expect(await accountIdOf("quarry bank")).toBe("acc-7");
    answers(503, quarry);
    await expect(accountIdOf("quarry bank")).rejects.toMatchObject({ status: 503 });
  });
});

describe("the event that came first", () => {
  const letter = { accountId: "acc-7", connectionId: "con_b", eventId: "e1" };
  const item = (connectionId: string) => ({ id: "e1", connectionId }) as TimelineItem;
  const { signal } = new AbortController();

  it("is of the letter's own connection: another sender may use the same id", async () => {
    const timeline = vi.spyOn(api, "timeline").mockResolvedValue({ items: [item("con_a"), item("con_b")], nextCursor: null });
    expect(await readFirst(letter, signal)).toEqual(item("con_b"));
    timeline.mockResolvedValue({ items: [item("con_a")], nextCursor: null });
    expect(await readFirst(letter, signal)).toBe(null);
  });
});

it("tells of a group that was worked how many failed", async () => {
  const items = ["a", "b", "c"].map((id) => ({ id }) as DeadLetter);
  vi.spyOn(api, "deadLetters").mockResolvedValue({ items, nextCursor: null, groups: [] } satisfies DeadLettersPage);
  const work = async ({ id }: DeadLetter): Promise<void> => {
    if (id !== "b") throw new Error("refused");
  };
  expect(await workGroup("failed", work, () => {}, "replayed")).toEqual({
    text: "1 event replayed, 2 failed and stay here.",
    failed: 2,
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
