import type { EventOutcome } from "../outcome.ts";
import { fromStampLine, type Stamp, toStampLine } from "../stamp.ts";

/**
 * Pack: events of one origin on their way to their accounts, at most 100 KB gzip, one queue message.
 *
 * Text form, before gzip: the header as one JSON line, where it says `stamped` a line of stamps (stamp.ts), then one event line
 * (event-line.ts) each, in arrival order, joined by "\n". The consumer routes by the header alone and forwards the lines as text; only the
 * account shard parses them.
 *
 * Code that knows no stamps counts one line too many and takes such a pack for unreadable: it stays with its origin, which drives it again
 * until newer code meets it.
 */
export type PackOrigin = {
  /** Which kind of object made it and is told when it has settled. */
  readonly kind: "intake" | "directory" | "account";
  /** Name of that object (`idFromName`). */
  readonly name: string;
};

export type PackHeader = {
  /** Unique within the origin. The same pack driven again bears the same id and the same events. */
  readonly id: string;
  readonly origin: PackOrigin;
  /** Raised when the origin cut its packs anew (new code); reports about an older plan are ignored. */
  readonly plan: number;
  readonly events: number;
  /** Distinct routing facts; `routeOf[i]` is the index here of line i. */
  readonly routes: readonly PackRoute[];
  readonly routeOf: readonly number[];
  /** Greatest event time seen per `connectionId/stream`, epoch ms; account shards learn watermarks from it. */
  readonly watermarks: Readonly<Record<string, number>>;
  /** A line of stamps follows; absent: all lines are whole. */
  readonly stamped?: boolean;
  /** The events are not in the message (too large): ask the origin with `readPack(id)`. `routes` are present all the same. */
  readonly byReference?: boolean;
};

export type PackRoute = {
  /** Identity keys, strongest first. */
  readonly keys: readonly string[];
  readonly mayCreate: boolean;
};

/** `stamps`: one a line, null for a whole one. */
export type Pack = { readonly header: PackHeader; readonly lines: readonly string[]; readonly stamps: readonly (Stamp | null)[] };

/** A pack of whole lines: of events that come from different deliveries. */
export const packOfWhole = (header: PackHeader, lines: readonly string[]): Pack => ({ header, lines, stamps: lines.map(() => null) });

/** What goes to the queue for a pack that does not fit: everything but the events. */
export const byReference = ({ header }: Pack): Pack => packOfWhole({ ...header, byReference: true }, []);

export function toPackText({ header, lines, stamps }: Pack): string {
  const stamped = stamps.some((stamp) => stamp !== null);
  const head = JSON.stringify({ ...header, stamped: stamped ? true : undefined });
  return [head, ...(stamped ? [toStampLine(stamps)] : []), lines.join("\n")].join("\n");
}

export function fromPackText(text: string): Pack {
  const lines = text.split("\n");
  const header = JSON.parse(lines[0] as string) as PackHeader;
  if (header.stamped !== true) return packOfWhole(header, lines.slice(1));
  return { header, lines: lines.slice(2), stamps: fromStampLine(lines[1] ?? "") };
}

/** What a consumer tells the origin of a pack, at most once per batch and origin. Telling twice changes nothing. */
export type PackReport = {
  readonly packId: string;
  readonly plan: number;
  /** One per event of the pack, in order. */
  readonly outcomes: readonly EventOutcome[];
  /** Only failures of the event itself (they count towards 8 tries), not unreachable objects; and why something was quarantined. */
  readonly reasons: readonly { readonly index: number; readonly reason: string; readonly detail: string; readonly accountId?: string }[];
  /** When the effects were committed, epoch ms: for the event-to-visible measure. */
  readonly appliedAt: number;
};
