import { createHash, randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runWrangler, runWranglerHere } from "./cloud/wrangler.ts";
import { buildOutdated } from "./runtime/build.ts";
import { messageOf, RuntimeFailure } from "./runtime/failure.ts";

/**
 * `npm run dev`: `wrangler dev` for editing, with what it needs: `.dev.vars` (made once), the pages, the local database's migrations.
 * Its data lies in .wrangler/ and is not that of `npm start`. It is slow under load (a proxy stands before the worker).
 * `-- --prepare` stops before wrangler is started.
 */
async function main(): Promise<void> {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const args = process.argv.slice(2).filter((arg) => arg !== "--prepare");
  if (!existsSync(`${root}/.dev.vars`)) {
    const token = `pl_admin_${randomBytes(24).toString("base64url")}`;
    const hash = createHash("sha256").update(token).digest("hex");
    writeFileSync(
      `${root}/.dev.vars`,
      `# Local development only. Admin token: ${token}\nPULSELINE_SECRET_KEY="${randomBytes(32).toString("base64")}"\nPULSELINE_ADMIN_TOKEN_HASH="${hash}"\n`,
      { mode: 0o600 },
    );
    console.log(`made .dev.vars; admin token: ${token}`);
  }
  await buildOutdated(root, (line) => console.log(line));
  const { code, output } = await runWrangler(["d1", "migrations", "apply", "DB", "--local"]);
  if (code !== 0) throw new RuntimeFailure(`The migrations failed.\n${output}`);
  if (!process.argv.includes("--prepare")) process.exit(await runWranglerHere(["dev", ...args]));
}

main().catch((error: unknown) => {
  console.error(error instanceof RuntimeFailure ? messageOf(error) : error);
  process.exit(1);
});
