import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { build } from "vite";
import { cpuSeconds, processTree } from "../process-figures.ts";

/**
 * How many calls and keys a second the one identity directory can take: `node scripts/bench/directory-limit/run.ts`, about a minute.
 *
 * The real object on the real runtime, called from the same isolate, 16 calls at a time. Figures are per CPU-second of the workerd process
 * (caller included, a part of each call), so that a busy machine changes them less; `÷ empty` compares with a call that does nothing.
 */
const folder = mkdtempSync(join(tmpdir(), "pulseline-directory-"));

type Row = { readonly kind: string; readonly size: number; readonly calls: number; readonly from: number };
const known = 100_000;
const rows: readonly Row[] = [
  { kind: "nothing", size: 1, calls: 20_000, from: 0 },
  { kind: "nothing", size: 100, calls: 10_000, from: 0 },
  { kind: "observe", size: 100, calls: known / 100, from: 0 },
  { kind: "link", size: 1, calls: 3_000, from: 1_000_000 },
  { kind: "news", size: 0, calls: 20_000, from: 0 },
  { kind: "lookup", size: 1, calls: 20_000, from: 0 },
  { kind: "lookup", size: 100, calls: 1_000, from: 0 },
  { kind: "lookup", size: 1_000, calls: 100, from: 0 },
  { kind: "lookup", size: 100, calls: 1_000, from: 5_000_000 },
  { kind: "resolve", size: 100, calls: 1_000, from: 0 },
  { kind: "park", size: 1, calls: 3_000, from: 6_000_000 },
  { kind: "park", size: 100, calls: 500, from: 7_000_000 },
];

async function bundle(): Promise<string> {
  await build({
    logLevel: "error",
    configFile: false,
    build: {
      ssr: fileURLToPath(new URL("worker.ts", import.meta.url)),
      outDir: folder,
      emptyOutDir: false,
      target: "es2022",
      rolldownOptions: { external: [/^cloudflare:/, /^node:/], output: { entryFileNames: "worker.mjs" } },
    },
    ssr: { noExternal: true },
  });
  const [script] = readdirSync(folder).filter((file) => file.endsWith(".mjs"));
  return readFileSync(join(folder, script as string), "utf8");
}

const options = convertV4MiniflareOptions({
  name: "limits",
  modules: [{ type: "ESModule", path: "worker.mjs", contents: await bundle() }],
  compatibilityDate: "2026-10-23",
  durableObjects: {
    IDENTITY_DIRECTORY: { className: "IdentityDirectory", useSQLite: true },
    NOTHING: { className: "Nothing", useSQLite: true },
  },
  queueProducers: { EVENTS_QUEUE: "events", DEAD_LETTERS_QUEUE: "dead-letters" },
  unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
  cf: false,
});
const miniflare = new Miniflare({ ...options, resourcePersistencePath: join(folder, "data") });
try {
  await miniflare.ready;
  const url = (await miniflare.unsafeGetDirectURL("limits")).origin;
  const pids = processTree(process.pid).filter((pid) => pid !== process.pid);
  const cpu = (): number => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  const make = (row: Row): Promise<Response> =>
    fetch(`${url}/?kind=${row.kind}&calls=${row.calls}&size=${row.size}&from=${row.from}`, { method: "POST" });
  await (await make({ kind: "nothing", size: 1, calls: 2_000, from: 0 })).text();
  console.log("call      keys  µs CPU/call  calls/CPU-s   keys/CPU-s");
  for (const row of rows) {
    const before = cpu();
    await (await make(row)).text();
    const seconds = cpu() - before;
    const perCall = (seconds / row.calls) * 1e6;
    const columns = [
      row.kind.padEnd(8),
      String(row.size).padStart(5),
      perCall.toFixed(0).padStart(12),
      (row.calls / seconds).toFixed(0).padStart(12),
      ((row.calls * row.size) / seconds).toFixed(0).padStart(12),
    ];
    console.log(columns.join(" "));
  }
} finally {
  await miniflare.dispose();
  rmSync(folder, { recursive: true, force: true });
}
