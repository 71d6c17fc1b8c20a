/** What was sent and what was answered, per event: `open` until a 2xx, for good when its sender gave up. */
export class Ledger {
  private readonly events = new Map<string, { account: string; acknowledged: boolean }>();
  requests = 0;
  triesAgain = 0;
  givenUp = 0;

  open(account: string, keys: readonly string[]): void {
    for (const key of keys) this.events.set(key, { account, acknowledged: false });
  }

  acknowledge(keys: readonly string[]): void {
    for (const key of keys) {
      const event = this.events.get(key);
      if (event !== undefined) event.acknowledged = true;
    }
  }

  accounts(): string[] {
    return [...new Set([...this.events.values()].map(({ account }) => account))].toSorted();
  }

  ofAccount(account: string): { acknowledged: Set<string>; open: Set<string> } {
    const mine = [...this.events].filter(([, event]) => event.account === account);
    return {
      acknowledged: new Set(mine.filter(([, event]) => event.acknowledged).map(([key]) => key)),
      open: new Set(mine.filter(([, event]) => !event.acknowledged).map(([key]) => key)),
    };
  }

  total(): { sent: number; acknowledged: number } {
    const all = [...this.events.values()];
    return { sent: all.length, acknowledged: all.filter(({ acknowledged }) => acknowledged).length };
  }
}
