import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../scripts/start.ts", import.meta.url));

/** `npm start` as a person runs it: a process, what it printed, and how it ended. */
export class StartProcess {
  output = "";
  readonly pid: number;
  private readonly child: ChildProcess;
  private readonly ended: Promise<number | string>;

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.child = spawn(process.execPath, [script, ...args], { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    this.pid = this.child.pid ?? 0;
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
    }
    this.ended = new Promise((resolve) => this.child.once("close", (code, signal) => resolve(code ?? signal ?? "?")));
  }

  /** Its address, once it says that it runs; throws with what it printed when it ends before that. */
  async url(): Promise<string> {
    let result: number | string | null = null;
    void this.ended.then((code) => {
      result = code;
    });
    for (;;) {
      const url = /Pulseline runs at (\S+)[\s\S]*Ctrl-C/.exec(this.output)?.[1];
      if (url !== undefined) return url;
      if (result !== null) throw new Error(`ended with ${String(result)}:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  signal(signal: NodeJS.Signals): Promise<number | string> {
    this.child.kill(signal);
    return this.ended;
  }

  get end(): Promise<number | string> {
    return this.ended;
  }
}
