import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { watchLive } from "../../scripts/bench/parts/watch-live.ts";

const ends: (() => void)[] = [];
afterEach(() => ends.splice(0).forEach((end) => end()));

/** A server whose live stream does what a test wants of it. */
async function streamOf(answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((_, response) => answer(response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const message = (accountId: string): string =>
  `id: 1\ndata: ${JSON.stringify({ accountId, data: { lastEventAt: new Date(Date.now() - 40).toISOString() } })}\n\n`;
const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));

describe("the bench's live listener", () => {
  test("measures the delay of the probe's messages", async () => {
    const live = await watchLive(await streamOf((response) => void response.write(message("other") + message("probe"))), "t");
    await soon();
    live.close();
    expect(live.delays()).toHaveLength(1);
    expect(live.delays()[0]).toBeGreaterThanOrEqual(40);
  });

  test("fails when the stream is refused", async () => {
    await expect(watchLive(await streamOf((response) => response.writeHead(503).end("busy")), "t")).rejects.toThrow("answered 503: busy");
  });

  test.each([
    ["ends", (response: ServerResponse) => response.end(message("probe")), "the live stream broke"],
    ["breaks", (response: ServerResponse) => void (response.write(message("probe")), setTimeout(() => response.destroy(), 20)), "broke"],
    ["says nothing of the probe", (response: ServerResponse) => void response.write(message("other")), "told nothing"],
  ])("fails when the stream %s", async (_, answer, fault) => {
    const live = await watchLive(await streamOf(answer), "t");
    await soon();
    expect(() => live.delays()).toThrow(fault);
    live.close();
  });
});
