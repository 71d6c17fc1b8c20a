import { randomOf } from "../../../scripts/demo/company/random.ts";
import { HOUR_MS, MINUTE_MS } from "../../../src/domain/time.ts";
import { money } from "./money.ts";
import { type Data, type Tell, type Told, ago, clockMs, dateAgo, chanceSeed as seed, teller } from "./tell.ts";

/** Features, pages and sessions of some people over the days, in every form that names a feature. */
function usage(tell: Tell, seedName: string, people: readonly Data[], days: number): Told[] {
  const random = randomOf(seed, `oracle/${seedName}`);
  return Array.from({ length: days }, (_, day) => day).flatMap((day) =>
    people.flatMap((person) => {
      if (!random.chance(0.45)) return [];
      const began = day * 24 + random.between(0, 9);
      const at = (minutes: number): string => new Date(clockMs - began * HOUR_MS + minutes * MINUTE_MS).toISOString();
      const feature = random.pick(["report", "export", "share", "alert", "theme"]);
      return [
        tell(random.pick(["session.started", "user.signed_in"]), at(0), {}, person),
        tell("feature.used", at(random.between(1, 50)), { [random.pick(["feature", "name", "event"])]: feature }, person),
        ...(random.chance(0.4) ? [tell("page.viewed", at(random.between(1, 59)), { page: `/${feature}` }, person)] : []),
        ...(random.chance(0.1) ? [tell("feature.used", at(3), {}, person), tell("page.viewed", at(4), {}, person)] : []),
      ];
    }),
  );
}

function ticketLives(tell: Tell, seedName: string, tickets: number): Told[] {
  const random = randomOf(seed, `oracle/tickets/${seedName}`);
  return Array.from({ length: tickets }, (_, number) => number).flatMap((number) => {
    const ticketId = random.chance(0.5) ? `T-${number}` : number + 100;
    let hours = random.between(2, 110 * 24);
    const priority = (): Data => (random.chance(0.4) ? { priority: random.pick(["low", "Normal", "HIGH", "urgent"]) } : {});
    const createdAt = ago(0, hours);
    const told = [
      random.chance(0.8)
        ? tell("ticket.created", createdAt, {
            ticketId,
            subject: `Case ${number}`,
            ...priority(),
            ...(random.chance(0.5) ? { status: "new" } : {}),
          })
        : tell("ticket.updated", createdAt, {
            ticketId,
            ...(random.chance(0.7) ? { status: "open" } : {}),
            ...(random.chance(0.5) ? { createdAt: ago(0, hours + random.between(1, 30)) } : {}),
            ...priority(),
          }),
    ];
    for (let steps = random.between(0, 7); steps > 0; steps--) {
      hours -= random.between(1, 60) + random.next();
      if (hours < 0) break;
      const at = ago(0, hours);
      told.push(
        random.pick([
          () =>
            tell("ticket.updated", at, { ticketId, status: random.pick(["open", "pending", "hold", "solved", "closed"]), ...priority() }),
          () => tell("ticket.updated", at, { ticketId, ...priority() }),
          () => tell("ticket.solved", at, { ticketId }),
          () => tell("ticket.solved", at, { ticketId, status: "closed" }),
          () => tell("ticket.reopened", at, { ticketId }),
          () =>
            tell(
              "ticket.commented",
              at,
              { ticketId, public: random.chance(0.7), author: { isStaff: random.chance(0.5) } },
              { id: `w${number % 3}` },
            ),
          () => tell("ticket.rated", at, { ticketId, score: random.pick(["good", "good", "Bad"]) }),
        ])(),
      );
    }
    if (random.chance(0.08)) told.push(tell("ticket.updated", ago(0, Math.max(0, hours - 1)), { ticketId, status: "deleted" }));
    return random.chance(0.3) ? told.toReversed() : told;
  });
}

