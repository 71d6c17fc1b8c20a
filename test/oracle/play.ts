import { Agent } from "node:http";
import { gzipSync } from "node:zlib";
import type { Action } from "../../scripts/demo/company/actions.ts";
import { customersCsv } from "../../scripts/demo/company/customers.ts";
import { mixpanelBatchMax, mixpanelClient } from "../../scripts/demo/mixpanel-client.ts";
import { sendOnce } from "../../scripts/demo/send.ts";
import { zendeskRequest, zendeskSignature } from "../../scripts/demo/zendesk-sender.ts";
import {
  accountsMade,
  conflicts,
  deskCalendar,
  eventsOfCases,
  eventsOfFormer,
  eventsOfSilent,
  localCalendar,
  linksLater,
  merges,
} from "./company/cases.ts";
import { accountsOfChance, eventsOfChance } from "./company/chance.ts";
import { customers, historyOfCustomers } from "./company/customers.ts";
import { companyZone, rates, reportingCurrency } from "./company/rates.ts";
import { measuresMade, scorecardsMade } from "./company/scorecards.ts";
import { type Told, ago, clockMs, clockText } from "./company/tell.ts";
import { type MixpanelRequest, mixpanelRequests, projectToken, zendeskBodies } from "./company/vendors.ts";
import type { Product } from "./product.ts";

const apiSecret = "8".repeat(32);
const webhookSecret = "c2VjcmV0LXRoYXQtbG9va3MtbGlrZS1iYXNlNjQ=";
const requestsTogether = 24;
const nativeBatchMax = 400;
/** More different values than are kept of a day, and more numbers. */
const callsOfOneDay = 4_600;

/** Keys that a person tied to an account: no delivery, so the archive does not hold them. */
export type Link = { readonly kind: string; readonly value: string; readonly accountId: string };
/** What was done through the API and is no delivery: an input of both sides. And a way to tell more. */
export type Played = {
  readonly links: readonly Link[];
  readonly merges: typeof merges;
  readonly tell: (events: readonly Told[]) => Promise<void>;
};

/** Publishes what judges the company: before the first instant that is asked about, as an instant is judged by the rules of its time. */
export async function publishRules(product: Product): Promise<void> {
  await publish(product, "calendars/desk", deskCalendar);
  await publish(product, "calendars/local", localCalendar);
  await product.write("settings", { timeZone: companyZone }, "PUT");
  for (const [key, document] of Object.entries(measuresMade)) await publish(product, `measures/${key}`, document);
  for (const [key, document] of Object.entries(scorecardsMade)) await publish(product, `scorecards/${key}`, document);
}

/** Tells the whole company through the front doors, and waits until everything has settled. */
export async function play(product: Product): Promise<Played> {
  const doors = await setUp(product);
  await product.write("settings", { reportingCurrency }, "PUT");
  await product.write("fx-rates", { rates }, "PUT");
  const native = [...eventsOfCases(), ...accountsOfChance.flatMap((id, i) => eventsOfChance(id, i === 0 ? callsOfOneDay : undefined))];
  await tell(doors, historyOfCustomers(), native);
  await doors.silent(eventsOfSilent());
  await doors.former(eventsOfFormer());
  await product.settled();
  await doors.native(conflicts());
  const links = linksLater.map((key) => ({ ...key, accountId: "ceres" }));
  for (const one of links) await link(product, one);
  for (const merge of merges) await product.write("identity/merge", merge);
  await product.write("accounts/dione/override", { value: 35, reason: "they called" });
  await product.write("accounts/atlas/opinion", { value: 4 });
  await product.settled();
  return { links, merges, tell: doors.native };
}

export const link = async (product: Product, { accountId, ...key }: Link): Promise<void> =>
  void (await product.write("identity/link", { key, accountId, reason: "told by their administrator" }));

export async function publish(product: Product, path: string, document: Readonly<Record<string, unknown>>): Promise<void> {
  await product.write(`config/${path}/draft`, { document }, "PUT");
  await product.write(`config/${path}/publish`, {});
}

type Doors = {
  readonly native: (events: readonly Told[], lane?: "backfill") => Promise<void>;
  /** By a program that has told nothing for days. */
  readonly silent: (events: readonly Told[]) => Promise<void>;
  /** By one of which nothing but history came. */
  readonly former: (events: readonly Told[]) => Promise<void>;
  readonly requests: (actions: readonly Action[]) => (() => Promise<void>)[];
};

async function setUp(product: Product): Promise<Doors> {
  await product.write("connections", {
    connector: "mixpanel",
    name: "Mixpanel",
    settings: { projectToken, accountKey: "company_id", groupKey: "company" },
    secrets: { apiSecret },
  });
  const zendesk = await product.write("connections", { connector: "zendesk", name: "Zendesk", settings: {}, secrets: { webhookSecret } });
  await product.writeCsv("accounts/import", customersCsv(customers));
  for (const account of accountsMade) await product.write("accounts", account);
  const tokenOf = async (name: string): Promise<string> => String((await product.write("tokens", { name, scopes: ["ingest"] }))["token"]);
  const tokens = { backend: await tokenOf("Backend"), silent: await tokenOf("Silent"), former: await tokenOf("Former") };
  return doorsOf(product.url, tokens, String(zendesk["id"]));
}

