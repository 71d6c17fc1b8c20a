import { z } from "zod";
import { isReadFailure, readFailure } from "../account-json.ts";
import { endpoint, okJson, type Endpoint } from "../endpoint.ts";

export const refoldEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "post",
    path: "/accounts/{accountId}/refold",
    tag: "accounts",
    summary: "Make an account anew from its journal: after it was set aside, or where the nightly check differs",
    scope: "admin",
    answers: {
      200: {
        description:
          "`setAside`: it could not be folded. `underWay`: a large account, made anew in steps; until they are done it is shown as it was, and so is what is told here",
        schema: z.object({ setAside: z.boolean(), events: z.number(), underWay: z.boolean() }),
      },
    },
    async handle({ ports, params }) {
      const accountId = params["accountId"] ?? "";
      const found = await ports.accounts.call(accountId, async (shard) => {
        // Whether there is one: an account that was merged away says where to.
        const names = await shard.metricNames(accountId);
        return isReadFailure(names) ? names : shard.refold(accountId);
      });
      if (isReadFailure(found)) return readFailure(found, "/refold");
      const { setAside, events, isUnderWay } = found;
      return okJson({ setAside, events, underWay: isUnderWay });
    },
  }),
];
