import type { Ledger } from "./ledger.ts";
import { mixpanelKeyChars } from "./senders.ts";

export type Verdict = {
  readonly counted: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly unexpected: readonly string[];
};
type Reader = { readonly url: string; readonly adminToken: string };

/** Whole history of an account, newest first; bounds how far a broken cursor can lead. */
const timelinePagesMax = 1_000;
const pageEvents = 500;
const lookEveryMs = 1_000;

/**
 * Compares what every account counted with what was sent to it.
 *
 * Lost: acknowledged and not counted. Doubled: counted more than once, by the timeline or by the account's own figure.
 * Unexpected: counted and never sent. What was not acknowledged may be counted once or not at all.
 */
export async function verdictOf(reader: Reader, ledger: Ledger): Promise<Verdict> {
  const verdicts = await Promise.all(ledger.accounts().map((account) => ofAccount(reader, ledger, account)));
  return {
    counted: verdicts.reduce((sum, verdict) => sum + verdict.counted, 0),
    lost: verdicts.flatMap(({ lost }) => lost),
    doubled: verdicts.flatMap(({ doubled }) => doubled),
    unexpected: verdicts.flatMap(({ unexpected }) => unexpected),
  };
}

/** Looks again until everything is exact or `until` (ms of `performance.now()`) has passed; answers the last verdict and when it was reached. */
export async function untilExact(reader: Reader, ledger: Ledger, until: number): Promise<{ verdict: Verdict; at: number }> {
  for (;;) {
    const verdict = await verdictOf(reader, ledger).catch((error: unknown): Verdict => ({
      counted: 0,
      lost: [`cannot be read: ${String(error)}`],
      doubled: [],
      unexpected: [],
    }));
    const at = performance.now();
    const isExact = verdict.lost.length + verdict.doubled.length + verdict.unexpected.length === 0;
    if (isExact || at >= until) return { verdict, at };
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

async function ofAccount(reader: Reader, ledger: Ledger, account: string): Promise<Verdict> {
  const { acknowledged, open } = ledger.ofAccount(account);
  const [{ events }, seen] = await Promise.all([read<{ events: number }>(reader, `accounts/${account}`), timelineOf(reader, account)]);
  const times = new Map<string, number>();
  for (const id of seen) times.set(id, (times.get(id) ?? 0) + 1);
  const lost = [...acknowledged].filter((id) => !times.has(id));
  const doubled = [...times].filter(([, count]) => count > 1).map(([id]) => id);
  const unexpected = [...times.keys()].filter((id) => !acknowledged.has(id) && !open.has(id));
  // The figure and the list are kept apart by the product, so each must be right.
  const figureOff = events - times.size;
  return {
    counted: events,
    lost: figureOff < 0 ? [...lost, `${account}: figure is ${events}, its timeline has ${times.size}`] : lost,
    doubled: figureOff > 0 ? [...doubled, `${account}: figure is ${events}, its timeline has ${times.size}`] : doubled,
    unexpected,
  };
}

/** Senders' ids of all events in the timeline. Accounts' own writes of the set-up are left out. */
async function timelineOf(reader: Reader, account: string): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < timelinePagesMax; page++) {
    const query: string = `limit=${pageEvents}${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`;
    const answer: TimelinePage = await read<TimelinePage>(reader, `accounts/${account}/timeline?${query}`);
    ids.push(...answer.items.filter(({ type }) => type !== "account.updated").map(({ id }) => senderId(id)));
    cursor = answer.nextCursor;
    if (cursor === null) return ids;
  }
  throw new Error(`the timeline of ${account} does not end`);
}

type TimelinePage = { readonly items: readonly { readonly id: string; readonly type: string }[]; readonly nextCursor: string | null };

/** The id that its sender gave: Mixpanel's `$insert_id` is unique only together with the event's name, user and time, so a hash of them follows it. */
const senderId = (id: string): string => (id.startsWith("m-") ? id.slice(0, mixpanelKeyChars) : id);

async function read<T>({ url, adminToken }: Reader, path: string): Promise<T> {
  const response = await fetch(`${url}/api/v1/${path}`, {
    headers: { authorization: `Bearer ${adminToken}` },
    signal: AbortSignal.timeout(20_000),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status} ${(await response.text()).slice(0, 200)}`);
  return (await response.json()) as T;
}
