import { beforeAll, describe, expect, it } from "vitest";
import { ask, tokenWith } from "../support/api-client.ts";

type Item = Record<string, unknown>;
let token = "";
const ids = { north: `north-${crypto.randomUUID().slice(0, 8)}`, south: `south-${crypto.randomUUID().slice(0, 8)}` };
const list = (query = "", by = token) => ask("GET", `/api/v1/tasks?${query}`, { token: by });
const titles = async (query = "", by = token): Promise<readonly unknown[]> =>
  ((await list(query, by)).json["items"] as Item[]).map(({ title }) => title);
const send = (method: string, path: string, body: Item) => ask(method, `/api/v1/accounts/${path}`, { token, body });
/** Lists hear of a change by the queue: their titles once they are these, or after 20 s whatever they are. */
const titlesOnceTheyAre = async (wanted: readonly string[]): Promise<readonly unknown[]> => {
  const isListed = async (): Promise<boolean> => JSON.stringify(await titles()) === JSON.stringify(wanted);
  for (const until = Date.now() + 20_000; !(await isListed()) && Date.now() < until;) await new Promise((done) => setTimeout(done, 100));
  return titles();
};

beforeAll(async () => {
  token = (await tokenWith(["admin"])).token;
  await ask("POST", "/api/v1/accounts", { token, body: { id: ids.north, name: "North", attributes: { owner: "mo@example.com" } } });
  await ask("POST", "/api/v1/accounts", { token, body: { id: ids.south } });
  await send("POST", `${ids.south}/tasks`, { title: "Some day" });
  await send("POST", `${ids.south}/tasks`, { title: "Call", due: "2026-12-04", assignee: "ann@example.com" });
  await send("POST", `${ids.north}/tasks`, { title: "Send the quote", due: "2026-12-01", assignee: "ann@example.com" });
  await send("POST", `${ids.north}/tasks`, { title: "Plan the review", due: "2026-12-04", assignee: "bo@example.com" });
  await titlesOnceTheyAre(["Send the quote", "Plan the review", "Call", "Some day"]);
});

describe("the tasks of all accounts", () => {
  it("are listed with their accounts, what is due first, those without a date last", async () => {
    const { json } = await list();
    expect(json).toMatchObject({
      total: 4,
      leftOut: 0,
      assignees: [
        { assignee: "ann@example.com", tasks: 2 },
        { assignee: null, tasks: 1 },
        { assignee: "bo@example.com", tasks: 1 },
      ],
      items: [
        { title: "Send the quote", status: "open", account: { id: ids.north, name: "North", owner: "mo@example.com" } },
        {},
        {},
        { title: "Some day", due: null, assignee: null, account: { id: ids.south, name: null, owner: null } },
      ],
    });
    expect(Date.parse(json["asOf"] as string)).toBeGreaterThan(0);
  });

  it("are found by who does them, who looks after the account, and when they are due", async () => {
    expect(await titles("assignee=ann@example.com")).toEqual(["Send the quote", "Call"]);
    expect(await titles("assignee=ann@example.com&assignee=")).toEqual(["Send the quote", "Call", "Some day"]);
    expect(await titles("owner=mo@example.com")).toEqual(["Send the quote", "Plan the review"]);
    expect(await titles("dueBy=2026-12-01")).toEqual(["Send the quote"]);
    expect(await titles("assignee=nobody")).toEqual([]);
    expect((await list("dueBy=soon")).json["pointer"]).toBe("?dueBy");
  });

  it("are read page by page, also where several are due on one day", async () => {
    const pages: unknown[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const { json } = await list(`limit=1${cursor === "" ? "" : `&cursor=${cursor}`}`);
      pages.push(...(json["items"] as Item[]).map(({ title }) => title));
      cursor = json["nextCursor"] as string | null;
    }
    expect(pages).toEqual(["Send the quote", "Plan the review", "Call", "Some day"]);
    expect((await list("cursor=rubbish")).status).toBe(400);
  });

  it("are only those of accounts that the token may see", async () => {
    const mine = (await tokenWith(["read"], { accountIds: [ids.south] })).token;
    const { json } = await list("", mine);
    expect((json["items"] as Item[]).map(({ title }) => title)).toEqual(["Call", "Some day"]);
    expect(json).toMatchObject({ total: 2, assignees: [{ tasks: 1 }, { tasks: 1 }] });
  });

  it("lose one that is done, and one that is deleted", async () => {
    const items = (await list()).json["items"] as { taskId: string; title: string; revision: number }[];
    const [quote, , call] = items;
    await send("PATCH", `${ids.north}/tasks/${quote?.taskId}`, { status: "done", revision: quote?.revision });
    await ask("DELETE", `/api/v1/accounts/${ids.south}/tasks/${call?.taskId}`, { token });
    const left = ["Plan the review", "Some day"];
    expect(await titlesOnceTheyAre(left)).toEqual(left);
  });
});
