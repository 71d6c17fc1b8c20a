import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startCrons } from "../../scripts/runtime/crons.ts";

const begin = Date.parse("2026-11-25T10:00:30Z");

/** A host whose product clock runs `rate` times as fast as the (faked) wall. */
function hostAt(rate: number, triggers: readonly string[], fire: (cron: string, at: number) => Promise<void> = async () => undefined) {
  const wallBegin = Date.now();
  const fired: string[] = [];
  const failures: string[] = [];
  const stop = startCrons({
    triggers,
    now: () => begin + (Date.now() - wallBegin) * rate,
    fire: async (cron, at) => {
      fired.push(`${cron} ${new Date(at).toISOString().slice(11, 16)}`);
      await fire(cron, at);
    },
    failed: (cron, error) => failures.push(`${cron}: ${String(error)}`),
  });
  return { fired, failures, stop };
}

describe("cron triggers on the product's clock", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "Date", "performance", "setTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  test("fire once in each minute", async () => {
    const { fired, stop } = hostAt(1, ["* * * * *"]);
    await vi.advanceTimersByTimeAsync(150_000);
    expect(fired).toEqual(["* * * * * 10:01", "* * * * * 10:02", "* * * * * 10:03"]);
    await stop();
  });

  test("on a clock an hour a second, the trigger of each minute fires once a look and a daily one for each of its days", async () => {
    const { fired, stop } = hostAt(3_600, ["* * * * *", "0 2 * * *"]);
    await vi.advanceTimersByTimeAsync(48_000);
    expect(fired.filter((line) => line.startsWith("* ")).length).toBe(48);
    expect(fired.filter((line) => line.startsWith("0 2")).length).toBe(2);
    await stop();
  });

  test("on a clock that stands still, the trigger of each minute goes on by the wall and no other fires", async () => {
    const { fired, stop } = hostAt(0, ["* * * * *", "0 2 * * *"]);
    await vi.advanceTimersByTimeAsync(181_000);
    expect(fired).toEqual(["* * * * * 10:00", "* * * * * 10:00", "* * * * * 10:00"]);
    await stop();
  });

  test("a handler that takes long is not started beside itself, and one that fails is told and tried at the next minute", async () => {
    let running = 0;
    let most = 0;
    const { fired, failures, stop } = hostAt(1, ["* * * * *"], async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 90_000));
      running -= 1;
      throw new Error("no");
    });
    await vi.advanceTimersByTimeAsync(300_000);
    expect([most, fired.length, failures.length]).toEqual([1, 4, 3]);
    const stopped = stop();
    await vi.advanceTimersByTimeAsync(90_000);
    await stopped;
  });
});
