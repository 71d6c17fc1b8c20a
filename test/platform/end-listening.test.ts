import { describe, expect, it } from "vitest";
import { apiCredentialFreshMs, credentialReadWaitMs } from "../../src/domain/limits.ts";
import { endListening } from "../../src/platform/end-listening.ts";

const setUp = (disconnect: (tokenId: string) => Promise<void>) => {
  const planned: { ms: number; work: () => Promise<void> }[] = [];
  const ended: string[] = [];
  const hub = {
    disconnect: async (tokenId: string) => {
      ended.push(tokenId);
      await disconnect(tokenId);
    },
  };
  return { planned, ended, end: (tokenId: string) => endListening({ hub, later: (ms, work) => void planned.push({ ms, work }) }, tokenId) };
};

describe("the feeds of a token that is over", () => {
  it("end at once, and once more when no isolate can have let one in since", async () => {
    const { planned, ended, end } = setUp(async () => undefined);
    await end("tok");
    expect(ended).toEqual(["tok"]);
    expect(planned).toHaveLength(1);
    expect(planned[0]?.ms).toBeGreaterThan(apiCredentialFreshMs + credentialReadWaitMs);
    await planned[0]?.work();
    expect(ended).toEqual(["tok", "tok"]);
  });

  it("are tried again where the hub is away, which the first call says and the second only reports", async () => {
    const { planned, ended, end } = setUp(() => Promise.reject(new Error("hub is away")));
    await expect(end("tok")).rejects.toThrow("hub is away");
    await planned[0]?.work();
    expect(ended).toEqual(["tok", "tok"]);
  });
});
