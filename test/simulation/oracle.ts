/**
 * What must be true at the end of a run, computed from what was sent alone, in the plainest way. Shares no code with the product.
 */

export type SentTicketStep = { readonly ticketId: string; readonly at: number; readonly status: "new" | "open" | "pending" | "solved" };

export type SentEvent = {
  readonly id: string;
  readonly connectionId: string;
  readonly type: string;
  readonly at: number;
  readonly accountId: string | null;
  readonly userId: string | null;
  readonly ticket: SentTicketStep | null;
  /** Distinguishes two events that bear one id but not one content. */
  readonly content: string;
};

export type ExpectedAccount = { events: number; ticketsCreated: number; ticketsSolved: number; backlog: number; activeUsers: number };

type Ties = {
  /** User id → account, as linked by people and not unlinked since. */
  readonly personEdges: ReadonlyMap<string, string>;
  /** Account → the one it was merged into, and not taken back since. */
  readonly merges: ReadonlyMap<string, string>;
};

/** Where an event belongs: the account it names, else the account its user is tied to at the end, else nobody; of a merged one the survivor. */
function homeOf(event: SentEvent, { personEdges, merges }: Ties, observed: ReadonlyMap<string, string>): string | null {
  const ofUser = (userId: string): string | null => personEdges.get(userId) ?? observed.get(userId) ?? null;
  let home = event.accountId ?? (event.userId === null ? null : ofUser(event.userId));
  while (home !== null && merges.has(home)) home = merges.get(home) as string;
  return home;
}

function ticketFigures(steps: readonly SentTicketStep[]): { created: number; solved: number; open: boolean } {
  const inOrder = [...steps].sort((a, b) => a.at - b.at);
  let solved = 0;
  let status: SentTicketStep["status"] | null = null;
  for (const step of inOrder) {
    if (step.status === "solved" && status !== "solved") solved++;
    status = step.status;
  }
  return { created: inOrder.some((step) => step.status === "new") ? 1 : 0, solved, open: status !== "solved" };
}

/**
 * @param accepted unique accepted events: one per (connection, id), conflicts and repeats left out
 * @param ties what people have linked and merged, as it stands at the end
 */
export function expectedAccounts(accepted: readonly SentEvent[], ties: Ties): { accounts: Map<string, ExpectedAccount>; parked: number } {
  const observed = new Map<string, string>();
  for (const event of accepted) if (event.accountId !== null && event.userId !== null) observed.set(event.userId, event.accountId);

  const byAccount = new Map<string, SentEvent[]>();
  let parked = 0;
  for (const event of accepted) {
    const home = homeOf(event, ties, observed);
    if (home === null) parked++;
    else byAccount.set(home, [...(byAccount.get(home) ?? []), event]);
  }

  const accounts = new Map<string, ExpectedAccount>();
  for (const [accountId, events] of byAccount) {
    const tickets = Map.groupBy(
      events.flatMap(({ ticket }) => (ticket === null ? [] : [ticket])),
      ({ ticketId }) => ticketId,
    );
    const figures = [...tickets.values()].map(ticketFigures);
    accounts.set(accountId, {
      events: events.length,
      ticketsCreated: figures.reduce((sum, { created }) => sum + created, 0),
      ticketsSolved: figures.reduce((sum, { solved }) => sum + solved, 0),
      backlog: figures.filter(({ open }) => open).length,
      activeUsers: new Set(events.filter(({ type, userId }) => type === "feature.used" && userId !== null).map(({ userId }) => userId))
        .size,
    });
  }
  return { accounts, parked };
}
