import { Agent } from "node:http";
import { gzipSync } from "node:zlib";
import type { MixpanelEvent, NativeEvent } from "./company/actions.ts";
import type { TicketStep } from "./company/tickets.ts";
import { type MixpanelClient, mixpanelClient } from "./mixpanel-client.ts";
import { type Outgoing, sendOnce, untilAccepted } from "./send.ts";
import type { DemoState } from "./state.ts";
import { type ZendeskHook, zendeskRequest } from "./zendesk-sender.ts";

/** The three senders. A call ends when the door has accepted, or throws `NotAccepted`; everything may be sent again. */
export type Doors = {
  readonly native: (events: readonly NativeEvent[]) => Promise<void>;
  readonly nativeHistory: (events: readonly NativeEvent[]) => Promise<void>;
  readonly mixpanel: (event: MixpanelEvent) => Promise<void>;
  readonly mixpanelHistory: (events: readonly MixpanelEvent[]) => Promise<void>;
  readonly zendesk: (step: TicketStep) => Promise<void>;
  readonly tally: Tally;
  readonly close: () => void;
};

/** What was accepted, by door, and how often a request had to be made again. */
export type Tally = { native: number; mixpanel: number; zendesk: number; requests: number; again: number; rejected: number };

const socketsMax = 24;

export function openDoors(url: URL, state: DemoState, isStopped: () => boolean): Doors {
  const agent = new Agent({ keepAlive: true, maxSockets: socketsMax });
  const client = mixpanelClient(url, state.projectToken, state.apiSecret);
  const hook: ZendeskHook = {
    url: new URL(`/webhooks/zendesk/${state.zendeskConnectionId}`, url).href,
    secret: state.webhookSecret,
    seed: state.seed,
  };
  const tally: Tally = { native: 0, mixpanel: 0, zendesk: 0, requests: 0, again: 0, rejected: 0 };

  const accepted = async (what: string, request: () => Outgoing, read: (text: string) => void = () => undefined): Promise<void> => {
    await untilAccepted(
      what,
      async () => {
        const answer = await sendOnce(agent, request());
        const isAccepted = answer.status >= 200 && answer.status < 300;
        if (isAccepted) read(answer.text);
        count(tally, isAccepted);
        return { accepted: isAccepted, retryAfterMs: answer.retryAfterMs, said: `${answer.status} ${answer.text.slice(0, 300)}` };
      },
      isStopped,
    );
  };
  const byClient = (what: string, attempt: (client: MixpanelClient) => Promise<string | null>): Promise<void> =>
    untilAccepted(
      what,
      async () => {
        const said = await attempt(client);
        count(tally, said === null);
        return { accepted: said === null, said: said ?? "" };
      },
      isStopped,
    );
  const nativeBy = async (path: string, contentType: string, body: Uint8Array | string): Promise<void> => {
    const headers = {
      authorization: `Bearer ${state.ingestToken}`,
      "content-type": contentType,
      ...(typeof body === "string" ? {} : { "content-encoding": "gzip" }),
    };
    await accepted(
      "native events",
      () => ({ url: new URL(path, url).href, headers, body }),
      (text) => {
        const { accepted: taken, rejected } = JSON.parse(text) as { accepted: number; rejected: unknown[] };
        tally.native += taken;
        tally.rejected += rejected.length;
      },
    );
  };

  return {
    tally,
    native: (events) => nativeBy("/v1/events", "application/json", JSON.stringify(events)),
    nativeHistory: (events) =>
      nativeBy("/v1/events?lane=backfill", "application/x-ndjson", gzipSync(events.map((event) => JSON.stringify(event)).join("\n"))),
    mixpanel: async (event) => {
      await byClient("a Mixpanel event", ({ track }) => track(event));
      tally.mixpanel++;
    },
    mixpanelHistory: async (events) => {
      await byClient("a Mixpanel batch", ({ importBatch }) => importBatch(events));
      tally.mixpanel += events.length;
    },
    zendesk: async (step) => {
      await accepted("a Zendesk webhook", () => zendeskRequest(step, hook, Date.now()));
      tally.zendesk++;
    },
    close: () => agent.destroy(),
  };
}

function count(tally: Tally, isAccepted: boolean): void {
  tally.requests++;
  if (!isAccepted) tally.again++;
}
