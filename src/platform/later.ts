import { waitUntil } from "cloudflare:workers";

/** Does the work after `ms`, although the request is answered by then. The platform ends what is waited for 30 s after the answer. */
export const later = (ms: number, work: () => Promise<unknown>): void => waitUntil(scheduler.wait(ms).then(work));
