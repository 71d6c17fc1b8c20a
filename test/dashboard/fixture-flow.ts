import type {
  Connection,
  Connector,
  DeadLetter,
  DeliveryDetail,
  DeliveryEvent,
  DeliveryItem,
  Source,
  SourceDay,
  Token,
  UnresolvedKey,
} from "../../src/dashboard/api-types.ts";

const iso = (time: number): string => new Date(time).toISOString();
const none = { waiting: 0, applied: 0, repeat: 0, dropped: 0, held: 0, parked: 0, quarantined: 0, deadLettered: 0 };

export const connectorList: readonly Connector[] = [
  {
    name: "zendesk",
    title: "Zendesk",
    docs: "https://developer.zendesk.com/documentation/webhooks/",
    settings: [
      { key: "subdomain", title: "Subdomain", required: false, description: "`acme` of acme.zendesk.com." },
      {
        key: "accountKey",
        title: "Account key",
        required: false,
        description: "The vendor's field that holds our account id, if there is one.",
      },
    ],
    secrets: [
      {
        key: "webhookSecret",
        title: "Webhook signing secret",
        required: true,
        description: "From the webhook's page in Zendesk: Show signing secret.",
      },
    ],
    streams: [],
    webhooks: ["zen:event-type:ticket.created", "zen:event-type:ticket.status_changed"],
    receivesWebhooks: true,
  },
  {
    name: "mixpanel",
    title: "Mixpanel",
    docs: "What the SDKs send: events, profiles and groups.",
    settings: [{ key: "projectToken", title: "Project token", required: true, description: "The token the SDK sends." }],
    secrets: [{ key: "apiSecret", title: "API secret", required: false, description: "Only for /import." }],
    streams: [],
    webhooks: [],
    receivesWebhooks: false,
  },
];

export const makeConnections = (now: number): Connection[] => [
  {
    id: "con_zendesk",
    connector: "zendesk",
    name: "Support desk",
    status: "active",
    settings: { subdomain: "acme" },
    secrets: ["webhookSecret"],
    webhookUrl: "http://127.0.0.1:8787/webhooks/zendesk/con_zendesk",
    createdAt: iso(now - 9e9),
    updatedAt: iso(now - 8e9),
  },
  {
    id: "con_mixpanel",
    connector: "mixpanel",
    name: "Web app",
    status: "active",
    settings: { projectToken: "a1b2" },
    secrets: [],
    webhookUrl: null,
    createdAt: iso(now - 9e9),
    updatedAt: iso(now - 8e9),
  },
  {
    id: "con_old",
    connector: "zendesk",
    name: "Old desk",
    status: "paused",
    settings: {},
    secrets: [],
    webhookUrl: "http://127.0.0.1:8787/webhooks/zendesk/con_old",
    createdAt: iso(now - 9e9),
    updatedAt: iso(now - 8e9),
  },
];

const dayMs = 86_400_000;

/** A fortnight with one day on which the door refused for two hours, and one on which it took nothing at all. */
const fortnight = (now: number, events: number): SourceDay[] =>
  Array.from({ length: 14 }, (_, index) => {
    const start = Math.floor(now / dayMs) * dayMs - (13 - index) * dayMs;
    const status = events === 0 || index < 3 ? "none" : index === 9 ? "down" : index === 6 ? "partial" : "complete";
    const gapHours = status === "partial" ? 2 : status === "down" ? 24 : 0;
    const from = start + (status === "partial" ? 9 * 3_600_000 : 0);
    return {
      day: iso(start).slice(0, 10),
      status,
      events: status === "none" || status === "down" ? 0 : events + index * 37,
      rejected: status === "partial" ? 4 : 0,
      failed: status === "partial" ? 2 : 0,
      refused: gapHours * 11,
      completeness: status === "none" || status === "down" ? null : 0.998,
      watermark: status === "none" ? null : iso(status === "down" ? start - 60_000 : Math.min(now, start + dayMs - 60_000)),
      gaps: gapHours === 0 ? [] : [{ from: iso(from), to: iso(from + gapHours * 3_600_000), refused: gapHours * 11 }],
    };
  });

