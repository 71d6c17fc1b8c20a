import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RuntimeFailure } from "../runtime/failure.ts";

/** A span of the company's life that must be told: from its first instant up to (without) its last, and the UTC days already accepted. */
export type Span = { readonly fromMs: number; readonly toMs: number; readonly daysDone: number[] };

/** `company`: 200 customers of 90 days with all that passes between them and us; `losses`: 13 months in which customers leave. */
export type DemoBook = "company" | "losses";

/** What the demo knows from one run to the next; kept in the data folder, as it holds tokens. */
export type DemoState = {
  readonly seed: number;
  /** Absent in what older code wrote: the company. */
  readonly book?: DemoBook;
  /** When the simulation began. Epoch ms. */
  readonly originMs: number;
  readonly adminToken: string;
  readonly webhookSecret: string;
  readonly projectToken: string;
  readonly apiSecret: string;
  /** Made through the API at the first run. */
  ingestToken: string | null;
  zendeskConnectionId: string | null;
  spans: Span[];
  /** Up to here live traffic has been told. Epoch ms. */
  playedToMs: number;
};

const fileName = "demo.json";
const defaultSeed = 7;

export const isDemoFolder = (folder: string): boolean => existsSync(join(folder, fileName));

export function newDemoState(originMs: number, historyMs: number, book: DemoBook = "company"): DemoState {
  const secret = (prefix: string): string => `${prefix}${randomBytes(24).toString("base64url")}`;
  return {
    seed: defaultSeed,
    book,
    originMs,
    adminToken: secret("pl_demo_"),
    webhookSecret: randomBytes(32).toString("base64"),
    projectToken: randomBytes(16).toString("hex"),
    apiSecret: randomBytes(16).toString("hex"),
    ingestToken: null,
    zendeskConnectionId: null,
    spans: [{ fromMs: originMs - historyMs, toMs: originMs, daysDone: [] }],
    playedToMs: originMs,
  };
}

export function readDemoState(folder: string): DemoState | null {
  const path = join(folder, fileName);
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, "utf8")) as DemoState;
  } catch {
    throw new RuntimeFailure(`${path} cannot be read. Start again with: npm run demo -- --fresh`);
  }
}

/** Never half written: a kill in between leaves the old one. */
export function writeDemoState(folder: string, state: DemoState): void {
  const path = join(folder, fileName);
  writeFileSync(`${path}.new`, JSON.stringify(state), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
