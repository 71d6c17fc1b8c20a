import { zoneKnownFromMs, zoneKnownToMs, zonesCachedMax } from "../limits.ts";
import { invariant } from "../result.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../time.ts";

/** A stretch of constant offset: local time = instant + `offsetMs`, from `from` on (epoch ms) until the next one. */
export type Offset = { readonly from: number; readonly offsetMs: number };

/**
 * The offsets of one IANA time zone, asked of the platform's own database (`Intl`) and remembered.
 *
 * Offsets are looked at every 14 days and each change between two looks is found by halving; no zone has changed twice in less since 1970
 * (the shortest known is a Ramadan month). Before 1970 and from 2100 on the nearest known offset holds.
 */
export class TimeZone {
  private readonly format: Intl.DateTimeFormat;
  /** Ascending and gapless over [knownFrom, knownTo). */
  private readonly offsets: Offset[] = [];
  private knownFrom: number;
  private knownTo: number;

  private constructor(format: Intl.DateTimeFormat) {
    this.format = format;
    this.knownFrom = ANCHOR_MS;
    this.knownTo = ANCHOR_MS;
    this.offsets.push({ from: ANCHOR_MS, offsetMs: this.ask(ANCHOR_MS) });
  }

  /** Null when the platform knows no zone of that name. An offset such as `+02:00` is no zone. */
  static named(name: string): TimeZone | null {
    const known = zones.get(name);
    if (known !== undefined) return known;
    if (!/^[A-Za-z]/.test(name)) return null;
    let format: Intl.DateTimeFormat;
    try {
      format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
    } catch {
      return null;
    }
    const zone = new TimeZone(format);
    if (zones.size >= zonesCachedMax) zones.clear();
    zones.set(name, zone);
    return zone;
  }

  /** Stretches of constant offset that cover [from, to], the first of them beginning at or before `from` (or with all that is known). */
  between(from: number, to: number): readonly Offset[] {
    this.know(from, to);
    let first = 0;
    let last = this.offsets.length - 1;
    while (first < last) {
      const middle = (first + last + 1) >> 1;
      if ((this.offsets[middle] as Offset).from <= from) first = middle;
      else last = middle - 1;
    }
    let end = first + 1;
    while (end < this.offsets.length && (this.offsets[end] as Offset).from < to) end++;
    return this.offsets.slice(first, end);
  }

  private know(from: number, to: number): void {
    while (this.knownTo <= to && this.knownTo < zoneKnownToMs) {
      const last = (this.offsets.at(-1) as Offset).offsetMs;
      const next = this.knownTo + LOOK_MS;
      const offsetMs = this.ask(next);
      if (offsetMs !== last) this.offsets.push({ from: this.change(this.knownTo, next), offsetMs });
      this.knownTo = next;
    }
    while (this.knownFrom > from && this.knownFrom > zoneKnownFromMs) {
      const first = (this.offsets[0] as Offset).offsetMs;
      const next = this.knownFrom - LOOK_MS;
      const offsetMs = this.ask(next);
      if (offsetMs === first) this.offsets[0] = { from: next, offsetMs };
      else {
        this.offsets[0] = { from: this.change(next, this.knownFrom), offsetMs: first };
        this.offsets.unshift({ from: next, offsetMs });
      }
      this.knownFrom = next;
    }
  }

  /** The instant in (early, late] from which the offset of `late` holds. Zones change on whole seconds. */
  private change(early: number, late: number): number {
    const after = this.ask(late);
    let before = early / SECOND_MS;
    let since = late / SECOND_MS;
    while (since - before > 1) {
      const middle = Math.floor((before + since) / 2);
      if (this.ask(middle * SECOND_MS) === after) since = middle;
      else before = middle;
    }
    return since * SECOND_MS;
  }

  private ask(at: number): number {
    const name = this.format.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value ?? "";
    const parts = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(name);
    invariant(parts !== null, `an offset is written GMT+hh:mm, and not ${name}`);
    const [, sign, hours = 0, minutes = 0, seconds = 0] = parts;
    return (sign === "-" ? -1 : 1) * (Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * SECOND_MS);
  }
}

const LOOK_MS = 14 * DAY_MS;
/** 1 January 2026: most questions lie around it. */
const ANCHOR_MS = Date.UTC(2026, 0, 1);
const zones = new Map<string, TimeZone>();
