import { Unavailable, type ApiPorts } from "./ports.ts";

type Check = "ok" | "down";
export type Readiness = {
  readonly status: "ready" | "degraded" | "not_ready";
  readonly checks: { readonly intake: Check; readonly directory: Check; readonly database: Check };
};

/** Ready while the doors can take events: only the intake shard decides. With the database or the directory down some answers are missing: degraded. */
export async function readiness(ports: ApiPorts): Promise<Readiness> {
  const [intake, directory, database] = await Promise.all([
    check(() => ports.intake.call("0", (shard) => shard.getTopology())),
    check(() => ports.directory.call((object) => object.resolve([]))),
    check(() => ports.store.settings()),
  ]);
  const status = intake === "down" ? "not_ready" : directory === "ok" && database === "ok" ? "ready" : "degraded";
  return { status, checks: { intake, directory, database } };
}

async function check(work: () => Promise<unknown>): Promise<Check> {
  try {
    await work();
    return "ok";
  } catch (error) {
    if (error instanceof Unavailable) return "down";
    throw error;
  }
}
