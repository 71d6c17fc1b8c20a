import type { JobRun } from "../../api-types.ts";
import { countText, plural } from "../../format.ts";
import type { Tone } from "../../ui/figures.tsx";

type Kind = JobRun["kind"];

export const kindTexts: Readonly<Record<Kind, { readonly title: string; readonly what: string }>> = {
  daily: {
    title: "Nightly",
    what: "Publishes what accounts lend each other, writes the day's events into the archive by account, checks every account against the archive, and removes deliveries that are older than you want to keep them.",
  },
  monthly: {
    title: "Monthly",
    what: "Tests the score against what became of accounts, and learns a forecast where the past allows it.",
  },
};

export const statusTexts: Readonly<Record<JobRun["status"], { readonly word: string; readonly tone: Tone }>> = {
  done: { word: "Done", tone: "good" },
  running: { word: "Under way", tone: "none" },
  queued: { word: "Waiting", tone: "none" },
  failed: { word: "Failed", tone: "bad" },
  skipped: { word: "Not run", tone: "none" },
};

const triggerTexts: Readonly<Record<JobRun["trigger"], string>> = {
  cron: "by the clock",
  catch_up: "made up for",
  person: "asked for",
};

/** How a run came about. */
export const originText = ({ status, trigger, attempt }: JobRun): string =>
  status === "skipped" ? "not owed" : `${triggerTexts[trigger]}${attempt > 1 ? `, attempt ${countText(attempt)}` : ""}`;

/** What a run has found, in one line. */
export function foundText({ status, error, step, result }: JobRun): string {
  if (status === "failed") return error ?? "It ended without saying why.";
  if (status === "running") return step === null ? "It has begun." : `Now: ${step}`;
  if (status === "queued") return "It begins within a minute.";
  const parity = result?.parity;
  if (status === "skipped") return "Its time was over before this server began.";
  if (parity === undefined) return "Done.";
  if (parity.verdict === "not_run") return "Accounts were not checked: that is left to the newest run.";
  if (parity.accounts === 0) return "No accounts to check yet.";
  return parity.verdict === "equal"
    ? `${plural(parity.accounts, "account")} checked: all agree with the archive.`
    : `${plural(parity.differences, "figure")} differ${parity.differences === 1 ? "s" : ""} from the archive.`;
}

export const isUnderWay = ({ status }: JobRun): boolean => status === "queued" || status === "running";