type Tokens = { readonly backend: string; readonly silent: string; readonly former: string };

function doorsOf(url: URL, tokens: Tokens, zendeskId: string): Doors {
  const agent = new Agent({ keepAlive: true, maxSockets: requestsTogether });
  const hook = { url: new URL(`/webhooks/zendesk/${zendeskId}`, url).href, secret: webhookSecret, seed: 7 };
  const client = mixpanelClient(url, projectToken, apiSecret);
  const accepted = async (request: Parameters<typeof sendOnce>[1]): Promise<void> => {
    const { status, text } = await sendOnce(agent, request);
    if (status < 200 || status >= 300 || text.includes('"index"')) throw new Error(`${request.url}: ${status} ${text.slice(0, 300)}`);
  };
  const said = async (answer: Promise<string | null>): Promise<void> => {
    const text = await answer;
    if (text !== null) throw new Error(`Mixpanel's client was told: ${text}`);
  };
  const native = (events: readonly Told[], lane?: "backfill", token = tokens.backend): Promise<void> =>
    accepted({
      url: new URL(lane === undefined ? "/v1/events" : `/v1/events?lane=${lane}`, url).href,
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": lane === undefined ? "application/json" : "application/x-ndjson",
        ...(lane === undefined ? {} : { "content-encoding": "gzip" }),
      },
      body: lane === undefined ? JSON.stringify(events) : gzipSync(events.map((event) => JSON.stringify(event)).join("\n")),
    });
  /** The last two days come one by one or live, what is older as history. */
  const requests: Doors["requests"] = (actions) => {
    const mixpanelAsWritten = ({ path, method, item }: MixpanelRequest) => {
      const data = Buffer.from(JSON.stringify(item)).toString("base64");
      const asForm = { headers: { "content-type": "application/x-www-form-urlencoded" }, body: `data=${encodeURIComponent(data)}` };
      const asQuery = { method, headers: {}, body: "" };
      return accepted({
        url: new URL(`${path}?ip=0${method === "GET" ? `&data=${encodeURIComponent(data)}` : ""}`, url).href,
        ...(method === "GET" ? asQuery : asForm),
      });
    };
    const zendeskAsWritten = (body: string, number: number) =>
      accepted({
        url: hook.url,
        body,
        headers: {
          "content-type": "application/json",
          "x-zendesk-webhook-signature": zendeskSignature(webhookSecret, clockText, body),
          "x-zendesk-webhook-signature-timestamp": clockText,
          "x-zendesk-webhook-invocation-id": `as-written-${number}`,
        },
      });
    const recent = ({ at }: Action): boolean => at > clockMs - 2 * 86_400_000;
    const mixpanel = actions.flatMap((action) => (action.door === "mixpanel" ? [action] : []));
    const told = actions.flatMap((action) => (action.door === "native" ? [action] : []));
    return [
      ...mixpanelRequests.map((request) => () => mixpanelAsWritten(request)),
      ...zendeskBodies.map((body, number) => () => zendeskAsWritten(JSON.stringify(body), number)),
      ...mixpanel.filter(recent).map(
        ({ event }) =>
          () =>
            said(client.track(event)),
      ),
      ...chunks(
        mixpanel.filter((action) => !recent(action)),
        mixpanelBatchMax,
      ).map((some) => () => said(client.importBatch(some.map(({ event }) => event)))),
      ...chunks(told.filter(recent), nativeBatchMax).map((some) => () => native(some.map(({ event }) => event))),
      ...chunks(
        told.filter((action) => !recent(action)),
        nativeBatchMax,
      ).map(
        (some) => () =>
          native(
            some.map(({ event }) => event),
            "backfill",
          ),
      ),
      ...actions.flatMap((action) => (action.door === "zendesk" ? [() => accepted(zendeskRequest(action.step, hook, clockMs))] : [])),
    ];
  };
  return {
    native: (events, lane) => native(events, lane),
    silent: (events) => native(events, undefined, tokens.silent),
    former: (events) => native(events, "backfill", tokens.former),
    requests,
  };
}

async function tell(doors: Doors, actions: readonly Action[], native: readonly Told[]): Promise<void> {
  const old = ago(60);
  const requests = [
    ...doors.requests(actions),
    ...chunks(
      native.filter(({ time }) => time >= old),
      nativeBatchMax,
    ).map((events) => () => doors.native(events)),
    ...chunks(
      native.filter(({ time }) => time < old),
      nativeBatchMax,
    ).map((events) => () => doors.native(events, "backfill")),
  ];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let request = requests[next++]; request !== undefined; request = requests[next++]) await request();
  };
  await Promise.all(Array.from({ length: requestsTogether }, lane));
}

const chunks = <T>(items: readonly T[], length: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / length) }, (_, i) => items.slice(i * length, (i + 1) * length));
