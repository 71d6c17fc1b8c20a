import { fromPackText, type Pack, type PackReport } from "../../src/domain/intake/pack.ts";
import { EventOutcome } from "../../src/domain/outcome.ts";
import { gunzip } from "../../src/platform/gzip.ts";
import { eventsOfPack } from "./event-lines.ts";
import type { IntakeFaults } from "./intake-faulty-shard.ts";

export const unpack = (message: Uint8Array): Pack => fromPackText(new TextDecoder().decode(gunzip(message, 64_000_000)));

/** What a consumer would tell about a pack: the same outcome for every event, or one by event id. */
export function reportOf(
  pack: Pack,
  outcome: EventOutcome | ((id: string) => EventOutcome) = EventOutcome.applied,
  reason?: string,
): PackReport {
  const outcomes = eventsOfPack(pack).map(({ id }) => (typeof outcome === "function" ? outcome(id) : outcome));
  const reasons = reason === undefined ? [] : outcomes.map((_, index) => ({ index, reason, detail: `${reason} detail` }));
  return { packId: pack.header.id, plan: pack.header.plan, outcomes, reasons, appliedAt: Date.now() };
}

/** Messages taken from the captured queue since the last call. */
export const takeSent = (faults: IntakeFaults): Uint8Array[] => faults.sent.splice(0).flat();

/** Waits for a condition; fails with what it was about. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, timeoutMs = 4_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
