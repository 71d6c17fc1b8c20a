import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export type CommandResult = { readonly code: number; readonly output: string; readonly stdout: string };
/** Runs wrangler with these arguments. `input` goes to its standard input; it is never on the command line, where others could read it. */
export type RunWrangler = (args: readonly string[], input?: string) => Promise<CommandResult>;

const bin = fileURLToPath(new URL("../../node_modules/.bin/wrangler", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));
/** Answers come on the level "log": a quieter one would swallow them. */
const plain = { WRANGLER_SEND_METRICS: "false", WRANGLER_LOG: "log", NO_COLOR: "1", FORCE_COLOR: "0" };

/** The pinned wrangler, answers collected. Without a terminal it asks nothing and takes its defaults. */
export const runWrangler: RunWrangler = (args, input) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args], {
      cwd: root,
      env: { ...process.env, ...plain },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, output: `${stdout}${stderr}`, stdout }));
    child.stdin.end(input ?? "");
  });

/** The same with the person's own terminal: what wrangler says and asks is seen. Answers the exit code. */
export const runWranglerHere = (args: readonly string[]): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args], {
      cwd: root,
      env: { ...process.env, WRANGLER_SEND_METRICS: "false" },
      stdio: "inherit",
    });
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
