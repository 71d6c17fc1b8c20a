import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { PathFailpoint } from "../../src/platform/failpoint.ts";
import { DataFolder } from "../runtime/data-folder.ts";
import { messageOf } from "../runtime/failure.ts";
import type { FromHost, HostSettings, ToHost } from "./messages.ts";

/** Who is killed. After `host` alone the next start has to end an orphan that still serves. */
export type Target = "host and workerd" | "workerd" | "host";

const startWaitMs = 60_000;
const healthyWaitMs = 60_000;

/** A local runtime that is killed and started again, always on the same folder and port. */
export class Victim {
  readonly url: string;
  /** Starts so far, the runtime's own after a kill of workerd alone among them. */
  starts = 0;
  /** When the last start was asked for, ms of `performance.now()`. */
  startedAt = 0;
  readonly logged: string[] = [];
  private readonly settings: HostSettings;
  private readonly folder: DataFolder;
  private host: ChildProcess | null = null;
  private heldAt: ((point: string) => void) | null = null;

  constructor(settings: HostSettings) {
    this.settings = settings;
    this.url = `http://127.0.0.1:${settings.port}`;
    this.folder = new DataFolder(settings.dataFolder);
  }

  /** Resolves when it answers `/healthz`. */
  async start(): Promise<void> {
    this.starts += 1;
    this.startedAt = performance.now();
    const host = fork(fileURLToPath(new URL("host.ts", import.meta.url)), [JSON.stringify(this.settings)], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.host = host;
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`not started within ${startWaitMs / 1_000} s`)), startWaitMs);
      const settle = (act: () => void) => (): void => {
        clearTimeout(late);
        act();
      };
      host.on("message", (message: FromHost) => {
        if ("url" in message) settle(resolve)();
        else if ("held" in message) this.heldAt?.(message.held);
        else this.logged.push(message.log);
      });
      host.once("exit", (code, signal) => settle(() => reject(new Error(`the host ended before it served (${signal ?? code})`)))());
    });
  }

  /** Waits until the code stands at the failpoint. False when it did not come there in time. */
  async holdAt(point: PathFailpoint, waitMs: number): Promise<boolean> {
    const held = new Promise<true>((resolve) => {
      this.heldAt = () => resolve(true);
    });
    this.send({ arm: point });
    const came = await Promise.race([held, new Promise<false>((resolve) => setTimeout(() => resolve(false), waitMs))]);
    this.heldAt = null;
    if (!came) this.send({ arm: null });
    return came;
  }

  /** SIGKILL, then back to serving: by a new start, or by the host itself when only workerd was killed. */
  async killAndRestart(target: Target): Promise<void> {
    const workerds = this.folder.workerds();
    if (workerds.length === 0) throw new Error("there is no runtime to kill");
    const host = this.host;
    if (target !== "workerd" && host !== null) {
      const gone = new Promise((resolve) => host.once("exit", resolve));
      host.kill("SIGKILL");
      if (target === "host and workerd") for (const { pid } of workerds) process.kill(pid, "SIGKILL");
      await gone;
      await this.start();
      return;
    }
    for (const { pid } of workerds) process.kill(pid, "SIGKILL");
    this.starts += 1;
    this.startedAt = performance.now();
    await this.untilAnother(workerds.map(({ pid }) => pid));
  }

  async stop(): Promise<void> {
    const host = this.host;
    if (host === null || host.exitCode !== null) return;
    const gone = new Promise((resolve) => host.once("exit", resolve));
    host.kill("SIGTERM");
    await gone;
  }

  private send(message: ToHost): void {
    if (this.host?.connected === true) this.host.send(message);
  }

  /** A workerd that was not there before answers. */
  private async untilAnother(before: readonly number[]): Promise<void> {
    const until = performance.now() + healthyWaitMs;
    let last = "nothing yet";
    while (performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (!this.folder.workerds().some(({ pid }) => !before.includes(pid))) continue;
      try {
        if ((await fetch(`${this.url}/healthz`, { signal: AbortSignal.timeout(2_000) })).ok) return;
      } catch (error) {
        last = messageOf(error);
      }
    }
    throw new Error(`the runtime did not come back within ${healthyWaitMs / 1_000} s: ${last}`);
  }
}
