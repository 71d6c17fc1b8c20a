import type { Env } from "../env.ts";
import type { Accounts } from "../pipeline/ports.ts";
import { callObject } from "./call-object.ts";
import { clockFrom } from "./clock.ts";
import { reach } from "./failpoint.ts";
import { topology } from "./topology.ts";

/** The consumer's way to the account shards. */
export function accountGateway(env: Env): Accounts {
  const clock = clockFrom(env.PULSELINE_CLOCK);
  return {
    shards: async () => (await topology(env, clock)).accountShards,
    apply: async (shard, call) => {
      await reach(env, "consume:before-apply");
      const reply = await callObject(
        () => env.ACCOUNT_SHARD.getByName(shard),
        (stub) => stub.apply(call),
      );
      await reach(env, "consume:after-apply");
      return reply;
    },
  };
}
