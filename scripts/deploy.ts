import { fileURLToPath } from "node:url";
import { databaseIdMissing, databaseIdOf } from "./cloud/config.ts";
import { deployOptions, deployUsage } from "./cloud/options.ts";
import { runWranglerHere } from "./cloud/wrangler.ts";
import { buildOutdated } from "./runtime/build.ts";
import { messageOf, RuntimeFailure } from "./runtime/failure.ts";

/**
 * `npm run deploy`: builds, applies D1 migrations, deploys. `-- --dry-run` builds and checks only, without an account.
 *
 * Migrations go first and are additive, so the old code runs on the new schema until it is replaced.
 */
async function main(): Promise<void> {
  const options = deployOptions(process.argv.slice(2));
  if (options === null) return console.log(deployUsage);
  const { isDryRun } = options;
  const root = fileURLToPath(new URL("..", import.meta.url));
  await buildOutdated(root, (line) => console.log(line));
  if (!isDryRun) {
    if (databaseIdOf(`${root}/wrangler.toml`) === databaseIdMissing)
      throw new RuntimeFailure("wrangler.toml has no database yet. Run `npm run setup` first.");
    await step(["d1", "migrations", "apply", "DB", "--remote"]);
  }
  await step(["deploy", ...(isDryRun ? ["--dry-run"] : [])]);
}

async function step(args: readonly string[]): Promise<void> {
  const code = await runWranglerHere(args);
  if (code !== 0) throw new RuntimeFailure(`wrangler ${args.join(" ")} ended with ${code}.`);
}

main().catch((error: unknown) => {
  console.error(error instanceof RuntimeFailure ? messageOf(error) : error);
  process.exit(1);
});
