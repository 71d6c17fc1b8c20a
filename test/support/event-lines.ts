import type { ApplyCall } from "../../src/domain/account/messages.ts";
import type { Event } from "../../src/domain/event.ts";
import { readLine, readLines, toShortLine } from "../../src/domain/event-line.ts";
import type { Pack } from "../../src/domain/intake/pack.ts";
import { stampOf, type Stamp } from "../../src/domain/stamp.ts";

/** Events as they lie in packs, calls and journal rows: short lines, each with the stamp of its delivery. */
export const shortLines = (events: readonly Event[]): { lines: string[]; stamps: Stamp[] } => ({
  lines: events.map(toShortLine),
  stamps: events.map((event) => stampOf(event)),
});

/** The part of a call that bears the events. */
export const linesOfCall = (events: readonly Event[]): Pick<ApplyCall, "lines" | "stamps" | "stampOf"> => {
  const { lines, stamps } = shortLines(events);
  return { lines: lines.join("\n"), stamps, stampOf: stamps.map((_, i) => i) };
};

export const eventsOfPack = ({ lines, stamps }: Pick<Pack, "lines" | "stamps">): Event[] =>
  lines.map((line, i) => readLine(line, stamps[i] ?? null));

export const eventsOfCall = ({ lines, stamps, stampOf: of }: ApplyCall): Event[] =>
  readLines(
    lines.split("\n"),
    of.map((stamp) => stamps[stamp] ?? null),
  ).flatMap((event) => event ?? []);
