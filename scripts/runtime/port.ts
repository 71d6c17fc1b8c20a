import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { RuntimeFailure } from "./failure.ts";
import { commandOf } from "./processes.ts";

/** A port that nobody holds now. Another process may take it before it is used. */
export async function freePort(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, host, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no address for a free port");
  return address.port;
}

/** Rejects with the holder's name when the port cannot be had within `waitMs`: what a process that was just ended held takes a moment. */
export async function assertPortFree(host: string, port: number, waitMs = 0): Promise<void> {
  const until = performance.now() + waitMs;
  let failure = await tryPort(host, port);
  while (failure?.code === "EADDRINUSE" && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, portLookMs));
    failure = await tryPort(host, port);
  }
  if (failure === null) return;
  if (failure.code === "EACCES") throw new RuntimeFailure(`Port ${port} is reserved by the system. Give another: npm start -- --port 8788`);
  if (failure.code === "EADDRINUSE") {
    throw new RuntimeFailure(`Port ${port} is held by ${holderOf(port)}. End it, or give another port: npm start -- --port ${port + 1}`);
  }
  throw new RuntimeFailure(`Port ${port} on ${host} cannot be opened: ${failure.message}`);
}

const portLookMs = 50;

async function tryPort(host: string, port: number): Promise<NodeJS.ErrnoException | null> {
  const server = createServer();
  const failure = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    server.once("error", resolve).listen(port, host, () => resolve(null));
  });
  if (failure === null) await new Promise((resolve) => server.close(resolve));
  return failure;
}

/** Who listens on a TCP port, for a person: `process 123 (python3 -m http.server)`, as far as the system tells. */
export function holderOf(port: number): string {
  const pid = listenerPid(port);
  if (pid === null) return "another program (its process cannot be seen from this user)";
  const command = commandOf(pid);
  return `process ${pid}${command === "" ? "" : ` (${command.length > 120 ? `${command.slice(0, 120)}…` : command})`}`;
}

function listenerPid(port: number): number | null {
  if (process.platform === "linux") return listenerByProc(port);
  try {
    const pid = execFileSync("lsof", ["-nP", "-t", `-iTCP:${port}`, "-sTCP:LISTEN"], { encoding: "utf8" }).split("\n")[0];
    return pid === undefined || pid === "" ? null : Number(pid);
  } catch {
    return null;
  }
}

/** /proc/net/tcp tells the socket's inode, and some process has that inode open. */
function listenerByProc(port: number): number | null {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const inodes = new Set(
    ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) => {
      try {
        return readFileSync(table, "utf8")
          .split("\n")
          .map((line) => line.trim().split(/\s+/))
          .filter((fields) => fields[1]?.endsWith(suffix) === true && fields[3] === "0A")
          .map((fields) => `socket:[${fields[9]}]`);
      } catch {
        return [];
      }
    }),
  );
  if (inodes.size === 0) return null;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      if (readdirSync(`/proc/${pid}/fd`).some((fd) => isOneOf(inodes, `/proc/${pid}/fd/${fd}`))) return Number(pid);
    } catch {
      // Not ours to look into, or gone meanwhile.
    }
  }
  return null;
}

function isOneOf(inodes: ReadonlySet<string>, link: string): boolean {
  try {
    return inodes.has(readlinkSync(link));
  } catch {
    return false;
  }
}
