import type { PackOrigin, PackReport } from "../domain/intake/pack.ts";
import type { Env } from "../env.ts";
import type { Origins } from "../pipeline/ports.ts";
import { callObject } from "./call-object.ts";

type Origin = { settle(reports: readonly PackReport[]): Promise<void>; readPack(packId: string): Promise<string | null> };

/** The consumer's way back to whatever made a pack: intake shards, the directory, account shards. */
export function originsGateway(env: Env): Origins {
  return {
    settle: (origin, reports) => callObject(stubOf(env, origin), (stub) => stub.settle(reports)),
    readPack: (origin, packId) => callObject(stubOf(env, origin), (stub) => stub.readPack(packId)),
  };
}

function stubOf(env: Env, { kind, name }: PackOrigin): () => Origin {
  switch (kind) {
    case "intake":
      return () => env.INTAKE_SHARD.getByName(name);
    case "directory":
      return () => env.IDENTITY_DIRECTORY.getByName(name);
    case "account":
      return () => env.ACCOUNT_SHARD.getByName(name);
  }
}
