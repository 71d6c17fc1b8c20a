import Mixpanel from "mixpanel";
import type { MixpanelEvent } from "./company/actions.ts";

/** The vendor's own client, unchanged, pointed at our host. Each call is one attempt: the client itself never tries again. */
export type MixpanelClient = {
  /** One GET. */
  readonly track: (event: MixpanelEvent) => Promise<string | null>;
  /** At most 50 events, one POST to /import: `/track` is for the last days only. */
  readonly importBatch: (events: readonly MixpanelEvent[]) => Promise<string | null>;
};

/** The client sends no more in one request. */
export const mixpanelBatchMax = 50;
const answerWithinMs = 30_000;

/** It would tell the person who watches the demo that `api_key` is old; what goes wrong comes by the callbacks. */
const nothing = (): void => undefined;
const quiet = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

/** @returns per call what the client was told, null when it was content */
export function mixpanelClient(url: URL, projectToken: string, apiSecret: string): MixpanelClient {
  // The client would send even loopback requests through a proxy that the environment names.
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY"]) delete process.env[name];
  // `key` becomes `api_key`, the one way to authenticate /import over plain http; the client's types have forgotten it.
  const config: Parameters<typeof Mixpanel.init>[1] & { key: string } = {
    logger: quiet,
    host: url.host,
    protocol: url.protocol.replace(":", ""),
    key: apiSecret,
  };
  const client = Mixpanel.init(projectToken, config);
  return {
    track: ({ event, properties }) => answered((done) => client.track(event, { ...properties }, done)),
    importBatch: (events) =>
      answered((done) =>
        client.import_batch(events.map(({ event, properties }) => ({ event, properties: { ...properties } })) as never, (errors) =>
          done(firstOf(errors)),
        ),
      ),
  };
}

const firstOf = (errors: unknown): Error | undefined => {
  const list = (Array.isArray(errors) ? errors : [errors]).filter(Boolean);
  return list.length === 0 ? undefined : new Error(String(list[0]));
};

/** The client calls back once per request, or never when the connection hangs. */
function answered(call: (done: (error: Error | undefined) => void) => void): Promise<string | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve("no answer in time"), answerWithinMs);
    call((error) => {
      clearTimeout(timer);
      resolve(error === undefined ? null : error.message);
    });
  });
}
