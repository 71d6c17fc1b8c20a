import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { DAY_MS } from "../src/domain/time.ts";
import { customersOf } from "./demo/company/customers.ts";
import { type Company, historyDays } from "./demo/company/history.ts";
import { runDailyJob } from "./demo/daily-job.ts";
import { type Doors, openDoors } from "./demo/doors.ts";
import { accountsTotal as lossesTotal, playLosses } from "./demo/losses/play-losses.ts";
import { playLive, playSpan, spanSince } from "./demo/play.ts";
import { scoredAccounts, setUp } from "./demo/set-up.ts";
import { type DemoBook, type DemoState, isDemoFolder, newDemoState, readDemoState, writeDemoState } from "./demo/state.ts";
import { DataFolder } from "./runtime/data-folder.ts";
import { messageOf, RuntimeFailure } from "./runtime/failure.ts";
import { type Runtime, startRuntime } from "./runtime/host.ts";
import { assertPortFree, freePort } from "./runtime/port.ts";

const usage = `npm run demo -- [options]

  --fresh         forget the earlier run and begin again
  --book losses   another book: 13 months in which customers leave, so that the back-test has something to learn from
  --port N        port to serve on (8788, or a free one when that is taken)
  --data FOLDER   where everything is kept (.demo-data, .demo-data-losses)`;

const portPreferred = 8788;
const host = "127.0.0.1";
/** 200 accounts: some 100 to a shard is best (docs/performance.md); fewer calls leave more of this machine for the person looking. */
const accountShards = "2";

/** `npm run demo`: the pipeline on this machine with a simulated company that talks to its front doors, until Ctrl-C. */
async function main(): Promise<void> {
  const { fresh, port, data, help, book: bookTold } = optionsOf(process.argv.slice(2));
  if (help === true) return console.log(usage);
  const startedMs = Date.now();
  const book = bookOf(bookTold);
  const folder = resolve(data ?? folders[book]);
  const portWanted = port === undefined ? await preferredPort() : portOf(port);
  if (fresh === true) await forget(folder, portWanted);
  const known = readDemoState(folder);
  if (known !== null && (known.book ?? "company") !== book)
    throw new RuntimeFailure(`${folder} has another book; choose another folder with --data, or begin again with --fresh.`);
  const state = known ?? newDemoState(startedMs, historyDays * DAY_MS, book);

  let stopped = false;
  let runtime: Runtime | null = null;
  let ending: Promise<void> | null = null;
  const end = (code: number): void => {
    stopped = true;
    ending ??= (runtime?.stop() ?? Promise.resolve()).finally(() => {
      if (runtime !== null) writeDemoState(folder, state);
      process.exit(code);
    });
  };
  process.on("SIGINT", () => end(0)).on("SIGTERM", () => end(0));
  const fail = (error: unknown): void => {
    if (stopped) return;
    console.error(`\n${error instanceof RuntimeFailure || error instanceof Error ? messageOf(error) : String(error)}`);
    end(1);
  };

  try {
    runtime = await startRuntime({
      dataFolder: folder,
      port: portWanted,
      host,
      adminToken: state.adminToken,
      vars: { ACCOUNT_SHARDS: accountShards },
      tell: (line) => console.log(line),
      log: (line, level) => {
        if (!stopped && level === "error") console.error(line);
      },
      failed: fail,
    });
    if (stopped) return end(0);
    const isStopped = (): boolean => stopped;
    const keep = setInterval(() => writeDemoState(folder, state), 5_000);
    keep.unref();
    if (book === "losses") {
      writeDemoState(folder, state);
      sayWhere(runtime.url, state, known !== null, `${lossesTotal} accounts`);
      return await playLosses(runtime.url, state, isStopped);
    }
    const company: Company = { seed: state.seed, originMs: state.originMs, customers: customersOf(state.seed, state.originMs) };
    writeDemoState(folder, state);
    await setUp(runtime.url, state, company.customers);
    const gap = known === null ? null : spanSince(state.playedToMs, Date.now());
    if (gap !== null) state.spans = [...state.spans.filter(({ daysDone, fromMs, toMs }) => daysDone.length < daysIn(fromMs, toMs)), gap];
    const liveFromMs = Date.now();
    writeDemoState(folder, state);
    sayWhere(runtime.url, state, known !== null, "200 accounts");

    const doors = openDoors(new URL(runtime.url), state, isStopped);
    const playing = { company, doors, isStopped };
    const live = playLive(playing, liveFromMs, (untilMs) => void (state.playedToMs = Math.max(state.playedToMs, untilMs)));
    // A later run shows the scores of the one before at once.
    if (known === null) void tellFirstScore(runtime.url, state.adminToken, startedMs, isStopped);
    const history = playHistory(playing, state, startedMs, known !== null).then(() =>
      tellDailyJob(runtime?.url ?? "", state.adminToken, isStopped),
    );
    await Promise.all([live, history]);
  } catch (error) {
    fail(error);
  }
}

function optionsOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        fresh: { type: "boolean" },
        book: { type: "string" },
        port: { type: "string" },
        data: { type: "string" },
        help: { type: "boolean" },
      },
    }).values;
  } catch (error) {
    throw new RuntimeFailure(`${messageOf(error)}\n\n${usage}`);
  }
}

const folders: Readonly<Record<DemoBook, string>> = { company: ".demo-data", losses: ".demo-data-losses" };

function bookOf(text = "company"): DemoBook {
  if (text !== "company" && text !== "losses") throw new RuntimeFailure(`There is no book "${text}"; there are company and losses.`);
  return text;
}

function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new RuntimeFailure(`The port must be a number from 1 to 65535, not "${text}".`);
  return port;
}

const daysIn = (fromMs: number, toMs: number): number => Math.ceil((toMs - Math.floor(fromMs / DAY_MS) * DAY_MS) / DAY_MS);

async function preferredPort(): Promise<number> {
  return assertPortFree(host, portPreferred).then(
    () => portPreferred,
    () => freePort(host),
  );
}

/** Only a folder that a demo made is removed, and only when no other demo serves it. */
async function forget(folder: string, port: number): Promise<void> {
  if (!isDemoFolder(folder)) return;
  await new DataFolder(folder).claim(port);
  rmSync(folder, { recursive: true, force: true });
}

function sayWhere(url: string, state: DemoState, isKnown: boolean, size: string): void {
  console.log(`\nThe demo runs at ${url}`);
  console.log(`  sign in       ${url}/sign-in#token=${state.adminToken}`);
  console.log(
    `  company       ${size}, begun ${new Date(state.originMs).toISOString().slice(0, 16).replace("T", " ")} UTC${isKnown ? ", going on from there" : ""}`,
  );
  console.log("  end           Ctrl-C (run again to go on, with --fresh to begin again)\n");
}

async function playHistory(
  playing: { company: Company; doors: Doors; isStopped: () => boolean },
  state: DemoState,
  startedMs: number,
  isKnown: boolean,
): Promise<void> {
  const { tally } = playing.doors;
  const what = isKnown ? "what was missed" : "history";
  const begun = performance.now();
  for (const span of state.spans) {
    await playSpan(playing, span, ({ days, daysTotal }) => {
      const seconds = (performance.now() - begun) / 1_000;
      const events = tally.native + tally.mixpanel + tally.zendesk;
      progress(
        `${what}: ${days} of ${daysTotal} days, ${events.toLocaleString("en")} events (${Math.round(events / seconds).toLocaleString("en")}/s)${tally.again > 0 ? `, ${tally.again} requests sent again` : ""}`,
        days === daysTotal,
      );
    });
  }
  if (playing.isStopped()) return;
  if (isKnown && state.spans.length === 0) console.log("Nothing was missed. Live traffic goes on.");
  else
    console.log(
      `${isKnown ? "caught up with what was missed" : "history complete"} after ${Math.round((Date.now() - startedMs) / 1_000)} s: ${tally.native.toLocaleString("en")} native, ${tally.mixpanel.toLocaleString("en")} Mixpanel, ${tally.zendesk.toLocaleString("en")} Zendesk events${tally.rejected > 0 ? `, ${tally.rejected} rejected` : ""}. Live traffic goes on.`,
    );
}

async function tellDailyJob(url: string, token: string, isStopped: () => boolean): Promise<void> {
  const line = await runDailyJob(url, token, isStopped);
  if (line !== null) console.log(line);
}

let toldAt = 0;
/** One line that renews itself on a terminal; elsewhere a line now and then. */
function progress(line: string, isLast: boolean): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K${line}${isLast ? "\n" : ""}`);
  else if (isLast || Date.now() - toldAt > 5_000) {
    console.log(line);
    toldAt = Date.now();
  }
}

async function tellFirstScore(url: string, token: string, startedMs: number, isStopped: () => boolean): Promise<void> {
  while (!isStopped()) {
    const scored = await scoredAccounts(url, token);
    if (scored !== null && scored > 0) {
      console.log(
        `${process.stdout.isTTY ? "\r\u001b[K" : ""}first scores visible ${((Date.now() - startedMs) / 1_000).toFixed(1)} s after the start`,
      );
      return;
    }
    await new Promise((done) => setTimeout(done, 500));
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof RuntimeFailure ? messageOf(error) : error);
  process.exit(1);
});
