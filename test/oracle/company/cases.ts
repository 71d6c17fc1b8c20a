import { type Data, type Tell, type Told, ago, dateAgo, teller } from "./tell.ts";

/** What `POST accounts` is told of the accounts that were made up for one purpose each. */
export const accountsMade: readonly Data[] = [
  {
    id: "atlas",
    name: "Atlas Works",
    domains: ["atlas.example"],
    externalIds: { zendesk: "9001", crm: ["c-1", "c-2"] },
    attributes: {
      seats: 40,
      slaHours: 8,
      cadenceDays: 10,
      calendar: "desk",
      coreFeatures: ["report", "export", "share", "alert"],
      entitledFeatures: ["report", "export", "share"],
      sponsor: "sam@atlas.example",
      champion: [{ email: "cho@atlas.example" }],
      contractStart: dateAgo(200),
      renewalDate: dateAgo(-50),
      segment: "enterprise",
    },
  },
  {
    id: "borea",
    name: "Borea",
    domains: ["borea.example", "borea.test"],
    attributes: { seats: 12, currency: "USD", renewalDate: dateAgo(-20), plan: "growth" },
  },
  { id: "ceres", name: "Ceres", domains: ["ceres.example"], externalIds: { mixpanel: "grp-ceres", shop: ["s-1", "s-2"] } },
  { id: "dione", name: "Dione", attributes: { seats: 30, champion: "max", noticeDate: dateAgo(3), usualDaysToValue: 60 } },
  { id: "hera", name: "Hera", attributes: { seats: 50, slaHours: 4, coreFeatures: ["report"] } },
  { id: "zeus", name: "Zeus", attributes: { seats: 20, calendar: "nobody's" } },
  { id: "iris", name: "Iris", attributes: { seats: 20, slaHours: 9, calendar: "local", timeZone: "America/New_York" } },
  { id: "juno", name: "Juno", attributes: { seats: 10, slaHours: 6, calendar: "local" } },
  { id: "kore", name: "Kore", attributes: { seats: 15, slaHours: 30, cadenceDays: 9, champion: "ana-old@kore.example" } },
  { id: "rhea", name: "Rhea", attributes: { seats: 8, segment: " smb", contractStart: dateAgo(100) } },
  { id: "vesta", name: "Vesta" },
  { id: "flora", name: "Flora", attributes: { arr: " 1200000", mrr: 100_000, currency: "EUR", sessionGapMinutes: 45 } },
];

/** Runs in each account's own zone. */
export const localCalendar: Data = {
  title: "Local",
  timeZone: "account",
  week: Object.fromEntries(["monday", "tuesday", "wednesday", "thursday", "friday"].map((day) => [day, [{ from: "09:00", to: "17:00" }]])),
  holidays: [{ date: "2026-11-11", title: "Carnival" }],
};

/** Business hours of Atlas: two blocks a day, a holiday, a zone with a change of clocks in the 90 days. */
export const deskCalendar: Data = {
  title: "Desk",
  timeZone: "Europe/Berlin",
  week: {
    monday: [
      { from: "08:00", to: "12:00" },
      { from: "13:00", to: "17:30" },
    ],
    tuesday: [{ from: "08:00", to: "17:30" }],
    wednesday: [{ from: "08:00", to: "17:30" }],
    thursday: [{ from: "08:00", to: "20:00" }],
    friday: [{ from: "08:00", to: "15:00" }],
    saturday: [],
    sunday: [{ from: "00:30", to: "04:00" }],
  },
  holidays: [{ date: "2026-10-03" }, { date: "2026-11-20", title: "Works outing" }],
};

const inAtlas = { id: "atlas" };

