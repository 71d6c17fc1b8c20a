import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { deployOptions, deployUsage, setupGoesOn, setupUsage } from "../../scripts/cloud/options.ts";
import { startOptions } from "../../scripts/runtime/options.ts";

const defaults = { dataFolder: ".data", port: 8787 };
const read = (args: string[], env: Record<string, string> = {}) => startOptions(args, env, defaults, 1_000);

describe("what npm start is told", () => {
  test("has defaults", () => {
    expect(read([])).toEqual({ port: 8787, host: "127.0.0.1", dataFolder: ".data", clock: null, allowPrivateHosts: false });
  });

  test("comes from the environment, and from the command line before it", () => {
    const env = {
      PORT: "9000",
      PULSELINE_DATA: "/env",
      PULSELINE_ADMIN_TOKEN: "token-of-the-environment",
      PULSELINE_PUBLIC_URL: "https://x.example",
      PULSELINE_ALLOW_PRIVATE_HOSTS: "1",
    };
    expect(read([], env)).toMatchObject({
      port: 9000,
      dataFolder: "/env",
      adminToken: "token-of-the-environment",
      publicUrl: "https://x.example",
      allowPrivateHosts: true,
    });
    expect(read(["--port", "9001", "--data", "/here", "--admin-token=token-of-the-command"], env)).toMatchObject({
      port: 9001,
      dataFolder: "/here",
      adminToken: "token-of-the-command",
    });
  });

  test("may set the product's clock", () => {
    expect(read(["--clock", "2026-11-20T00:00:00Z", "--clock-rate", "60"])?.clock).toEqual({
      productMs: Date.parse("2026-11-20T00:00:00Z"),
      wallMs: 1_000,
      rate: 60,
    });
    expect(read(["--clock-rate", "0"])?.clock).toEqual({ productMs: 1_000, wallMs: 1_000, rate: 0 });
  });

  test("is only help when help is asked for", () => {
    expect(read(["--help"])).toBeNull();
  });

  test.each([
    [["--port", "70000"], /port/],
    [["--port", "eight"], /port/],
    [["--clock", "yesterday"], /--clock must be a time/],
    [["--clock-rate", "-1"], /--clock-rate/],
    [["--admin-token", "short"], /16 to 512/],
    [["--admin-token", "with a space in it, and long"], /ASCII/],
    [["--prot", "1"], /--prot/],
  ])("is refused by name: %s", (args, message) => {
    expect(() => read(args)).toThrow(message);
  });
});

describe("what the commands of the cloud are told", () => {
  const run = (script: string, ...args: string[]) =>
    promisify(execFile)(process.execPath, [join(import.meta.dirname, "../../scripts", script), ...args]);

  test("the set-up takes no options, a deployment only one", () => {
    expect([setupGoesOn([]), setupGoesOn(["--help"])]).toEqual([true, false]);
    expect([[], ["--dry-run"], ["--help"], ["--dry-run", "--help"]].map(deployOptions)).toEqual([
      { isDryRun: false },
      { isDryRun: true },
      null,
      null,
    ]);
  });

  test.each([["--dryrun"], ["--env=production"], ["production"]])("an argument that is not known is refused by name: %s", (argument) => {
    const [name] = argument.split("=");
    expect(() => setupGoesOn([argument])).toThrow(new RegExp(`'${name}'[^]*npm run setup`));
    expect(() => deployOptions([argument])).toThrow(new RegExp(`'${name}'[^]*--dry-run`));
  });

  test("asked for help they say how they are used, and nothing else is done", async () => {
    expect(await Promise.all(["setup-cloud.ts", "deploy.ts"].map((script) => run(script, "--help")))).toEqual(
      [setupUsage, deployUsage].map((usage) => ({ stdout: `${usage}\n`, stderr: "" })),
    );
  });
});
