import { RuntimeFailure } from "../runtime/failure.ts";
import { type Customer, customersCsv, ratesCsv } from "./company/customers.ts";
import type { DemoState } from "./state.ts";

type Api = { readonly url: string; readonly token: string; readonly seed: number };

/**
 * Makes, through the API, what the senders need: a token for native events, a Zendesk and a Mixpanel connection, rates of exchange, the accounts. Each step has
 * a key of its own, so that after a kill in the middle it is not made twice.
 */
export async function setUp(url: string, state: DemoState, customers: readonly Customer[]): Promise<void> {
  const api: Api = { url, token: state.adminToken, seed: state.originMs };
  await makeIngestToken(api, state);
  if (state.zendeskConnectionId !== null) return;
  await write(api, "connections", {
    connector: "mixpanel",
    name: "Mixpanel",
    settings: { projectToken: state.projectToken, accountKey: "company_id" },
    secrets: { apiSecret: state.apiSecret },
  });
  await write(api, "fx-rates", ratesCsv(state.originMs), "PUT");
  await write(api, "accounts/import", customersCsv(customers));
  const zendesk = await write(api, "connections", {
    connector: "zendesk",
    name: "Zendesk",
    settings: { subdomain: "northlight" },
    secrets: { webhookSecret: state.webhookSecret },
  });
  state.zendeskConnectionId = String(zendesk["id"]);
}

/**
 * The same for a book that is told by native events alone, of usage: its accounts are judged by a scorecard that has little else. The token comes last,
 * as it says that all is made; what somebody has published since stays.
 */
export async function setUpNative(url: string, state: DemoState): Promise<void> {
  if (state.ingestToken !== null) return;
  const api: Api = { url, token: state.adminToken, seed: state.originMs };
  const document = { title: "Everybody", scorecard: "usage_support", segments: [] };
  await write(api, "config/segments/segments/draft", { document }, "PUT");
  await write(api, "config/segments/segments/publish", {});
  await makeIngestToken(api, state);
}

async function makeIngestToken(api: Api, state: DemoState): Promise<void> {
  if (state.ingestToken !== null) return;
  const made = await write(api, "tokens", { name: "Product backend", scopes: ["ingest"] });
  state.ingestToken = String(made["token"]);
}

async function write(api: Api, path: string, body: string | object, method = "POST"): Promise<Record<string, unknown>> {
  const isTable = typeof body === "string";
  const name = isTable || !("connector" in body) ? path : `${path}/${String(body.connector)}`;
  const response = await fetch(`${api.url}/api/v1/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${api.token}`,
      "content-type": isTable ? "text/csv" : "application/json",
      "idempotency-key": `demo/${api.seed}/${name}`,
    },
    body: isTable ? body : JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  if (!response.ok) throw new RuntimeFailure(`${method} ${path} was answered ${response.status}: ${text.slice(0, 500)}`);
  const answer = JSON.parse(text) as Record<string, unknown>;
  if (path === "accounts/import" && answer["rejectedRows"] !== 0)
    throw new RuntimeFailure(`the accounts were not all taken: ${text.slice(0, 500)}`);
  return answer;
}

/** Accounts that have a score; null while the lists cannot be read. */
export async function scoredAccounts(url: string, token: string): Promise<number | null> {
  try {
    const response = await fetch(`${url}/api/v1/portfolio`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(5_000),
    });
    if (!response.ok) return null;
    const { scored }: { scored: number } = await response.json();
    return scored;
  } catch {
    return null;
  }
}
