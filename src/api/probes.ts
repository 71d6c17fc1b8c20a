import { z } from "zod";
import type { PathDescription } from "./openapi.ts";
import { Unavailable, type ApiPorts } from "./ports.ts";

const check = z.enum(["ok", "down"]);
const readinessSchema = z.object({
  status: z.enum(["ready", "degraded", "not_ready"]),
  checks: z.object({ intake: check, directory: check, database: check }),
});
export type Readiness = z.infer<typeof readinessSchema>;

const probe = { method: "get", tag: "operations", security: [] } as const;

export const probePaths: readonly PathDescription[] = [
  {
    ...probe,
    path: "/healthz",
    summary: "Whether the worker runs",
    description: "Asks nothing and nobody.",
    answers: { 200: { description: "It runs", schema: z.object({ status: z.literal("ok") }) } },
  },
  {
    ...probe,
    path: "/readyz",
    summary: "Whether the doors can take events",
    description: "Only the intake decides; without the database or the directory some answers are missing.",
    answers: {
      200: { description: "Ready, or degraded", schema: readinessSchema },
      503: { description: "Not ready", schema: readinessSchema },
    },
  },
];

export const metricsPath: PathDescription = {
  method: "get",
  path: "/metrics",
  tag: "operations",
  summary: "Figures of the deployment as OpenMetrics text",
  description: "Scope `read`; not for a token of some accounts.",
  security: ["token", "session"],
  answers: { 200: { description: "`application/openmetrics-text`" } },
};

/** Ready while the doors can take events: only the intake shard decides. With the database or the directory down some answers are missing: degraded. */
export async function readiness(ports: ApiPorts): Promise<Readiness> {
  const [intake, directory, database] = await Promise.all([
    ask(() => ports.intake.call("0", (shard) => shard.getTopology())),
    ask(() => ports.directory.call((object) => object.resolve([]))),
    ask(() => ports.store.settings()),
  ]);
  const status = intake === "down" ? "not_ready" : directory === "ok" && database === "ok" ? "ready" : "degraded";
  return { status, checks: { intake, directory, database } };
}

async function ask(work: () => Promise<unknown>): Promise<z.infer<typeof check>> {
  try {
    await work();
    return "ok";
  } catch (error) {
    if (error instanceof Unavailable) return "down";
    throw error;
  }
}
