import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { DataFolder } from "../../scripts/runtime/data-folder.ts";
import { startRuntime } from "../../scripts/runtime/host.ts";
import { freePort } from "../../scripts/runtime/port.ts";
import { StartProcess } from "../support/runtime-start-process.ts";

const base = mkdtempSync(join(tmpdir(), "pulseline-start-"));
const processes: StartProcess[] = [];
let serial = 0;

const newFolder = (): string => join(base, String(++serial));
function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): StartProcess {
  const started = new StartProcess(args, env);
  processes.push(started);
  return started;
}
const stopWithinMs = 5_000;

afterEach(async () => {
  await Promise.all(processes.splice(0).map((each) => each.signal("SIGKILL")));
  // A killed host leaves its runtime behind; the next start of the folder would end it, here nobody starts it again.
  for (const folder of readdirSync(base)) for (const { pid } of new DataFolder(join(base, folder)).workerds()) process.kill(pid, "SIGKILL");
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const eventsOf = async (url: string, token: string, account: string): Promise<number> => {
  const response = await fetch(`${url}/api/v1/accounts/${account}`, { headers: { authorization: `Bearer ${token}` } });
  return response.ok ? (await response.json<{ events: number }>()).events : -1;
};
const send = (url: string, token: string, id: string): Promise<Response> =>
  fetch(`${url}/v1/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({
      id,
      type: "feature.used",
      time: new Date().toISOString(),
      account: { id: "acme" },
      user: { id: "u" },
      data: { feature: "f" },
    }),
  });
async function until(what: string, check: () => Promise<boolean>, withinMs = 60_000): Promise<void> {
  for (const end = Date.now() + withinMs; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 100)))
    if (await check()) return;
  throw new Error(`not within ${withinMs} ms: ${what}`);
}

describe("npm start", () => {
  test("makes an admin token once, keeps what it took in, and ends in time at Ctrl-C", async () => {
    const [folder, port] = [newFolder(), String(await freePort("127.0.0.1"))];
    const first = start(["--data", folder, "--port", port]);
    const url = await first.url();
    const token = /admin token +(\S+) +\(shown this once/.exec(first.output)?.[1] ?? "";
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect((await send(url, token, "e1")).status).toBe(202);
    await until("the event is counted", async () => (await eventsOf(url, token, "acme")) === 1);

    const ending = performance.now();
    expect(await first.signal("SIGINT")).toBe(0);
    expect(performance.now() - ending).toBeLessThan(stopWithinMs);
    expect(statSync(join(folder, "secret-key")).mode & 0o077).toBe(0);
    for (const name of readdirSync(folder))
      if (statSync(join(folder, name)).isFile()) expect(readFileSync(join(folder, name), "utf8")).not.toContain(token);

    const second = start(["--data", folder, "--port", port]);
    await second.url();
    expect(second.output).toContain("the one of the first start");
    expect(second.output).not.toMatch(/pl_admin_/);
    expect(await eventsOf(url, token, "acme")).toBe(1);
    expect(await second.signal("SIGTERM")).toBe(0);
  });

  test("takes a token that is given, again and again", async () => {
    const folder = newFolder();
    const token = "token-given-by-a-test";
    for (const args of [
      ["--admin-token", token],
      ["--admin-token", token],
    ]) {
      const runtime = start(["--data", folder, "--port", "0", ...args]);
      const url = await runtime.url();
      expect((await fetch(`${url}/api/v1/accounts`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
      expect(runtime.output).not.toContain(token);
      expect(await runtime.signal("SIGTERM")).toBe(0);
    }
  });

  test("after a SIGKILL the next start ends the orphan, takes the port back, and what was acknowledged is counted", async () => {
    const [folder, port, token] = [newFolder(), String(await freePort("127.0.0.1")), "token-given-by-a-test"];
    const first = start(["--data", folder, "--port", port, "--admin-token", token]);
    const url = await first.url();
    const acknowledged = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => (await send(url, token, `e${index}`)).status === 202),
    );
    await first.signal("SIGKILL");
    expect((await fetch(`${url}/healthz`)).status, "the orphan serves on").toBe(200);

    const second = start(["--data", folder, "--port", port, "--admin-token", token]);
    await second.url();
    expect(second.output).toMatch(/ended the runtime that an earlier start left behind/);
    const wanted = acknowledged.filter(Boolean).length;
    expect(wanted).toBe(20);
    await until("every acknowledged event is counted", async () => (await eventsOf(url, token, "acme")) === wanted);
  });

  test("a second start on a folder that is served is refused by name", async () => {
    const folder = newFolder();
    const first = start(["--data", folder, "--port", "0"]);
    const url = await first.url();
    const second = start(["--data", folder, "--port", "0"]);
    expect(await second.end).toBe(1);
    expect(second.output).toContain(`is in use by process ${first.pid}`);
    expect(second.output).not.toMatch(/\n +at /);
    expect((await fetch(`${url}/healthz`)).status, "the first is unharmed").toBe(200);
  });

  test("a port held by a stranger is told with its process", async () => {
    const stranger = createServer().listen(0, "127.0.0.1");
    await once(stranger, "listening");
    const { port } = stranger.address() as { port: number };
    const runtime = start(["--data", newFolder(), "--port", String(port)]);
    expect(await runtime.end).toBe(1);
    expect(runtime.output).toContain(`Port ${port} is held by process ${process.pid} (`);
    stranger.close();
  });

  test("a data folder that cannot be written is told", async () => {
    const file = join(base, "a-file");
    writeFileSync(file, "");
    // Below /proc stands nothing that could be made, though /proc itself is there.
    const both = [join(file, "data"), ...(existsSync("/proc/self") ? ["/proc/nowhere/data"] : [])].map((folder) =>
      start(["--data", folder, "--port", "0"]),
    );
    expect(await Promise.all(both.map(({ end }) => end))).toEqual(both.map(() => 1));
    for (const { output } of both) expect(output).toMatch(/The data folder .* cannot be written .*--data FOLDER/);
    rmSync(file);
  });

  test("a broken configuration is told with its line", async () => {
    const root = mkdtempSync(join(tmpdir(), "pulseline-broken-"));
    writeFileSync(join(root, "wrangler.toml"), 'name = "pulseline"\nmain = [broken\n');
    await expect(startRuntime({ root, dataFolder: newFolder() })).rejects.toThrow(/wrangler\.toml:2/);
    rmSync(root, { recursive: true });
  });

  test("a runtime that is killed is started again, and the host serves on", async () => {
    const folder = newFolder();
    const runtime = start(["--data", folder, "--port", "0"]);
    const url = await runtime.url();
    const [workerd] = new DataFolder(folder).workerds();
    process.kill(workerd?.pid ?? 0, "SIGKILL");
    await until("another runtime answers", async () => {
      const now = new DataFolder(folder).workerds()[0];
      if (now === undefined || now.pid === workerd?.pid) return false;
      return (await fetch(`${url}/healthz`).catch(() => null))?.ok === true;
    });
    expect(runtime.output).toContain("started again");
  });

  test("the product's clock starts where it is told and runs as fast as it is told", async () => {
    const token = "token-given-by-a-test";
    const runtime = start([
      "--data",
      newFolder(),
      "--port",
      "0",
      "--admin-token",
      token,
      "--clock",
      "2026-03-01T00:00:00Z",
      "--clock-rate",
      "0",
    ]);
    const url = await runtime.url();
    const made = await fetch(`${url}/api/v1/accounts`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ id: "dated" }),
    });
    expect(await made.json()).toMatchObject({ asOf: "2026-03-01T00:00:00.000Z" });
  });

  test("a foreign process whose number an old record bears is left alone", async () => {
    const sleeper = spawn("sleep", ["60"]);
    const folder = newFolder();
    const record = new DataFolder(folder);
    record.write(
      "host.json",
      JSON.stringify({ host: { pid: 999_999, startedAt: "1" }, workerd: { pid: sleeper.pid, startedAt: "1" }, port: 1 }),
    );
    expect(await record.claim(1)).toEqual([]);
    expect(sleeper.exitCode).toBeNull();
    expect(process.kill(sleeper.pid ?? 0, 0)).toBe(true);
    record.release();
    sleeper.kill();
  });
});
