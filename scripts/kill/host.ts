import { startRuntime } from "../runtime/host.ts";
import type { FromHost, HostSettings, ToHost } from "./messages.ts";

/**
 * The local runtime in a process of its own, to be killed. Its failpoints are its parent's: one that is armed is told and held for good.
 * Settings come as the only argument, JSON.
 */
const settings = JSON.parse(process.argv[2] ?? "{}") as HostSettings;
const tell = (message: FromHost): void => void process.send?.(message);

let armed: string | null = null;
const reachedSinceStart: Record<string, number> = {};

process.on("message", ({ arm }: ToHost) => {
  armed = arm;
});

const runtime = await startRuntime({
  dataFolder: settings.dataFolder,
  port: settings.port,
  adminToken: settings.adminToken,
  vars: settings.vars,
  failpoint: async (point) => {
    reachedSinceStart[point] = (reachedSinceStart[point] ?? 0) + 1;
    if (point !== armed) return;
    armed = null;
    tell({ held: point });
    await new Promise<never>(() => undefined);
  },
  log: (line, level) => {
    if (level === "error") tell({ log: line });
  },
  failed: (error) => {
    tell({ log: String(error) });
    process.exit(1);
  },
});
tell({ url: runtime.url });
process.on("disconnect", () => process.exit(1));
process.on("SIGTERM", () => void runtime.stop().finally(() => process.exit(0)));
