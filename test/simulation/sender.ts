import type { SentEvent } from "./oracle.ts";

const ACCOUNTS = 6;
const USERS_PER_ACCOUNT = 3;
const FLOATING_USERS = 4;
const TICKETS_PER_ACCOUNT = 3;
const REPEAT_SHARE = 0.25;
const CONFLICT_SHARE = 0.01;
const CONNECTIONS = ["token:a", "token:b"];
const PAST_SPREAD_MS = 20 * 24 * 3_600_000;

const STATUS_TYPES = { new: "ticket.created", open: "ticket.reopened", pending: "ticket.updated", solved: "ticket.solved" } as const;

/**
 * Makes a customer's events by seed: usage by known and by floating users, tickets whose steps come out of order and twice, resends of
 * old events, and now and then the id of an old event with other content.
 */
export class Sender {
  readonly sent: SentEvent[] = [];
  private serial = 0;
  private readonly random: () => number;
  private readonly now: () => number;
  /** A ticket's steps never share an instant: order by the vendor's clock is then total. */
  private readonly usedInstants = new Set<number>();

  constructor(random: () => number, now: () => number) {
    this.random = random;
    this.now = now;
  }

  batch(): SentEvent[] {
    return Array.from({ length: 1 + Math.floor(this.random() * 12) }, () => this.next());
  }

  floatingUser(): string {
    return `floating-${this.below(FLOATING_USERS)}`;
  }

  floatingUsers(): string[] {
    return Array.from({ length: FLOATING_USERS }, (_, i) => `floating-${i}`);
  }

  accountId(): string {
    return `acct-${this.below(ACCOUNTS)}`;
  }

  /** An event that names the account, so that it exists. */
  usageOf(accountId: string): SentEvent {
    return this.keep({
      id: `e${this.serial++}`,
      connectionId: this.connection(),
      type: "feature.used",
      at: this.instant(),
      accountId,
      userId: null,
      ticket: null,
      content: "",
    });
  }

  private below(n: number): number {
    return Math.floor(this.random() * n);
  }

  private next(): SentEvent {
    const old = this.sent[this.below(this.sent.length)];
    if (old !== undefined && this.random() < REPEAT_SHARE) return this.keep(old);
    if (old !== undefined && this.random() < CONFLICT_SHARE) return this.keep({ ...old, content: `other-${this.serial++}` });
    return this.keep(this.random() < 0.3 ? this.ticketStep() : this.usage());
  }

  private keep(event: SentEvent): SentEvent {
    this.sent.push(event);
    return event;
  }

  private instant(): number {
    let at = this.now() - this.below(PAST_SPREAD_MS);
    while (this.usedInstants.has(at)) at--;
    this.usedInstants.add(at);
    return at;
  }

  private usage(): SentEvent {
    const floating = this.random() < 0.3;
    const account = this.below(ACCOUNTS);
    const user = floating ? this.floatingUser() : `user-${account}-${this.below(USERS_PER_ACCOUNT)}`;
    const namesAccount = !floating && this.random() < 0.7;
    return {
      id: `e${this.serial++}`,
      connectionId: this.connection(),
      type: "feature.used",
      at: this.instant(),
      accountId: namesAccount ? `acct-${account}` : null,
      userId: user,
      ticket: null,
      content: "",
    };
  }

  private ticketStep(): SentEvent {
    const account = this.below(ACCOUNTS);
    const status = (["new", "open", "pending", "solved"] as const)[this.below(4)] as "new" | "open" | "pending" | "solved";
    const at = this.instant();
    return {
      id: `e${this.serial++}`,
      connectionId: this.connection(),
      type: STATUS_TYPES[status],
      at,
      accountId: `acct-${account}`,
      userId: null,
      ticket: { ticketId: `t-${account}-${this.below(TICKETS_PER_ACCOUNT)}`, at, status },
      content: "",
    };
  }

  private connection(): string {
    return CONNECTIONS[this.below(CONNECTIONS.length)] as string;
  }
}

/** The body a sender would post for these events. */
export function toBody(events: readonly SentEvent[]): Uint8Array {
  const items = events.map((event) => ({
    id: event.id,
    type: event.type,
    time: new Date(event.at).toISOString(),
    ...(event.accountId === null ? {} : { account: { id: event.accountId } }),
    ...(event.userId === null ? {} : { user: { id: event.userId } }),
    data:
      event.ticket === null
        ? { feature: `f${event.content}` }
        : { ticketId: event.ticket.ticketId, status: event.ticket.status, note: event.content },
  }));
  return new TextEncoder().encode(JSON.stringify(items));
}
