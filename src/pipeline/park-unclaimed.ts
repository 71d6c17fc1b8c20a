import { directoryItemsPerCallMax, directoryTimeoutMs, parkCallCharsMax } from "../domain/limits.ts";
import { EventOutcome } from "../domain/outcome.ts";
import type { ParkItem } from "../domain/identity/messages.ts";
import { address, fateOf, wholeTextOf, type Addressed, type Line } from "./parcel.ts";
import type { PipelinePorts } from "./ports.ts";
import { neededKeys } from "./resolve-identity.ts";
import type { Reaching } from "./reaching.ts";

/** A line nobody claims; `awaits` is the account that must exist first, where an edge or the event names one that does not. */
export type Unclaimed = { readonly line: Line; readonly awaits: string | null };

/**
 * Gives lines to the directory. Those it takes are parked; those it knows an account for (a link came meanwhile) come back addressed;
 * when it is full or cannot be reached they stay waiting, and their pack stays with its origin, which drives it again.
 */
export async function parkUnclaimed(unclaimed: readonly Unclaimed[], ports: PipelinePorts, reaching: Reaching): Promise<Addressed[]> {
  const addressed: Addressed[] = [];
  for (const part of parts(unclaimed)) {
    const items = part.map(({ item }) => item);
    const replies = await reaching.call("directory", directoryTimeoutMs, () => ports.parking.park(items));
    if (!replies.ok) return addressed;
    for (const [i, { line }] of part.entries()) {
      const reply = replies.value[i];
      if (reply?.status === "parked") fateOf(line, EventOutcome.parked);
      else if (reply?.status === "linked")
        addressed.push(address(line, { accountId: reply.accountId, key: reply.key, version: reply.version }));
    }
  }
  return addressed;
}

function toItem({ line, awaits }: Unclaimed): ParkItem {
  const own = neededKeys(line.route);
  const first = awaits === null ? null : `account|${awaits}`;
  const keys = first === null || own[0] === first ? own : [first, ...own];
  return { keys, mayCreate: line.route.mayCreate, line: wholeTextOf(line), from: line.parcel.pack.header.origin.kind };
}

type Part = readonly { readonly line: Line; readonly item: ParkItem }[];

function* parts(unclaimed: readonly Unclaimed[]): Generator<Part> {
  let part: { line: Line; item: ParkItem }[] = [];
  let chars = 0;
  for (const one of unclaimed) {
    const item = toItem(one);
    if (part.length === directoryItemsPerCallMax || (part.length > 0 && chars + item.line.length > parkCallCharsMax)) {
      yield part;
      part = [];
      chars = 0;
    }
    part.push({ line: one.line, item });
    chars += item.line.length;
  }
  if (part.length > 0) yield part;
}
