/** What the live feed carries. `id` is the hub's own rising number as text; a client resumes after the last one it saw. */
export type LiveMessage = {
  readonly id: string;
  readonly type: "account.changed" | "source.status" | "dead_letter.added" | "reset";
  readonly accountId?: string;
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
};

export interface LiveHubRpc {
  /** Appends to the ring and pushes to every open socket. Publishing one (accountId, epoch, number) twice sends it once while it is in the ring. */
  publish(messages: readonly Omit<LiveMessage, "id">[]): Promise<void>;
  /** WebSocket upgrade and SSE arrive as `fetch`: `/live`, `/live/sse`, with `?lastEventId=`. */
}