/** Atlas: people in every role, an executive who waits, conversations by mail, business hours. */
function atlas(): readonly Told[] {
  const tell = teller("n-atlas", inAtlas);
  const sam = { id: "sam", email: "sam@atlas.example", name: "Sam" };
  const cho = { id: "cho@atlas.example" };
  const eva = { id: "eva", email: "eva@atlas.example" };
  return [
    tell("user.identified", ago(80), { role: "sponsor", title: "CFO" }, sam),
    tell("user.identified", ago(80), { role: "champion" }, cho),
    tell("user.identified", ago(79), { title: "VP Engineering" }, eva),
    tell("ticket.created", ago(3), { ticketId: "X-1", priority: "urgent", status: "open" }, eva),
    tell("ticket.commented", ago(2, 20), { ticketId: "X-1", public: true, author: { isStaff: false } }, eva),
    tell("ticket.created", ago(40), { ticketId: "X-2", priority: "high" }, { id: "bo" }),
    tell("ticket.solved", ago(36), { ticketId: "X-2" }),
    tell("ticket.created", ago(33, 4), { ticketId: "X-3" }),
    tell("ticket.solved", ago(31, 1), { ticketId: "X-3" }),
    // Null is the same as absent: the ticket stays urgent.
    tell("ticket.updated", ago(1, 3), { ticketId: "X-1", priority: null }),
    tell("meeting.held", ago(12), { with: ["sam@atlas.example", { id: "eva" }] }),
    tell("message.sent", ago(11), {}, cho),
    tell("message.replied", ago(10), {}, cho),
    tell("survey.answered", ago(9), { kind: "nps", score: 3 }, sam),
    tell("survey.answered", ago(300), { kind: "nps", score: 10 }, eva),
  ];
}

/** Borea: a payment that was refused and never made, dollars, a subscription that shrank. */
function borea(): readonly Told[] {
  const tell = teller("n-borea", { domain: "borea.test" });
  const yearly = { subscriptionId: "main", interval: "year", currency: "USD" };
  return [
    tell("subscription.created", ago(500), { ...yearly, amount: 2_400_000, quantity: 12 }),
    tell("subscription.updated", ago(200), { ...yearly, amount: 2_000_000 }),
    tell("invoice.created", ago(60), { invoiceId: "B-1", amount: 500_000, currency: "USD", due: dateAgo(46) }),
    tell("payment.failed", ago(45), { paymentId: "B-P1", invoiceId: "B-1", amount: 500_000, currency: "USD" }),
    tell("opportunity.created", ago(100), { opportunityId: "B-R", kind: "Renewal 2026", stage: "Proposal", closeDate: dateAgo(-20) }),
  ];
}

/** Ceres is named by everything but its id; some keys are tied to it only later, and some never. */
function ceres(): readonly Told[] {
  const byDomain = teller("n-ceres-d", { domain: "ceres.example" });
  const byShop = teller("n-ceres-s", { externalIds: { shop: "s-2", unknown: "u-1" } });
  const byUser = teller("n-ceres-u", undefined);
  const used = { feature: "report" };
  return [
    byDomain("feature.used", ago(5), used, { id: "una" }),
    byShop("feature.used", ago(5, 1), used, { id: "uli" }),
    byUser("feature.used", ago(5, 2), used, { id: "ugo@ceres.example" }),
    byUser("feature.used", ago(5, 3), used, { id: "ute", email: "ute@ceres.example" }),
    byUser("page.viewed", ago(5, 4), { page: "/home" }, { id: "free@gmail.com" }),
    byUser("page.viewed", ago(5, 5), { page: "/home" }, { id: "linked-user" }),
    byUser("page.viewed", ago(5, 6), { page: "/home" }, { id: "someone", email: "linked@gmail.com" }),
    teller("n-ceres-x", { externalIds: { legacy: "L-1" } })("ticket.created", ago(4), { ticketId: 77 }),
    teller("n-ceres-y", { domain: "ceres-later.example" })("ticket.created", ago(4, 1), { ticketId: 78 }),
    teller("n-ceres-z", { domain: "nobody.example" })("ticket.created", ago(4, 2), { ticketId: 79 }),
  ];
}

