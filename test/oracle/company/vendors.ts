import { type Data, ago, clockMs } from "./tell.ts";

/**
 * What vendors send beside the demo's everyday traffic: every meaning that their sheets name, keys of every kind, words that say nothing.
 * Accounts: `ceres` (Mixpanel group grp-ceres), `atlas` (Zendesk organization 9001).
 */
export type MixpanelRequest = { readonly path: "/track" | "/engage" | "/groups"; readonly method: "GET" | "POST"; readonly item: unknown };

const msAgo = (hours: number): number => clockMs - hours * 3_600_000;
const inCeres = { company: "grp-ceres" };
export const projectToken = "7".repeat(32);
const tracked = (event: string, properties: Data, method: "GET" | "POST" = "GET"): MixpanelRequest => ({
  path: "/track",
  method,
  item: { event, properties: { token: projectToken, ...properties } },
});

export const mixpanelRequests: readonly MixpanelRequest[] = [
  tracked("$mp_web_page_view", { distinct_id: "mx-1", time: msAgo(1), $insert_id: "m1", current_url_path: "/a", ...inCeres }),
  tracked("Page Viewed", { distinct_id: "mx-1", time: msAgo(2), $insert_id: "m2", $current_url: "https://x.example/b?q=1", ...inCeres }),
  // Seconds as a float, as browsers write them; a list of groups; a browser that was not signed in before.
  tracked(
    "$session_start",
    { $device_id: "d-1", $user_id: "mx-2", time: msAgo(3.5) / 1_000, $insert_id: "m3", company: ["grp-ceres"] },
    "POST",
  ),
  tracked("$experiment_started", {
    distinct_id: "mx-2",
    time: msAgo(4),
    $insert_id: "m4",
    "Experiment name": "e",
    "Variant name": "v",
    ...inCeres,
  }),
  tracked("$identify", { distinct_id: "mx-2", time: msAgo(5), $insert_id: "m5", $identified_id: "mx-2", $anon_id: "d-1", ...inCeres }),
  // The same $insert_id of another person or at another time is another event; all four equal is a repeat.
  tracked("export", { distinct_id: "mx-1", time: msAgo(6), $insert_id: "m6", ...inCeres }),
  tracked("export", { distinct_id: "mx-2", time: msAgo(6), $insert_id: "m6", ...inCeres }),
  tracked("export", { distinct_id: "mx-1", time: msAgo(7), $insert_id: "m6", ...inCeres }),
  tracked("export", { distinct_id: "mx-1", time: msAgo(6), $insert_id: "m6", ...inCeres }),
  // Without an id equal content at one time is one event; without a time each arrival counts.
  tracked("share", { distinct_id: "mx-1", time: msAgo(8), ...inCeres }),
  tracked("share", { distinct_id: "mx-1", time: msAgo(8), ...inCeres }),
  tracked("share", { distinct_id: "mx-3", ...inCeres }),
  tracked("share", { distinct_id: "mx-3", ...inCeres }),
  // Text whose base64 has a plus and a slash.
  tracked("note", { distinct_id: "mx-1", time: msAgo(9), $insert_id: "m9", note: "subject?>>>>~~~~ ÿÿÿ", ...inCeres }, "POST"),
  // By the domain of an e-mail that is used as an id; and by a user whom native events have shown beside an account.
  tracked("report", { distinct_id: "zed@ceres.example", time: msAgo(10), $insert_id: "m10" }),
  tracked("report", { distinct_id: "w1-of-vega", time: msAgo(11), $insert_id: "m11" }),
  tracked("ignored", { distinct_id: "mx-1", time: msAgo(12), $insert_id: "m12", $ignore: true, ...inCeres }),
  {
    path: "/engage",
    method: "GET",
    item: { $token: projectToken, $distinct_id: "mx-1", $set: { $email: "Mx@ceres.example", $name: "Mx", ...inCeres } },
  },
  {
    path: "/groups",
    method: "POST",
    item: { $token: projectToken, $group_key: "company", $group_id: "grp-ceres", $set: { seats: 17, slaHours: "36" } },
  },
  { path: "/groups", method: "GET", item: { $token: projectToken, $group_key: "region", $group_id: "grp-ceres", $set: { seats: 99 } } },
];

const ticketEvent = (id: string, hours: number, ticket: number, change: string, detail: Data, event: Data = {}): Data => ({
  id: `zc-${id}`,
  type: `zen:event-type:ticket.${change}`,
  // The vendor writes nanoseconds.
  time: ago(0, hours).replace("Z", "123456Z"),
  detail: {
    id: String(ticket),
    organization_id: "9001",
    requester_id: "777",
    created_at: ago(0, 400),
    status: "OPEN",
    priority: null,
    tags: null,
    ...detail,
  },
  event,
});

export const zendeskBodies: readonly Data[] = [
  ticketEvent("1", 400, 501, "created", { status: "NEW", priority: "URGENT" }),
  ticketEvent("2", 390, 501, "priority_changed", { priority: "URGENT" }, { current: "LOW", previous: "URGENT" }),
  ticketEvent("3", 380, 501, "tags_changed", { priority: "LOW" }),
  ticketEvent("4", 300, 501, "status_changed", { priority: "LOW" }, { current: "SOLVED", previous: "OPEN" }),
  ticketEvent("5", 290, 501, "status_changed", { status: "SOLVED", priority: "HIGH" }, { current: "HOLD", previous: "SOLVED" }),
  ticketEvent("6", 200, 501, "priority_changed", { status: "HOLD" }, { current: null, previous: "HIGH" }),
  ticketEvent("7", 350, 502, "created", { status: "NEW", priority: "URGENT", created_at: ago(0, 350) }),
  ticketEvent("8", 340, 502, "soft_deleted", { status: "OPEN", priority: "URGENT", created_at: ago(0, 350) }),
  ticketEvent("9", 330, 503, "created", { priority: "HIGH", created_at: ago(0, 330) }),
  ticketEvent("10", 320, 503, "status_changed", { status: "SCRUBBED", created_at: ago(0, 330) }),
  // No such types: dropped.
  ticketEvent("11", 310, 504, "assignee_changed", { created_at: ago(0, 310) }),
  { id: "zc-12", type: "zen:event-type:user.created", time: ago(0, 3), detail: { id: "1" } },
  // Triggers, in words of their own: an agent's language, ids as text, the requester's address alone.
  {
    event: "ticket.created",
    ticket_id: "601",
    status: "Open",
    priority: "Hoch",
    requester_email: "bo@atlas.example",
    created_at: ago(9),
    updated_at: ago(9),
  },
  { event: "a comment was added", ticket_id: "601", requester_email: "bo@atlas.example", updated_at: ago(8) },
  { event: "anything", ticketID: 601, "Pri-Ority": "Urgent", "organization-id": "9001", updatedAt: ago(7) },
  { event: "ticket.rated", ticket_id: "601", satisfaction: "Good", organization_id: 9001, updated_at: ago(6) },
];
