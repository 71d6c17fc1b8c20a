/** What the live feed carries. `id` is the hub's own rising number as text; a client resumes after the last one it saw. */
export type LiveMessage = {
  readonly id: string;
  readonly type: "account.changed" | "source.status" | "dead_letter.added" | "reset" | "hello";
  readonly accountId?: string;
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
};

/** Name of the one hub object. */
export const liveHubName = "hub";

/** What makes two publications the same message; null where a repeat is harmless. */
export function liveMessageKey(message: Omit<LiveMessage, "id">): string | null {
  if (message.type === "account.changed")
    return `${message.accountId ?? ""}|${String(message.data["epoch"])}|${String(message.data["number"])}`;
  return message.type === "dead_letter.added" ? `dead_letter|${String(message.data["id"])}` : null;
}

export interface LiveHubRpc {
  /** Appends to the ring and pushes to every open socket. Publishing one (accountId, epoch, number) twice sends it once while it is in the ring. */
  publish(messages: readonly Omit<LiveMessage, "id">[]): Promise<void>;
  /** Ends what a revoked token still holds open. */
  disconnect(tokenId: string): Promise<void>;
  /** WebSocket upgrade and SSE arrive as `fetch`: `/live`, `/live/sse`, with `?lastEventId=`. */
}
