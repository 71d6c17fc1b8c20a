import { beforeAll, describe, expect, it } from "vitest";
import { ask, tokenWith } from "../support/api-client.ts";

type Item = Record<string, unknown>;
let token = "";
let me = "";
beforeAll(async () => {
  ({ token, id: me } = await tokenWith(["admin"]));
  for (const id of ["acme", "kept"]) await ask("POST", "/api/v1/accounts", { token, body: { id } });
});
const path = (rest: string) => `/api/v1/accounts/${rest}`;
const get = (rest: string) => ask("GET", path(rest), { token });
const send = (method: string, rest: string, body?: Item) => ask(method, path(rest), { token, body });

describe("a note about an account", () => {
  it("is there at once with who wrote it, changes, and goes; each time an event of the account that moves nothing", async () => {
    const made = await send("POST", "acme/notes", { text: "  They want SSO by March. " });
    expect(made).toMatchObject({
      status: 201,
      json: { text: "They want SSO by March.", revision: 1, createdBy: { id: me, name: "test" }, updatedBy: { id: me } },
    });
    const id = made.json["noteId"] as string;
    expect((await get("acme/notes")).json).toMatchObject({ total: 1, items: [{ noteId: id }], nextCursor: null });
    const changed = await send("PATCH", `acme/notes/${id}`, { text: "They want SSO by May.", revision: 1 });
    expect(changed).toMatchObject({ status: 200, json: { text: "They want SSO by May.", revision: 2 } });
    expect(changed.json["createdAt"]).toBe(made.json["createdAt"]);
    expect(await send("PATCH", `acme/notes/${id}`, { text: "mine", revision: 1 })).toMatchObject({ status: 409 });
    expect((await send("DELETE", `acme/notes/${id}`)).status).toBe(204);
    expect((await get("acme/notes")).json).toMatchObject({ total: 0, items: [] });
    expect((await send("DELETE", `acme/notes/${id}`)).status).toBe(404);
    expect((await get("acme")).json).toMatchObject({ events: 0, score: null });
    const { items } = (await get("acme/timeline?type=account.updated")).json as { items: { data: Item }[] };
    expect(items.map(({ data }) => data["note"]).slice(0, 3)).toMatchObject([
      { id, deleted: true },
      { id, revision: 2, text: "They want SSO by May." },
      { id, revision: 1 },
    ]);
  });

  it("is read page by page", async () => {
    for (const text of ["one", "two", "three"]) await send("POST", "kept/notes", { text });
    const first = await get("kept/notes?limit=2");
    expect(first.json).toMatchObject({ total: 3, items: [{}, {}] });
    const rest = await get(`kept/notes?limit=2&cursor=${String(first.json["nextCursor"])}`);
    expect(rest.json).toMatchObject({ items: [{}], nextCursor: null });
    expect((await get("kept/notes?cursor=rubbish")).status).toBe(400);
  });

  it.each([
    ["notes", { text: " " }, "/text"],
    ["notes", { text: "ä".repeat(5_121) }, "/text"],
    ["notes", {}, "/text"],
    ["tasks", { title: "" }, "/title"],
    ["tasks", { title: "x".repeat(201) }, "/title"],
    ["tasks", { title: "x", due: "tomorrow" }, "/due"],
    ["tasks", { title: "x", due: "2026-02-30" }, "/due"],
    ["tasks", { title: "x", assignee: "a".repeat(257) }, "/assignee"],
  ])("refuses %s %j at %s", async (what, body, pointer) => {
    expect(await send("POST", `acme/${what}`, body)).toMatchObject({ status: 422, json: { pointer } });
  });

  it("needs an account that is there, and a token that may write to it", async () => {
    expect((await send("POST", "nobody/notes", { text: "x" })).status).toBe(404);
    expect((await get("nobody/tasks")).status).toBe(404);
    const { token: reader } = await tokenWith(["read"]);
    expect((await ask("POST", path("acme/notes"), { token: reader, body: { text: "x" } })).status).toBe(403);
    const { token: other } = await tokenWith(["write", "read"], { accountIds: ["kept"] });
    expect((await ask("GET", path("acme/notes"), { token: other })).status).toBe(403);
  });
});

describe("a task for an account", () => {
  it("has a date and somebody who does it, is done by whoever says so, and can be opened again", async () => {
    const made = await send("POST", "acme/tasks", { title: "Send the quote", due: "2026-12-01", assignee: "ann@example.com" });
    expect(made).toMatchObject({ status: 201, json: { status: "open", due: "2026-12-01", assignee: "ann@example.com", doneAt: null } });
    const one = `acme/tasks/${String(made.json["taskId"])}`;
    const done = await send("PATCH", one, { status: "done" });
    expect(done.json).toMatchObject({ status: "done", doneBy: { id: me }, title: "Send the quote" });
    expect((await get("acme/tasks?status=open")).json).toMatchObject({ total: 0 });
    expect((await get("acme/tasks?status=done")).json).toMatchObject({ total: 1, items: [{ doneAt: done.json["doneAt"] }] });
    expect((await send("PATCH", one, { status: "done", title: "Send the offer" })).json).toMatchObject({
      doneAt: done.json["doneAt"],
      title: "Send the offer",
    });
    expect((await send("PATCH", one, { status: "open", due: null, assignee: "" })).json).toMatchObject({
      status: "open",
      doneAt: null,
      doneBy: null,
      due: null,
      assignee: null,
    });
    expect(await send("PATCH", one, { status: "begun" })).toMatchObject({ status: 422, json: { pointer: "/status" } });
    expect((await send("DELETE", one)).status).toBe(204);
  });
});
