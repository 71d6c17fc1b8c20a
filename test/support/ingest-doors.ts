import type { Delivery } from "../../src/domain/delivery.ts";
import { fail, ok } from "../../src/domain/result.ts";
import type { AppendOutcome, Connection, DoorPorts, IngestToken, Refusal } from "../../src/ingest/ports.ts";
import { expandGzip } from "../../src/platform/http/expand-gzip.ts";
import { hmacBase64, sameSecret } from "../../src/platform/secrets.ts";

export const doorNow = Date.parse("2026-11-25T09:00:00Z");

export const ingestToken: IngestToken = { kind: "token", hash: "h", tokenId: "tok-1", name: "sender", scopes: ["ingest"] };

export const connectionOf = (connector: string, changes: Partial<Connection> = {}): Connection => ({
  kind: "connection",
  id: `${connector}-1`,
  connector,
  name: connector,
  status: "active",
  settings: {},
  secretsCiphertext: "",
  updatedAt: 0,
  ...changes,
});

/** Doors over memory: what they append is in `appended`; parts can be taken away. */
export type TestDoors = DoorPorts & {
  readonly appended: Delivery[];
  readonly reported: string[];
  readonly refusals: Refusal[];
  /** What was appended first; there must be something. */ readonly first: () => Delivery;
};

export type TestDoorsOptions = {
  readonly tokens?: Readonly<Record<string, IngestToken>>;
  readonly connections?: Readonly<Record<string, Connection>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly append?: (delivery: Delivery) => AppendOutcome;
  readonly mayCreateAccounts?: boolean;
};

export function testDoors(options: TestDoorsOptions = {}): TestDoors {
  const appended: Delivery[] = [];
  const reported: string[] = [];
  const refusals: Refusal[] = [];
  let deliveries = 0;
  return {
    appended,
    reported,
    refusals,
    first: () => {
      const [delivery] = appended;
      if (delivery === undefined) throw new Error("nothing was appended");
      return delivery;
    },
    now: () => doorNow,
    newDeliveryId: () => `delivery-${++deliveries}`,
    token: async (request) => {
      const header = request.headers.get("authorization");
      if (header === null) return fail("missing");
      const token = (options.tokens ?? { good: ingestToken })[header.replace("Bearer ", "")];
      return token === undefined ? fail("unknown") : ok(token);
    },
    connection: async (lookup) => options.connections?.[lookup] ?? null,
    secrets: async () => options.secrets ?? {},
    mayCreateAccounts: async () => options.mayCreateAccounts ?? true,
    append: async (delivery) => {
      const outcome = options.append?.(delivery) ?? { stored: true };
      if (outcome.stored) appended.push(delivery);
      return outcome;
    },
    refused: (refusal) => void refusals.push(refusal),
    crypto: { hmacBase64, sameSecret, digest: (secret) => `digest of ${secret}` },
    gunzip: (bytes, bytesMax) => {
      const expanded = expandGzip(bytes, bytesMax);
      return typeof expanded === "string" ? fail(expanded) : ok(expanded);
    },
    report: (what) => void reported.push(what),
  };
}