function conversationLives(tell: Tell, seedName: string, conversations: number): Told[] {
  const random = randomOf(seed, `oracle/conversations/${seedName}`);
  return Array.from({ length: conversations }, (_, number) => number).flatMap((number) => {
    const conversationId = `C-${number}`;
    let hours = random.between(2, 100 * 24);
    const told = [tell("conversation.created", ago(0, hours), { conversationId, priority: random.pick(["urgent", "low", "normal"]) })];
    for (let steps = random.between(0, 6); steps > 0; steps--) {
      hours -= random.between(1, 50) + random.next();
      if (hours < 0) break;
      const at = ago(0, hours);
      const author = random.pick<Data | string>([
        "customer",
        "agent",
        { type: "user" },
        { type: "admin" },
        { isStaff: true },
        { isStaff: false },
      ]);
      told.push(
        random.pick([
          () =>
            tell(
              "conversation.replied",
              at,
              { conversationId, author },
              { id: `w${number % 4}`, email: `w${number % 4}@${seedName}.example` },
            ),
          () => tell("conversation.closed", at, { conversationId }),
          () => tell("conversation.updated", at, { conversationId, status: random.pick(["open", "closed", "snoozed"]) }),
          () => tell("conversation.rated", at, { conversationId, rating: random.pick([1, 2, 3, 4, 5, "good", "bad"]) }),
        ])(),
      );
    }
    return told;
  });
}

function relations(tell: Tell, seedName: string, days: number): Told[] {
  const random = randomOf(seed, `oracle/relations/${seedName}`);
  const person = (): Data => {
    const number = random.between(0, 5);
    return random.pick<Data>([
      { id: `w${number}` },
      { id: `w${number}`, email: `W${number}@${seedName}.example` },
      { id: `w${number}@${seedName}.example` },
    ]);
  };
  return Array.from({ length: days }, (_, day) => day).flatMap((day) => {
    const at = ago(day, random.between(0, 11));
    const elsewhere = random.chance(0.3) ? { at: ago(day + random.between(0, 5)) } : {};
    const company = random.chance(0.3)
      ? { with: [{ email: `w${random.between(0, 5)}@${seedName}.example` }, `w${random.between(0, 5)}`] }
      : {};
    return [
      ...(random.chance(0.35) ? [tell("message.sent", at, elsewhere, person())] : []),
      ...(random.chance(0.15) ? [tell("message.replied", at, { ...elsewhere, ...company }, person())] : []),
      ...(random.chance(0.1)
        ? [tell(random.pick(["meeting.held", "meeting.held", "meeting.missed"]), at, { ...elsewhere, ...company }, person())]
        : []),
      ...(random.chance(0.06)
        ? [
            tell(
              "survey.answered",
              at,
              {
                kind: random.pick(["nps", "NPS", "csat", "ces"]),
                score: random.between(0, 11),
                ...(random.chance(0.3) ? { role: "CEO and founder" } : {}),
              },
              person(),
            ),
          ]
        : []),
      ...(random.chance(0.06)
        ? [
            tell("goal.updated", at, {
              goalId: `G-${random.between(0, 8)}`,
              ...(random.chance(0.7)
                ? { due: random.chance(0.5) ? dateAgo(day - random.between(-10, 30)) : ago(day - random.between(-10, 30)) }
                : {}),
              status: random.pick(["open", "done", "Achieved", "reached", "completed", "canceled", "late"]),
            }),
          ]
        : []),
      ...(random.chance(0.05)
        ? [
            tell(
              "user.identified",
              at,
              {
                ...(random.chance(0.5) ? { role: random.pick(["champion", "sponsor", "Administrator", "VP Sales"]) } : {}),
                ...(random.chance(0.2) ? { status: random.pick(["left", "active"]) } : {}),
              },
              person(),
            ),
          ]
        : []),
    ];
  });
}

/** What lies in an object: numbers, true and false, what is neither; a name with a dot beside it, lists and texts in its place. */
function jobOf(number: number): Data {
  if (number % 11 === 0) return { job: [{ files: 7, done: true }] };
  if (number % 13 === 0) return { job: "none", "job.files": number };
  const job = { files: number % 5 === 0 ? "3" : number / 4, done: [true, false, null, 1][number % 4] };
  return number % 17 === 0 ? { job, "job.files": null, "job.done": true } : { job };
}

