import { describe, expect, test } from "vitest";
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
