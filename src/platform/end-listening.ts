import { credentialEndKnownMs } from "../domain/limits.ts";
import type { LiveHubRpc } from "../domain/live.ts";
import { reportLine } from "./report.ts";

type Parts = {
  readonly hub: Pick<LiveHubRpc, "disconnect">;
  /** Does the work after so many ms, although the request is over by then. */
  readonly later: (ms: number, work: () => Promise<void>) => void;
};

/**
 * Ends the feeds of a token now, and those once more that an isolate let in which had not heard that it is over: it goes by what it was told last
 * for `apiCredentialFreshMs`. Rejects when the hub cannot be reached now; the second time is tried in any case. Who still may listen is back
 * within a second, both times.
 */
export async function endListening({ hub, later }: Parts, tokenId: string): Promise<void> {
  later(credentialEndKnownMs, async () => {
    try {
      await hub.disconnect(tokenId);
    } catch (error) {
      reportLine("feed_not_ended", { error: String(error) });
    }
  });
  await hub.disconnect(tokenId);
}