export function makeSources(now: number): Source[] {
  const source = (
    connectionId: string,
    connector: string,
    name: string,
    stream: string | null,
    lagSeconds: number | null,
    status: Source["status"],
  ): Source => ({
    connectionId,
    connector,
    name,
    connectionStatus: connectionId.startsWith("tok") ? null : status === "paused" ? "paused" : "active",
    stream,
    watermark: lagSeconds === null ? null : iso(now - lagSeconds * 1000),
    lagSeconds,
    freshnessTargetSeconds: 900,
    clockSkewMs: 0,
    leastDelayMs: lagSeconds === null ? null : status === "late" ? 3_540_000 : 800,
    lastReceivedAt: lagSeconds === null ? null : iso(now - lagSeconds * 1000),
    lastSuccessAt: lagSeconds === null ? null : iso(now - lagSeconds * 1000),
    accepted: lagSeconds === null ? 0 : 48_210,
    rejected: lagSeconds === null ? 0 : 31,
    completeness: lagSeconds === null ? null : 0.99936,
    completenessDays: fortnight(now, lagSeconds === null ? 0 : 3_100),
    lastError:
      status === "late"
        ? {
            at: iso(now - 1_260_000),
            kind: "refused",
            reason: "signature_mismatch",
            detail:
              "The signature does not fit the body and the secret. Copy the signing secret again from the sender's webhook page into this connection.",
            count24h: 26,
            refused24h: 22,
          }
        : status === "fresh" && connector === "native"
          ? {
              at: iso(now - 7_000_000),
              kind: "rejected",
              reason: "time_out_of_range",
              detail: "/time: must lie between 800 days ago and 24 hours ahead. The sender has to mend the event and send it again.",
              count24h: 2,
              refused24h: 0,
            }
          : null,
    kinds:
      lagSeconds === null
        ? []
        : [
            {
              kind: connector === "zendesk" ? "support" : "usage",
              newestAt: iso(now - lagSeconds * 1000),
              knownTo: iso(now - lagSeconds * 1000),
              usualPauseSeconds: null,
              status: lagSeconds > 3_600 ? "stopped" : "fresh",
            },
            ...(connector === "native"
              ? [
                  {
                    kind: "revenue",
                    newestAt: iso(now - 12 * 86_400_000),
                    knownTo: iso(now - lagSeconds * 1000),
                    usualPauseSeconds: 30 * 86_400,
                    status: "resting",
                  } as const,
                ]
              : []),
          ],
    awaited: lagSeconds !== null && status !== "paused",
    status,
  });
  return [
    source("con_mixpanel", "mixpanel", "Web app", "track", 3, "fresh"),
    source("con_zendesk", "zendesk", "Support desk", "tickets", 5400, "late"),
    source("tok_ingest", "native", "Product events", "events", 1, "fresh"),
    source("tok_edge", "native", "Edge gateway", "events", 800_000, "idle"),
    source("con_old", "zendesk", "Old desk", "tickets", 900_000, "paused"),
    source("con_new", "zendesk", "Second desk", null, null, "waiting"),
  ];
}

export function makeDeliveries(now: number, connectionId = "con_zendesk"): DeliveryItem[] {
  return Array.from({ length: 70 }, (_, index) => {
    const native = index % 3 === 1;
    const accepted = native ? 20 : 1;
    const status = index === 0 ? "waiting" : index === 9 ? "stuck" : "settled";
    return {
      id: `dlv_${String(index).padStart(4, "0")}`,
      connectionId: native ? "tok_ingest" : connectionId,
      connectionName: native ? "Product events" : "Support desk",
      connector: native ? "native" : "zendesk",
      form: native ? "events" : "webhook",
      receivedAt: iso(now - index * 41_000),
      bytes: native ? 18_400 : 1243,
      accepted,
      rejected: index % 17 === 4 ? 2 : 0,
      outcomes:
        status === "settled"
          ? { ...none, applied: accepted - (native ? 3 : 0), repeat: native ? 2 : 0, parked: native ? 1 : 0, quarantined: 0 }
          : { ...none, waiting: accepted },
      status,
      settledAt: status === "settled" ? iso(now - index * 41_000 + 900) : null,
      accountIds: native ? ["aster-logistics", "birch-logistics"] : ["cobalt-logistics"],
      reasons:
        index % 17 === 4
          ? [
              {
                outcome: "rejected",
                reason: "time_out_of_range",
                detail: "/time: must lie between 800 days ago and 24 hours ahead.",
                events: 2,
              },
            ]
          : [],
    };
  });
}

