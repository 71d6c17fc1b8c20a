import { CloudEvent, HTTP, Mode, emitterFor, httpTransport } from "cloudevents";
import Mixpanel from "mixpanel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mapDelivery } from "../../../src/connectors/index.ts";
import type { Event } from "../../../src/domain/event.ts";
import { receiveMixpanel } from "../../../src/ingest/mixpanel-route.ts";
import { receiveEvents } from "../../../src/ingest/native-route.ts";
import { connectionOf, doorNow, testDoors } from "../../support/ingest-doors.ts";
import { serve } from "../../support/ingest-http.ts";

const token = "11111111111111111111111111111111";
const doors = testDoors({
  connections: { [`mixpanel|${token}`]: connectionOf("mixpanel", { settings: { projectToken: token, groupKey: "company_id" } }) },
  secrets: { apiSecret: "api-secret" },
});
let server: Awaited<ReturnType<typeof serve>>;

beforeAll(async () => {
  server = await serve((request) => {
    const url = new URL(request.url);
    const form = /^\/(track|engage|groups|import)\/?$/.exec(url.pathname)?.[1] as "track" | undefined;
    return form === undefined ? receiveEvents(request, doors) : receiveMixpanel(request, form, doors);
  });
});
afterAll(() => server.close());

/** Everything stored since the last look, as events. */
const stored = (): Event[] =>
  doors.appended.splice(0).flatMap((delivery) => mapDelivery(delivery).items.flatMap((item) => ("event" in item ? [item.event] : [])));

describe.each([false, true])("the official mixpanel client, unchanged, verbose %s", (verbose) => {
  const call = (send: (client: Mixpanel.Mixpanel, done: (error?: unknown) => void) => void, options = {}): Promise<unknown> =>
    new Promise((resolve) =>
      send(Mixpanel.init(token, { host: `127.0.0.1:${server.port}`, protocol: "http", verbose, ...options }), (error) =>
        resolve(error ?? null),
      ),
    );

  it("tracks single events by GET", async () => {
    const at = new Date(doorNow - 60_000);
    expect(
      await call((client, done) =>
        client.track(
          "Report Exported",
          { distinct_id: "u1", $insert_id: "i1", time: at, company_id: "acme", note: "naïve ✓ ???>>>~~~" } as never,
          done,
        ),
      ),
    ).toBeNull();
    expect(stored()).toMatchObject([
      {
        type: "feature.used",
        occurredAt: at.getTime(),
        keys: ["external:mixpanel|acme", "user|u1"],
        data: { event: "Report Exported", properties: { note: "naïve ✓ ???>>>~~~" } },
      },
    ]);
  });

  it("tracks batches with bare plus signs in their base64, more than fit in one request", async () => {
    const events = Array.from({ length: 53 }, (_, i) => ({
      event: "Seat Added",
      properties: { distinct_id: `u${i}`, time: Math.floor(doorNow / 1_000), note: "subject?>>>>~~~~ ÿÿÿ" },
    }));
    expect(await call((client, done) => client.track_batch(events, done))).toBeFalsy();
    const batch = stored();
    expect(batch).toHaveLength(53);
    expect(new Set(batch.map((event) => event.id)).size).toBe(53);
    expect(batch.every((event) => (event.data["properties"] as { note: string }).note === "subject?>>>>~~~~ ÿÿÿ")).toBe(true);
  });

  it("sets people and groups, and makes aliases", async () => {
    expect(await call((client, done) => client.people.set("u1", { $email: "dana@acme.example", plan: "growth" }, done))).toBeNull();
    expect(await call((client, done) => client.people.increment("u1", "reports", 3, done))).toBeNull();
    expect(await call((client, done) => client.groups.set("company_id", "acme", { $name: "Acme" }, done))).toBeNull();
    expect(await call((client, done) => client.alias("u1", "crm-9", done))).toBeNull();
    expect(stored().map((event) => [event.type, event.keys])).toEqual([
      ["user.identified", ["user|u1", "email|dana@acme.example", "domain|acme.example"]],
      ["user.identified", ["user|u1"]],
      ["account.updated", ["external:mixpanel|acme"]],
      ["user.identified", ["user|u1", "user|crm-9"]],
    ]);
  });

  it("imports history with its key", async () => {
    const events = [
      { event: "Invoice Viewed", properties: { distinct_id: "u3", time: new Date(doorNow - 90 * 86_400_000), $insert_id: "old-1" } },
    ];
    expect(await call((client, done) => client.import_batch(events as never, done), { key: "api-secret" })).toBeFalsy();
    expect(stored()).toMatchObject([{ lane: "backfill", occurredAt: doorNow - 90 * 86_400_000 }]);
    expect(await call((client, done) => client.import_batch(events as never, done), { key: "wrong" })).toBeTruthy();
  });

  it("is told of an error when its project is unknown", async () => {
    const error = await new Promise((resolve) =>
      Mixpanel.init("2".repeat(32), { host: `127.0.0.1:${server.port}`, protocol: "http", verbose }).track(
        "x",
        { distinct_id: "u" },
        resolve,
      ),
    );
    expect(error).toBeTruthy();
    expect(stored()).toEqual([]);
  });
});

describe("the CloudEvents SDK, unchanged", () => {
  const event = new CloudEvent({
    id: "ce 1",
    source: "/billing",
    type: "invoice.paid",
    time: new Date(doorNow).toISOString(),
    accountid: "acct-77",
    userid: "dana@acme.example",
    data: { invoiceId: "in-1", amount: 49_900, currency: "usd" },
  });
  const meant = {
    id: "/billing#ce 1",
    type: "invoice.paid",
    occurredAt: doorNow,
    keys: ["account|acct-77", "user|dana@acme.example", "email|dana@acme.example", "domain|acme.example"],
    data: { invoiceId: "in-1", amount: 49_900, currency: "usd" },
  };

  it.each([Mode.BINARY, Mode.STRUCTURED])("emits in mode %s", async (mode) => {
    const emit = emitterFor(httpTransport(`http://127.0.0.1:${server.port}/v1/events`), { mode });
    await emit(event, { headers: { authorization: "Bearer good" } });
    expect(stored()).toMatchObject([meant]);
  });

  it("means the same event in all three modes, so that a resend in another mode is a repeat", async () => {
    const hashes = new Set<number>();
    for (const message of [
      HTTP.binary(event),
      HTTP.structured(event),
      { headers: { "content-type": "application/cloudevents-batch+json" }, body: JSON.stringify([event]) },
    ]) {
      const response = await fetch(`http://127.0.0.1:${server.port}/v1/events`, {
        method: "POST",
        headers: { ...(message.headers as Record<string, string>), authorization: "Bearer good" },
        body: message.body as string,
      });
      expect([response.status, await response.json()]).toEqual([202, { accepted: 1, rejected: [] }]);
      const [mapped] = stored();
      expect(mapped).toMatchObject(meant);
      hashes.add(mapped?.contentHash ?? -1);
    }
    expect(hashes.size).toBe(1);
  });
});
