type LiveWatch = {
  /** Throws when the stream was refused, broke, ended by itself or told nothing of the probe: no samples must not pass for good ones. */
  delays(): number[];
  close(): void;
};

/** Delay of each live message about the probe's account behind the newest event it contains, both by this machine's clock. */
export async function watchLive(url: string, token: string): Promise<LiveWatch> {
  const delays: number[] = [];
  const abort = new AbortController();
  const answer = await fetch(`${url}/api/v1/live/sse`, {
    headers: { authorization: `Bearer ${token}`, accept: "text/event-stream" },
    signal: abort.signal,
  });
  if (!answer.ok || answer.body === null) throw new Error(`the live stream answered ${answer.status}: ${await answer.text()}`);
  const stream = answer.body.pipeThrough(new TextDecoderStream());
  const read = async (): Promise<void> => {
    let rest = "";
    for await (const chunk of stream) {
      const parts = (rest + chunk).split("\n\n");
      rest = parts.pop() ?? "";
      for (const part of parts) {
        const data = part.split("\n").find((line) => line.startsWith("data:"));
        if (data === undefined) continue;
        const message = JSON.parse(data.slice(5)) as {
          accountId?: string;
          account?: { lastEventAt?: string };
          data?: { lastEventAt?: string };
        };
        const lastEventAt = message.account?.lastEventAt ?? message.data?.lastEventAt;
        if (message.accountId === "probe" && typeof lastEventAt === "string") delays.push(Date.now() - Date.parse(lastEventAt));
      }
    }
    throw new Error("the live stream ended by itself");
  };
  let fault: unknown = null;
  read().catch((error: unknown) => {
    if (!abort.signal.aborted) fault = error;
  });
  return {
    delays: () => {
      if (fault !== null) throw new Error("the live stream broke", { cause: fault });
      if (delays.length === 0) throw new Error("the live stream told nothing of the probe's account");
      return delays;
    },
    close: () => abort.abort(),
  };
}