/** Events of types that nobody knows, with fields of every kind, and so many calls on one day that not each of them can be kept. */
function ownEvents(tell: Tell, seedName: string, callsOfOneDay: number): Told[] {
  const random = randomOf(seed, `oracle/fields/${seedName}`);
  const exported = Array.from({ length: 120 }, (_, number) => {
    const at = ago(random.between(0, 100), random.next() * 20);
    const rows = random.pick<unknown>([random.between(-50, 3_000), random.between(0, 900) + random.between(1, 99) / 100, "12", null, true]);
    return tell("export.finished", at, {
      rows,
      kind: random.pick<unknown>(["csv", "pdf", "xlsx", 3, "3", false, "", ["csv"]]),
      number,
      ...jobOf(number),
    });
  });
  const called = Array.from({ length: callsOfOneDay }, (_, number) =>
    tell("api.called", ago(6, (number % 1_000) / 500), { ms: random.between(1, 90_000) / 100, trace: `t-${number}` }),
  );
  return [...exported, ...called];
}

const people = (domain: string, count: number): readonly Data[] =>
  Array.from({ length: count }, (_, number) => ({ id: `w${number}`, email: `w${number}@${domain}` }));

/** What is known of the account by chance, from a source; the newest counts. */
function profile(tell: Tell, seedName: string): Told[] {
  const random = randomOf(seed, `oracle/profile/${seedName}`);
  const maybe = (fields: Data): Data => (random.chance(0.6) ? fields : {});
  return [30, 20, 10].map((days) =>
    tell("account.updated", ago(days), {
      attributes: {
        ...maybe({ seats: random.between(4, 30) }),
        ...maybe({ slaHours: random.pick([6, 12, "30"]) }),
        ...maybe({ segment: random.pick(["smb", "enterprise"]), contractStart: dateAgo(random.between(20, 400)) }),
        ...maybe({ calendar: random.pick(["desk", "always", "unknown"]) }),
        ...maybe({ champion: random.pick(["w1", `w2@${seedName}.example`, ["w3", { email: `W4@${seedName}.example` }], "Nobody"]) }),
      },
      ...maybe({ coreFeatures: random.pick<unknown>([["report", "export", "share"], "report; theme"]) }),
      ...maybe({ entitledFeatures: ["report", "theme"] }),
      ...maybe({ cadenceDays: random.between(3, 20) }),
      ...maybe({ renewalDate: dateAgo(-random.between(5, 150)) }),
      ...maybe({ currency: random.pick(["EUR", "usd"]) }),
      ...maybe({ sessionGapMinutes: random.pick([5, 20, 45, 999]) }),
      ...(random.chance(0.1) ? { noticeDate: dateAgo(random.between(-5, 5)) } : {}),
      ...(random.chance(0.2) ? { committed: 900, consumed: random.between(100, 1_200) } : {}),
      ...(random.chance(0.2) ? { mrr: 123_456 } : {}),
    }),
  );
}

/** All kinds of events of one account that exists only by its events, every field by chance. */
export function eventsOfChance(id: string, callsOfOneDay = 40): readonly Told[] {
  const tell = teller(`n-${id}`, { id });
  return [
    ...usage(tell, id, people(`${id}.example`, 7), 75),
    ...ticketLives(tell, id, 14),
    ...conversationLives(tell, id, 9),
    ...relations(tell, id, 130),
    ...money(tell, id),
    ...profile(tell, id),
    ...ownEvents(tell, id, callsOfOneDay),
    tell("experiment.exposed", ago(9), { experiment: "blue", variant: "b" }, { id: "w1" }),
    tell("rocket.launched", ago(8), { stages: 3 }),
  ];
}
export const accountsOfChance = ["gaia-1", "gaia-2", "gaia-3", "gaia-4"] as const;
