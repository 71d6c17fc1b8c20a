import { seededRandom } from "../seeded-random.ts";

/** Draws ranks 0..n-1 by Zipf's law with exponent 1 (a few accounts send most). */
export function zipf(n: number, random: () => number): () => number {
  const cumulative = new Float64Array(n);
  let total = 0;
  for (let i = 0; i < n; i++) {
    total += 1 / (i + 1);
    cumulative[i] = total;
  }
  return () => {
    const target = random() * total;
    let low = 0;
    let high = n - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((cumulative[middle] as number) < target) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

const FEATURES = [
  "report.opened",
  "export.csv",
  "dashboard.shared",
  "filter.saved",
  "alert.created",
  "comment.added",
  "import.run",
  "search.used",
];

export const USERS_PER_ACCOUNT = 20;

/** Native events as small as the goal table's: about 150 bytes each, Zipf over the accounts, 20 users an account. */
export function eventSource(options: {
  accounts: number;
  seed: number;
  run: string;
  time: () => number;
}): (count: number) => { json: Buffer; ndjson: Buffer; accounts: string[] } {
  const random = seededRandom(options.seed);
  const draw = zipf(options.accounts, random);
  let serial = 0;
  return (count) => {
    const lines: string[] = [];
    const accounts: string[] = [];
    for (let i = 0; i < count; i++) {
      const account = `acct-${draw()}`;
      accounts.push(account);
      const user = Math.floor(random() * USERS_PER_ACCOUNT);
      const feature = FEATURES[Math.floor(random() * FEATURES.length)] as string;
      lines.push(eventLine({ id: `${options.run}-${serial++}`, account, user, feature, time: options.time() }));
    }
    return { json: Buffer.from(`[${lines.join(",")}]`), ndjson: Buffer.from(lines.join("\n")), accounts };
  };
}

/** One event of each person of each account, in turn: after these nothing is met for the first time. Null when all have been given. */
export function firstContacts(options: { accounts: number; run: string; time: () => number }): (count: number) => Buffer | null {
  const people = options.accounts * USERS_PER_ACCOUNT;
  let serial = 0;
  return (count) => {
    const lines: string[] = [];
    for (; lines.length < count && serial < people; serial++) {
      const account = `acct-${serial % options.accounts}`;
      const user = Math.floor(serial / options.accounts);
      lines.push(eventLine({ id: `${options.run}-${serial}`, account, user, feature: FEATURES[0] as string, time: options.time() }));
    }
    return lines.length === 0 ? null : Buffer.from(`[${lines.join(",")}]`);
  };
}

const eventLine = (event: { id: string; account: string; user: number; feature: string; time: number }): string =>
  `{"account":{"id":"${event.account}"},"id":"${event.id}","type":"feature.used","time":"${new Date(event.time).toISOString()}","user":{"id":"${event.account}-u${event.user}"},"data":{"feature":"${event.feature}"}}`;
