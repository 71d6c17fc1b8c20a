import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/**
 * A process as it can be told from a later one with the same number: by when it began.
 * `startedAt` is whatever the system calls that moment; it is only ever compared.
 */
export type ProcessMark = { readonly pid: number; readonly startedAt: string };

/** Mark of a running process; null when there is none. On Linux out of /proc, elsewhere by `ps`. */
export function markOf(pid: number): ProcessMark | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name is in parentheses and may hold anything; the fields after it are counted from 3.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // The first thread of a killed process may be gone while others still hold its files and ports.
    const isDead = (fields[0] === "Z" || fields[0] === "X") && readdirSync(`/proc/${pid}/task`).length <= 1;
    return isDead ? null : { pid, startedAt: fields[19] ?? "" };
  } catch {
    return process.platform === "linux" ? null : markByPs(pid);
  }
}

function markByPs(pid: number): ProcessMark | null {
  try {
    const startedAt = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
    return startedAt === "" ? null : { pid, startedAt };
  } catch {
    return null;
  }
}

export const isRunning = (mark: ProcessMark): boolean => markOf(mark.pid)?.startedAt === mark.startedAt;

/** Command line for a person; "" when it cannot be read. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    try {
      return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" }).trim();
    } catch {
      return "";
    }
  }
}

/** Workerd processes that were started with this text in their environment (Linux; elsewhere none are found). */
export function workerdsWithEnvironment(entry: string): number[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return /\bworkerd\b/.test(commandOf(pid)) && readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(entry);
      } catch {
        return false;
      }
    });
}

/** Ends a process at once and waits until it is gone, at most `waitMs`. True when it is. */
export async function endProcess(mark: ProcessMark, waitMs = 5_000): Promise<boolean> {
  try {
    process.kill(mark.pid, "SIGKILL");
  } catch {
    return !isRunning(mark);
  }
  const until = performance.now() + waitMs;
  while (isRunning(mark) && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
  return !isRunning(mark);
}
