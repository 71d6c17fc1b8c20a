import { randomBytes } from "node:crypto";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { messageOf, RuntimeFailure } from "./failure.ts";
import { commandOf, endProcess, isRunning, markOf, type ProcessMark, workerdsWithEnvironment } from "./processes.ts";

/** Who serves a data folder; kept in `host.json` so that the next start knows its own orphan. */
type HostRecord = { readonly host: ProcessMark; readonly workerd: ProcessMark | null; readonly port: number };

/**
 * The folder of one local installation. Everything that must be backed up lies in it:
 *
 * - `state/` objects, D1 and R2 as the runtime keeps them
 * - `secret-key` 32 bytes, base64: without it connection secrets cannot be read
 * - `admin-token.sha256` hash of the admin token, hex
 * - `host.json` who serves it now; not part of a backup
 */
export class DataFolder {
  readonly path: string;
  readonly statePath: string;

  /** Makes the folder where it is missing. Throws a RuntimeFailure when it cannot be written. */
  constructor(path: string) {
    this.path = resolve(path);
    this.statePath = join(this.path, "state");
    try {
      makeFolder(this.statePath);
      accessSync(this.path, constants.R_OK | constants.W_OK | constants.X_OK);
      accessSync(this.statePath, constants.R_OK | constants.W_OK | constants.X_OK);
      const probe = join(this.path, `.probe-${process.pid}`);
      writeFileSync(probe, "");
      rmSync(probe);
    } catch (error) {
      throw new RuntimeFailure(
        `The data folder ${this.path} cannot be written (${messageOf(error)}). Give another: npm start -- --data FOLDER`,
      );
    }
  }

  /** Environment entry by which a workerd of this folder is known, whoever its parent was. */
  get environment(): Readonly<Record<string, string>> {
    return { [folderVariable]: this.path };
  }

  /** Made once. Losing it means entering every connection's secrets again. */
  secretKey(): string {
    const known = this.read("secret-key");
    if (known !== null && known !== "") return known;
    const made = randomBytes(32).toString("base64");
    this.write("secret-key", made);
    return made;
  }

  read(name: string): string | null {
    try {
      return readFileSync(join(this.path, name), "utf8").trim();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw new RuntimeFailure(`${join(this.path, name)} cannot be read: ${messageOf(error)}`);
    }
  }

  /** Readable by its owner alone, as everything here. */
  write(name: string, text: string): void {
    writeFileSync(join(this.path, name), `${text}\n`, { mode: 0o600 });
  }

  /**
   * Takes the folder for this process: ends the workerd of a host that was killed, and refuses when another host serves the folder.
   *
   * @returns numbers of the orphans that were ended
   */
  async claim(port: number): Promise<number[]> {
    const record = this.hostRecord();
    if (record !== null && record.host.pid !== process.pid && isRunning(record.host)) {
      const command = commandOf(record.host.pid);
      throw new RuntimeFailure(
        `The data folder ${this.path} is in use by process ${record.host.pid}${command === "" ? "" : ` (${command})`} on port ${record.port}. End it first, or give another folder: --data FOLDER`,
      );
    }
    const orphans = this.orphans(record);
    for (const orphan of orphans) {
      if (!(await endProcess(orphan)))
        throw new RuntimeFailure(`The runtime that an earlier start left behind (process ${orphan.pid}) cannot be ended. End it by hand.`);
    }
    this.record(port, null);
    return orphans.map(({ pid }) => pid);
  }

  /** Remembers the runtime's process, each time there is a new one. */
  record(port: number, workerd: ProcessMark | null): void {
    const host = markOf(process.pid);
    if (host === null) return;
    writeFileSync(join(this.path, hostFile), JSON.stringify({ host, workerd, port } satisfies HostRecord), { mode: 0o600 });
  }

  /** The folder is free again. */
  release(): void {
    rmSync(join(this.path, hostFile), { force: true });
  }

  /** Workerd processes that serve this folder: by their environment where that can be read, else as recorded. */
  workerds(): ProcessMark[] {
    return workerdsWithEnvironment(`${folderVariable}=${this.path}`).flatMap((pid) => markOf(pid) ?? []);
  }

  private orphans(record: HostRecord | null): ProcessMark[] {
    const recorded = record?.workerd ?? null;
    // A number and a moment of start are not enough to kill: the name must be right, too.
    const isOurs = recorded !== null && isRunning(recorded) && /\bworkerd\b/.test(commandOf(recorded.pid));
    return [...new Map([...this.workerds(), ...(isOurs ? [recorded] : [])].map((mark) => [mark.pid, mark])).values()];
  }

  private hostRecord(): HostRecord | null {
    const text = this.read(hostFile);
    if (text === null || text === "") return null;
    try {
      return JSON.parse(text) as HostRecord;
    } catch {
      // Cut off by a kill: the orphan is then found by its environment.
      return null;
    }
  }
}

/** Each missing folder in turn. Node's own `recursive` tries for ever below a folder that exists but takes none, as `/proc` does. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another start has made it in between.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

const folderVariable = "PULSELINE_DATA_FOLDER";
const hostFile = "host.json";