/** Dione: the champion has left, all subscriptions are canceled, and it has said so. */
function dione(): readonly Told[] {
  const tell = teller("n-dione", { id: "dione" });
  return [
    tell("subscription.created", ago(300), { subscriptionId: "d", amount: 9_900, currency: "EUR" }),
    tell("subscription.canceled", ago(5), { subscriptionId: "d", endsAt: dateAgo(-25) }),
    tell("user.identified", ago(200), { name: "Max", role: "champion" }, { id: "max" }),
    tell("user.identified", ago(20), { status: "left" }, { id: "max" }),
    tell("message.sent", ago(19), {}, { id: "max" }),
    tell("feature.used", ago(2), { feature: "report" }, { id: "max" }),
  ];
}

/**
 * Rhea: one person under an id and an e-mail, who was promoted, was said to have left and is there again, and answered under both names. The champion
 * has left.
 */
function rhea(): readonly Told[] {
  const tell = teller("n-rhea", { id: "rhea" });
  const [byId, byMail, rob] = [{ id: "ria" }, { id: "ria@rhea.example" }, { id: "rob" }];
  return [
    tell("user.identified", ago(60), { email: "ria@rhea.example", role: "Analyst" }, byId),
    tell("user.identified", ago(40), { status: "left" }, byId),
    tell("user.identified", ago(12), { status: "active" }, byMail),
    tell("user.identified", ago(3), { role: "CEO" }, byMail),
    tell("user.identified", ago(50), { role: "champion" }, rob),
    tell("user.identified", ago(30), { status: "gone" }, rob),
    tell("message.replied", ago(45), {}, byId),
    tell("message.replied", ago(11), {}, byMail),
    tell("survey.answered", ago(20), { kind: "nps", score: 10 }, byId),
    tell("survey.answered", ago(15), { kind: "nps", score: 9 }, rob),
    tell("survey.answered", ago(9), { kind: "nps", score: 2 }, byMail),
    tell("ticket.created", ago(8), { ticketId: "R-1", priority: "urgent", status: "open" }, byMail),
  ];
}

/**
 * Vesta's people: an id whose e-mail leads on to another and that to a third, and three addresses that lead round. Who answered under an older
 * name and again under a newer one answered last. Of two numbers of seats told at one instant that of the greater id counts, though it came first
 * and is the smaller one.
 */
function vesta(): readonly Told[] {
  const tell = teller("n-vesta", { id: "vesta" });
  const mail = (name: string): string => `${name}@vesta.example`;
  const leads = (days: number, from: string, to: string): Told => tell("user.identified", ago(days), { email: mail(to) }, { id: from });
  const answers = (days: number, id: string, score: number): Told => tell("survey.answered", ago(days), { kind: "nps", score }, { id });
  const seats = (event: string, count: number): Told =>
    teller(`n-vesta-seats-${event}`, { id: "vesta" })("account.updated", ago(45), { attributes: { seats: count } });
  return [
    seats("b", 20),
    seats("a", 30),
    leads(70, "val", "val"),
    leads(65, mail("val"), "valerie"),
    leads(60, mail("valerie"), "v.stone"),
    answers(40, "val", 0),
    answers(30, mail("valerie"), 10),
    leads(55, mail("one"), "two"),
    leads(50, mail("two"), "three"),
    leads(52, mail("three"), "one"),
    answers(35, mail("one"), 3),
    answers(34, mail("three"), 9),
  ];
}

