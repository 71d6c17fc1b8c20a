import { parseArgs } from "node:util";
import { rehearsalClock } from "./clock.ts";
import { messageOf, RuntimeFailure } from "./failure.ts";
import type { RuntimeOptions } from "./host.ts";

export const startUsage = `npm start -- [options]

  --port N              port to serve on (8787; env PORT)
  --host ADDRESS        address to serve on (127.0.0.1)
  --data FOLDER         where everything is kept (.data; env PULSELINE_DATA)
  --admin-token TOKEN   admin token (env PULSELINE_ADMIN_TOKEN); without one it is made at the first start and printed once
  --clock TIME          rehearsals only: the product's clock starts there, such as 2026-11-20T00:00:00Z
  --clock-rate N        rehearsals only: the product's clock runs N times as fast; 0 stands still

Environment: PULSELINE_PUBLIC_URL (the URL others reach this under), PULSELINE_ALLOW_PRIVATE_HOSTS=1 (connections may point at private addresses)`;

const tokenCharsMin = 16;
const tokenCharsMax = 512;

type Defaults = { readonly dataFolder: string; readonly port: number };
type Environment = Readonly<Record<string, string | undefined>>;

/** Command line and environment as options of the runtime; the command line wins. Null when only help was asked for. */
export function startOptions(args: readonly string[], env: Environment, defaults: Defaults, wallMs: number): RuntimeOptions | null {
  const values = parsed(args);
  if (values.help === true) return null;
  const adminToken = values["admin-token"] ?? nonEmpty(env["PULSELINE_ADMIN_TOKEN"]);
  if (adminToken !== undefined && !/^[\x21-\x7e]+$/.test(adminToken))
    throw new RuntimeFailure("The admin token must be printable ASCII without spaces.");
  if (adminToken !== undefined && (adminToken.length < tokenCharsMin || adminToken.length > tokenCharsMax)) {
    throw new RuntimeFailure(`The admin token must have ${tokenCharsMin} to ${tokenCharsMax} characters.`);
  }
  const publicUrl = nonEmpty(env["PULSELINE_PUBLIC_URL"]);
  if (publicUrl !== undefined && !/^https?:\/\//.test(publicUrl))
    throw new RuntimeFailure(`PULSELINE_PUBLIC_URL must begin with http:// or https://, not "${publicUrl}".`);
  return {
    port: portOf(values.port ?? nonEmpty(env["PORT"]), defaults.port),
    host: values.host ?? "127.0.0.1",
    dataFolder: values.data ?? nonEmpty(env["PULSELINE_DATA"]) ?? defaults.dataFolder,
    ...(adminToken === undefined ? {} : { adminToken }),
    clock: rehearsalClock(values.clock, values["clock-rate"], wallMs),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    allowPrivateHosts: env["PULSELINE_ALLOW_PRIVATE_HOSTS"] === "1",
  };
}

function parsed(args: readonly string[]) {
  const text = { type: "string" } as const;
  const options = {
    port: text,
    host: text,
    data: text,
    "admin-token": text,
    clock: text,
    "clock-rate": text,
    help: { type: "boolean" },
  } as const;
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    throw new RuntimeFailure(`${messageOf(error)}\n\n${startUsage}`);
  }
}

const nonEmpty = (text: string | undefined): string | undefined => (text === "" ? undefined : text);

function portOf(text: string | undefined, standard: number): number {
  const port = text === undefined ? standard : Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new RuntimeFailure(`The port must be a number from 0 to 65535, not "${text}".`);
  return port;
}
