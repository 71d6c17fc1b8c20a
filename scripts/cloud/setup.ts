import { createHash, randomBytes } from "node:crypto";
import { RuntimeFailure } from "../runtime/failure.ts";
import type { RunWrangler } from "./wrangler.ts";

/** What a deployment needs in the account, as wrangler.toml names it. */
export type CloudNeeds = {
  readonly queues: readonly string[];
  readonly database: string;
  readonly bucket: string;
};

export type CloudSetup = {
  readonly needs: CloudNeeds;
  readonly run: RunWrangler;
  /** Writes the database's id into wrangler.toml. */
  readonly writeDatabaseId: (id: string) => void;
  /** One line about what was found or made, for a person. */
  readonly tell: (line: string) => void;
};

/** Values shown once; null for what was there already. */
export type MadeSecrets = { readonly secretKey: string | null; readonly adminToken: string | null };

/**
 * Creates in the account what is not there yet: queues, database, bucket, secrets. What is there is left as it is, so it may run again
 * after a failure, and before each deploy.
 *
 * "Not there" is believed only when wrangler says so in its own words; anything else that fails stops the set-up with what wrangler said,
 * because creating on a doubt would make a second one. Not guaranteed: two set-ups at the same time.
 */
export async function setUpCloud({ needs, run, writeDatabaseId, tell }: CloudSetup): Promise<MadeSecrets> {
  const wrangler = strict(run);
  await wrangler(["whoami", "--json"], "Log in first: `npx wrangler login`, or set CLOUDFLARE_API_TOKEN.");
  for (const queue of needs.queues) {
    await unlessThere(run, tell, `queue ${queue}`, ["queues", "info", queue], /Queue ".*" does not exist/, ["queues", "create", queue]);
  }
  await unlessThere(
    run,
    tell,
    `bucket ${needs.bucket}`,
    ["r2", "bucket", "info", needs.bucket, "--json"],
    /\[code: 10006\]|bucket does not exist/i,
    ["r2", "bucket", "create", needs.bucket],
  );
  writeDatabaseId(await databaseId(run, tell, needs.database));
  return makeSecrets(run, tell);
}

const strict =
  (run: RunWrangler) =>
  async (args: readonly string[], hint = "", input?: string): Promise<string> => {
    const { code, output, stdout } = await run(args, input);
    if (code !== 0) throw new RuntimeFailure(`wrangler ${args.join(" ")} failed. ${hint}\n${output.trim()}`);
    return stdout;
  };

async function unlessThere(
  run: RunWrangler,
  tell: (line: string) => void,
  what: string,
  look: readonly string[],
  missing: RegExp,
  create: readonly string[],
): Promise<void> {
  const { code, output } = await run(look);
  if (code === 0) return tell(`${what}: there`);
  if (!missing.test(output)) throw new RuntimeFailure(`wrangler ${look.join(" ")} failed.\n${output.trim()}`);
  await strict(run)(create);
  tell(`${what}: created`);
}

async function databaseId(run: RunWrangler, tell: (line: string) => void, name: string): Promise<string> {
  const wrangler = strict(run);
  const find = async (): Promise<string | null> => {
    const databases = JSON.parse(await wrangler(["d1", "list", "--json"])) as { name: string; uuid: string }[];
    return databases.find((database) => database.name === name)?.uuid ?? null;
  };
  const known = await find();
  if (known !== null) {
    tell(`database ${name}: there (${known})`);
    return known;
  }
  await wrangler(["d1", "create", name]);
  const made = await find();
  if (made === null) throw new RuntimeFailure(`The database ${name} was created, but the account does not list it yet. Run this again.`);
  tell(`database ${name}: created (${made})`);
  return made;
}

async function makeSecrets(run: RunWrangler, tell: (line: string) => void): Promise<MadeSecrets> {
  const there = await secretNames(run);
  const put = async (name: string, value: string): Promise<void> => {
    await strict(run)(["secret", "put", name], "", value);
    tell(`secret ${name}: made`);
  };
  const make = async (name: string, value: string, stored: string): Promise<string | null> => {
    if (there.has(name)) {
      tell(`secret ${name}: there`);
      return null;
    }
    await put(name, stored);
    return value;
  };
  const key = randomBytes(32).toString("base64");
  const token = `pl_admin_${randomBytes(24).toString("base64url")}`;
  return {
    secretKey: await make("PULSELINE_SECRET_KEY", key, key),
    adminToken: await make("PULSELINE_ADMIN_TOKEN_HASH", token, createHash("sha256").update(token).digest("hex")),
  };
}

/** Before the first deploy there is no worker, hence no secret; the first `secret put` then makes an empty worker. */
async function secretNames(run: RunWrangler): Promise<ReadonlySet<string>> {
  const { code, output, stdout } = await run(["secret", "list", "--format", "json"]);
  if (code === 0) return new Set((JSON.parse(stdout) as { name: string }[]).map(({ name }) => name));
  if (/\[code: 10007\]|Worker ".*" not found|does not exist on your account/.test(output)) return new Set();
  throw new RuntimeFailure(`wrangler secret list failed.\n${output.trim()}`);
}