/** Eos: what comes twice, in another order, late, dated ahead, or of no known kind. */
function eos(): readonly Told[] {
  const tell = teller("n-eos", { id: "eos" });
  const twice = tell("feature.used", ago(1), { feature: "report" }, { id: "ed" });
  return [
    twice,
    twice,
    tell("feature.used", ago(60), { feature: "report" }, { id: "ed" }),
    tell("page.viewed", ago(-0.25), { page: "/tonight" }, { id: "ed" }),
    tell("rocket.launched", ago(2), { stages: [1, 2] }),
    tell("ticket.created", ago(2), { subject: "no id" }),
    tell("feature.used", ago(2), {}, { id: "ida" }),
    tell("session.started", ago(3), {}),
    { ...tell("feature.used", ago(4)), data: null as unknown as Data },
  ];
}

/** Tickets over nights, weekends and a holiday of a calendar that runs in the account's own zone: Iris has one, Juno takes the company's. */
function inOwnZones(): readonly Told[] {
  const noZone = teller("n-juno-zone", { id: "juno" })("account.updated", ago(28), { attributes: { timeZone: "Nowhere/Land" } });
  return [noZone, ...["iris", "juno"].flatMap((id) => ticketsOverNights(teller(`n-${id}`, { id })))];
}

const ticketsOverNights = (tell: Tell): readonly Told[] =>
  [3, 6, 9.4, 13.2, 17.7, 25].flatMap((days, i) => [
    tell("ticket.created", ago(days), { ticketId: `I-${i}`, priority: i % 2 === 0 ? "urgent" : "normal" }),
    ...(i > 1 ? [tell("ticket.solved", ago(days - 1.3), { ticketId: `I-${i}` })] : []),
  ]);

/** Hera is merged into Zeus: both were told things under the same ids, of the same ticket, and of the same person. */
function heraAndZeus(): readonly Told[] {
  return ["hera", "zeus"].flatMap((id, second) => {
    const tell = teller("n-twin", { id });
    return [
      tell("feature.used", ago(3, second), { feature: "report" }, { id: "mia" }),
      tell("ticket.created", ago(6, second), { ticketId: "twin", priority: "high" }),
      ...(second === 0 ? [tell("ticket.solved", ago(5), { ticketId: "twin" })] : []),
      tell("goal.updated", ago(20, second), { goalId: "twin", due: dateAgo(10), status: second === 0 ? "open" : "done" }),
    ];
  });
}
export const merges: readonly { readonly from: string; readonly into: string }[] = [{ from: "hera", into: "zeus" }];

/** Vega: more sessions on one day than are kept one by one, so that their lengths are estimates. */
function vega(): readonly Told[] {
  const tell = teller("n-vega", { id: "vega" });
  return Array.from({ length: 300 }, (_, number) => number).flatMap((number) => {
    const user = { id: `w${number}-of-vega` };
    return [
      tell("session.started", ago(12, 5 + (number % 4)), {}, user),
      tell("page.viewed", ago(12, 5 + (number % 4) - (1 + number) / 700), { page: "/" }, user),
    ];
  });
}

/**
 * Kore is told of by two programs, one of which has been silent for 12 days: what it told is to stand still, what the other tells goes on. Both
 * tell of everything; one ticket and one invoice they tell of together.
 */
