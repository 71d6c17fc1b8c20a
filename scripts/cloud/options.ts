import { parseArgs } from "node:util";
import { messageOf, RuntimeFailure } from "../runtime/failure.ts";

export const setupUsage = `npm run setup

Creates in the Cloudflare account that wrangler is logged in to, as far as they are not there: the queues, the database, the bucket, and the
secrets of this Worker; writes the database's id into wrangler.toml. It takes no options; --help prints this and touches nothing.`;

export const deployUsage = `npm run deploy -- [options]

  --dry-run   build and check only; needs no account

Builds, applies the migrations of the database, deploys. --help prints this and touches nothing.`;

/** @returns whether to go on: false when only help was asked for. Throws a RuntimeFailure that names an argument it does not know */
export const setupGoesOn = (args: readonly string[]): boolean => !flagsOf(args, ["help"], setupUsage).has("help");

/** @returns null when only help was asked for. Throws a RuntimeFailure that names an argument it does not know */
export function deployOptions(args: readonly string[]): { readonly isDryRun: boolean } | null {
  const flags = flagsOf(args, ["help", "dry-run"], deployUsage);
  return flags.has("help") ? null : { isDryRun: flags.has("dry-run") };
}

function flagsOf(args: readonly string[], known: readonly string[], usage: string): ReadonlySet<string> {
  const options = Object.fromEntries(known.map((name) => [name, { type: "boolean" as const }]));
  try {
    return new Set(Object.keys(parseArgs({ args: [...args], options, strict: true }).values));
  } catch (error) {
    throw new RuntimeFailure(`${messageOf(error)}\n\n${usage}`);
  }
}