const fixtureBody = {
  type: "zen:event-type:ticket.status_changed",
  detail: { id: "9001", subject: "<img src=x onerror=alert(1)>", status: "OPEN", api_token: "•••" },
};

/** One delivery as `GET deliveries/{id}` tells it; made up from its row. */
export function deliveryDetailOf(item: DeliveryItem, withBody: boolean): DeliveryDetail {
  const events = Array.from({ length: item.accepted + item.rejected }, (_, index): DeliveryEvent => {
    const rejected = index >= item.accepted;
    const parked = !rejected && index < item.outcomes.parked;
    const repeat = !rejected && !parked && index < item.outcomes.parked + item.outcomes.repeat;
    return {
      index,
      id: rejected ? null : `ev-${item.id}-${index}`,
      type: rejected ? null : item.connector === "zendesk" ? "ticket.updated" : "feature.used",
      // A vendor's event names the vendor's ids alone.
      accountId: rejected || parked || item.connector === "zendesk" ? null : (item.accountIds[index % item.accountIds.length] ?? null),
      occurredAt: rejected ? null : item.receivedAt,
      outcome: rejected ? "rejected" : item.status !== "settled" ? "waiting" : parked ? "parked" : repeat ? "repeat" : "applied",
      reason: rejected ? "time_out_of_range" : parked ? "no_account" : null,
      detail: rejected
        ? "/time: must lie between 800 days ago and 24 hours ahead."
        : parked
          ? "It waits until one of its keys is linked to an account."
          : null,
      deadLetterId: null,
    };
  });
  const text = JSON.stringify(fixtureBody, null, 2);
  return {
    ...item,
    lane: "live",
    contentType: "application/json",
    contentEncoding: "identity",
    source: item.status === "settled" ? "archive" : "intake",
    events: events.slice(0, 500),
    eventsTotal: events.length,
    body: withBody ? { text, bytes: item.bytes, truncated: item.bytes > 65_536, masked: 1 } : null,
  };
}

export function makeDeadLetters(now: number): DeadLetter[] {
  return Array.from({ length: 9 }, (_, index) => {
    const conflict = index < 6;
    return {
      id: `dl_${index}`,
      kind: conflict ? "quarantined" : "deadLettered",
      reason: conflict ? "id_conflict" : "failed",
      detail: conflict ? "An event with this id and other content was counted before." : "The account could not be reached in 8 tries.",
      connectionId: conflict ? "tok_ingest" : "con_zendesk",
      connector: conflict ? "native" : "zendesk",
      type: conflict ? "feature.used" : "ticket.updated",
      eventId: `tok_ingest/order-${1000 + index}`,
      accountId: index % 4 === 3 ? null : "aster-logistics",
      at: iso(now - index * 5_400_000 - 60_000),
      tries: conflict ? 1 : 8,
      status: "open",
    };
  });
}

export const makeUnresolved = (now: number): UnresolvedKey[] => [
  {
    key: { kind: "domain", value: "globex.example" },
    waitingEvents: 214,
    since: iso(now - 86_400_000 * 3),
    status: "unlinked",
    accountIds: [],
    alsoUnder: [{ kind: "email", value: "sam@globex.example" }],
  },
  {
    key: { kind: "external:zendesk", value: "360001234" },
    waitingEvents: 12,
    since: iso(now - 7_200_000),
    status: "unlinked",
    accountIds: [],
    alsoUnder: [],
  },
  {
    key: { kind: "email", value: "kim@shared.example" },
    waitingEvents: 3,
    since: iso(now - 600_000),
    status: "ambiguous",
    accountIds: ["aster-logistics", "birch-logistics"],
    alsoUnder: [],
  },
];

export const makeTokens = (now: number): Token[] => [
  {
    id: "tok_fixture",
    name: "First administrator",
    scopes: ["admin"],
    connectionId: null,
    accountIds: null,
    expiresAt: null,
    createdAt: iso(now - 9e9),
    revokedAt: null,
  },
  {
    id: "tok_ingest",
    name: "Product events",
    scopes: ["ingest"],
    connectionId: null,
    accountIds: null,
    expiresAt: iso(now + 9e9),
    createdAt: iso(now - 8e9),
    revokedAt: null,
  },
  {
    id: "tok_left",
    name: "Old script",
    scopes: ["read"],
    connectionId: null,
    accountIds: null,
    expiresAt: null,
    createdAt: iso(now - 9e9),
    revokedAt: iso(now - 5e9),
  },
];
