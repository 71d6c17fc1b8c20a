import { useEffect, useState } from "preact/hooks";
import { ApiError, api } from "../../api.ts";
import type { ConfigContent, Health } from "../../api-types.ts";
import { concurrently } from "../../concurrently.ts";

/** Requests of one preview under way at a time: a browser has six for a host, and the page needs some for itself. */
const trialsAtOnce = 4;

/** Accounts shown beside an editor; each change of a slider tries all of them again. */
export const previewedAccountsMax = 10;

export type Trials = { readonly readings: ReadonlyMap<string, Health | ApiError>; readonly busy: boolean };

/** Gives the reading of one account by a scorecard. */
export type Trial = (accountId: string, signal: AbortSignal) => Promise<Health>;

export const trialOf =
  (scorecard: ConfigContent): Trial =>
  (accountId, signal) =>
    api.testScorecard({ scorecard, accountId }, signal);

/** As the account is scored now: for a scorecard that was never published. */
export const presentTrial: Trial = (accountId, signal) => api.health(accountId, {}, signal);

/** Tries each account, some at a time, and tells each reading as it comes. */
const tryAll = (
  accounts: readonly string[],
  trial: Trial,
  signal: AbortSignal,
  tell: (accountId: string, reading: Health | ApiError) => void,
): Promise<void> =>
  concurrently(accounts, { atOnce: trialsAtOnce, signal }, async (accountId) => {
    try {
      tell(accountId, await trial(accountId, signal));
    } catch (error) {
      if (signal.aborted) return;
      tell(accountId, error instanceof ApiError ? error : new ApiError({ status: 0, title: "Not readable", detail: String(error) }));
    }
  });

/**
 * Readings of some accounts by a scorecard, made again when either changes. The former ones stay, as `busy`, until the new come.
 *
 * @param trial null: there is no scorecard that could be tried at the moment
 */
export function useTrials(accounts: readonly string[], trial: Trial | null, turn: number): Trials {
  const [trials, setTrials] = useState<Trials>({ readings: new Map(), busy: false });
  const names = accounts.join("\n");
  useEffect(() => {
    const wanted = new Set(accounts);
    setTrials(({ readings }) => ({
      readings: new Map([...readings].filter(([accountId]) => wanted.has(accountId))),
      busy: accounts.length > 0,
    }));
    if (trial === null) return;
    const controller = new AbortController();
    void tryAll(accounts, trial, controller.signal, (accountId, reading) => {
      if (!controller.signal.aborted) setTrials((before) => ({ ...before, readings: new Map(before.readings).set(accountId, reading) }));
    }).then(() => {
      if (!controller.signal.aborted) setTrials((before) => ({ ...before, busy: false }));
    });
    return () => controller.abort();
  }, [names, trial, turn]);
  return trials;
}
