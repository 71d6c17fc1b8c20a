import { Unavailable, type ApiPorts } from "./ports.ts";

/** Ends what a token listens to. Where the hub cannot be reached, an open feed ends with its next message at the latest when it can be again. */
export async function endFeed(tokenId: string, ports: Pick<ApiPorts, "live">): Promise<void> {
  try {
    await ports.live.disconnect(tokenId);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
  }
}
