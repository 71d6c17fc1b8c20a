import { messageOf, RuntimeFailure } from "./runtime/failure.ts";
import { adminTokenShown, startRuntime } from "./runtime/host.ts";
import { startOptions, startUsage } from "./runtime/options.ts";

/** `npm start`: the pipeline alone on this machine, until Ctrl-C. */
async function main(): Promise<void> {
  const options = startOptions(process.argv.slice(2), process.env, { dataFolder: ".data", port: 8787 }, Date.now());
  if (options === null) {
    console.log(startUsage);
    return;
  }
  let ending = false;
  // Also while it starts: nothing is lost by a sudden end, and the next start finds what is left of this one.
  const early = (): never => process.exit(0);
  process.once("SIGINT", early).once("SIGTERM", early);
  const runtime = await startRuntime({
    ...options,
    tell: (line) => console.log(line),
    log: (line, level) => {
      if (!ending && (level === "warn" || level === "error")) console.error(line);
    },
    failed: (error) => {
      console.error(`The runtime cannot be started again: ${error.message}`);
      process.exit(1);
    },
  });
  process.off("SIGINT", early).off("SIGTERM", early);
  const end = (): void => {
    if (ending) return;
    ending = true;
    void runtime.stop().finally(() => process.exit(0));
  };
  process.on("SIGINT", end).on("SIGTERM", end);

  console.log(`\nPulseline runs at ${runtime.url}`);
  console.log(`  data          ${runtime.dataFolder}`);
  if (options.clock)
    console.log(`  clock         rehearsal: from ${new Date(options.clock.productMs).toISOString()}, ${options.clock.rate} times as fast`);
  if (runtime.admin.isNew) console.log(`  admin token   ${runtime.admin.token}   (shown this once; only its hash is kept)`);
  else if (runtime.admin.token === null)
    console.log("  admin token   the one of the first start (lost? give a new one: npm start -- --admin-token TOKEN)");
  console.log("  end           Ctrl-C\n");
  adminTokenShown(runtime);
}

main().catch((error: unknown) => {
  console.error(error instanceof RuntimeFailure ? messageOf(error) : error);
  process.exit(1);
});
