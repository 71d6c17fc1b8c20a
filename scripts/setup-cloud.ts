import { fileURLToPath } from "node:url";
import { cloudNeeds, writeDatabaseId } from "./cloud/config.ts";
import { setupGoesOn, setupUsage } from "./cloud/options.ts";
import { setUpCloud } from "./cloud/setup.ts";
import { runWrangler } from "./cloud/wrangler.ts";
import { messageOf, RuntimeFailure } from "./runtime/failure.ts";

/** `npm run setup`: creates queues, database, bucket and secrets in the Cloudflare account, as far as they are not there. docs/deploy.md */
async function main(): Promise<void> {
  if (!setupGoesOn(process.argv.slice(2))) return console.log(setupUsage);
  const configPath = fileURLToPath(new URL("../wrangler.toml", import.meta.url));
  const { secretKey, adminToken } = await setUpCloud({
    needs: await cloudNeeds(configPath),
    run: runWrangler,
    writeDatabaseId: (id) => writeDatabaseId(configPath, id),
    tell: (line) => console.log(line),
  });
  if (secretKey !== null)
    console.log(`\nSecret key (kept by Cloudflare, which never shows it again; store it with your passwords):\n  ${secretKey}`);
  if (adminToken !== null) console.log(`\nAdmin token (shown this once; only its hash is stored):\n  ${adminToken}`);
  console.log("\nNext: npm run deploy");
}

main().catch((error: unknown) => {
  console.error(error instanceof RuntimeFailure ? messageOf(error) : error);
  process.exit(1);
});
