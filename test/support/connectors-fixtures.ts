import { readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { Delivery, DeliveryHead } from "../../src/domain/delivery.ts";

const root = join(import.meta.dirname, "../../src/connectors");

/** What a fixture says of a request; everything else of the head is the same for all. */
type FixtureRequest = {
  readonly form: string;
  readonly receivedAt: string;
  readonly meta: Record<string, string>;
  readonly settings?: Record<string, unknown>;
  readonly lane?: "live" | "backfill";
  readonly mayCreateAccounts?: boolean;
  readonly body: string;
};

export type Fixture = { readonly name: string; readonly delivery: Delivery; readonly eventsPath: string; readonly expected: () => unknown };

/** Folders of vendors: all but what they share. */
export const connectorFolders = (): string[] =>
  readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "kit")
    .map((entry) => entry.name);

export function fixturesOf(connector: string): Fixture[] {
  const folder = join(root, connector, "fixtures");
  return readdirSync(folder)
    .filter((file) => file.endsWith(".request.json"))
    .map((file) => {
      const name = basename(file, ".request.json");
      const eventsPath = join(folder, `${name}.events.json`);
      return {
        name,
        delivery: toDelivery(connector, readJson(join(folder, file)) as FixtureRequest),
        eventsPath,
        expected: () => readJson(eventsPath),
      };
    });
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));

function toDelivery(connector: string, request: FixtureRequest): Delivery {
  const { form, receivedAt, meta, settings = {}, lane = "live", mayCreateAccounts = false, body } = request;
  const head = {
    id: "delivery-1",
    connectionId: "connection-1",
    connector,
    form,
    receivedAt: Date.parse(receivedAt),
    lane,
    contentEncoding: "identity",
    meta,
    settings,
    mayCreateAccounts,
    accepted: 0,
    rejected: 0,
  } as unknown as DeliveryHead;
  return { head, body: new TextEncoder().encode(body) };
}