const twice = (tell: Tell, shift: number, lead: string): readonly Told[] => {
  const at = (days: number, hours = 0): string => ago(days + shift, hours);
  const ana = { id: `ana-${lead}`, email: `ana-${lead}@kore.example` };
  const main = { subscriptionId: `${lead}-main`, interval: "month", currency: "EUR", startedAt: at(400) };
  return [
    tell("user.identified", at(90), { role: lead === "old" ? "champion" : "analyst" }, ana),
    ...[100, 92, 85, 71, 57, 43, 29, 15, 3].flatMap((days, i) => [
      tell("ticket.created", at(days), { ticketId: `${lead}-${i}`, priority: i % 3 === 0 ? "high" : "low" }),
      tell("ticket.solved", at(days - 1, 5), { ticketId: `${lead}-${i}` }),
      tell("ticket.rated", at(days - 1.5), { ticketId: `${lead}-${i}`, score: i % 2 === 0 ? "bad" : "good" }),
      ...(i % 4 === 0 ? [tell("ticket.reopened", at(days - 2), { ticketId: `${lead}-${i}` })] : []),
    ]),
    tell("ticket.created", at(0.4), { ticketId: `${lead}-open`, priority: "urgent" }, ana),
    tell("conversation.created", at(88), { conversationId: `${lead}-c`, priority: "high" }, ana),
    tell("conversation.closed", at(87), { conversationId: `${lead}-c` }),
    tell("conversation.rated", at(86.5), { conversationId: `${lead}-c`, rating: 5 }),
    tell("message.sent", at(59), {}, ana),
    tell("message.replied", at(55), {}, ana),
    tell("message.sent", at(8), {}, ana),
    tell("meeting.held", at(89), { with: [ana.email] }),
    tell("meeting.missed", at(20), {}, ana),
    tell("subscription.created", at(400), {
      ...main,
      amount: 10_000,
      committed: 1_000,
      consumed: 200,
      endsAt: lead === "old" ? ago(6) : ago(-90),
    }),
    tell("subscription.updated", at(30), { ...main, amount: 12_000, consumed: 700 }),
    tell("invoice.created", at(50), { invoiceId: `${lead}-i`, amount: 5_000, currency: "EUR", due: at(18) }),
    tell("payment.failed", at(21), { paymentId: `${lead}-p`, amount: 700, currency: "EUR" }),
    tell("opportunity.created", at(60), { opportunityId: `${lead}-o`, kind: "renewal", stage: "Proposal", closeDate: ago(-70) }),
    tell("survey.answered", at(10), { kind: "nps", score: lead === "old" ? 9 : 4 }, ana),
    tell("goal.updated", at(100), { goalId: `${lead}-g`, due: dateAgo(lead === "old" ? 9 : 40), status: "open" }),
    tell("goal.updated", at(1), { goalId: `${lead}-h`, due: dateAgo(shift), status: "done" }),
  ];
};
const together = (tell: Tell, days: number): readonly Told[] => [
  tell("ticket.updated", ago(days), { ticketId: "shared", priority: "normal", status: "open" }),
  tell("invoice.created", ago(days), { invoiceId: "shared", amount: 900, currency: "EUR", due: ago(30) }),
];
const inKore = { id: "kore" };
const inLyra = { id: "lyra" };
const kore = (): readonly Told[] => [...twice(teller("n-kore", inKore), 0.1, "new"), ...together(teller("n-kore-t", inKore), 2)];
/** What the program tells that is silent now. */
export const eventsOfSilent = (): readonly Told[] => [
  ...twice(teller("b-kore", inKore), 12, "old"),
  ...together(teller("b-kore-t", inKore), 13),
  ...twice(teller("b-lyra", inLyra), 12, "old"),
];
/** Lyra's former program brought its history until three days ago, and is over: how far it came says nothing of the one that is silent. */
export const eventsOfFormer = (): readonly Told[] => twice(teller("f-lyra", inLyra), 3, "new");

export const eventsOfCases = (): readonly Told[] => [
  ...atlas(),
  ...borea(),
  ...ceres(),
  ...dione(),
  ...rhea(),
  ...vesta(),
  ...eos(),
  ...heraAndZeus(),
  ...inOwnZones(),
  ...vega(),
  ...kore(),
];

/** Sent when the rest has settled: an id that was used before, with other content. It must change nothing. */
export const conflicts = (): readonly Told[] => [
  { ...(eventsOfCases().find(({ id }) => id === "n-eos-0") as Told), data: { feature: "export" } },
];

/** Keys that a person ties to Ceres, some of them after events have waited for them. */
export const linksLater: readonly { readonly kind: string; readonly value: string }[] = [
  { kind: "external:legacy", value: "L-1" },
  { kind: "domain", value: "ceres-later.example" },
  { kind: "user", value: "linked-user" },
  { kind: "email", value: "linked@gmail.com" },
];
