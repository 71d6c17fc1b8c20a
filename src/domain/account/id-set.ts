import { idPagesCached, idRetentionMs, idsPerPage, openIdsMax, openIdsMin } from "../limits.ts";
import { DAY_MS } from "../time.ts";

/** u32 words of one id: hash low, hash high, content, arrival, UTC day of receipt (bit 16: its event is held; 17: it is filed under another day). */
const WORDS = 5;
const DAY_MASK = 0xffff;
const HELD = 0x10000;
const REFILED = 0x20000;
const LAYOUT = 1;
const FILTER_BITS_PER_ID = 16;
const FILTER_PROBES = 4;

/** A slot holds the place of an id in the table (from 1; 0 is empty) and, as a tag, eight bits of its hash: who probes reads few entries of others. */
const PLACE_MASK = 0xffffff;
const TAG_MASK = ~PLACE_MASK;
const SLOTS_MIN = 16;
const ENTRIES_MIN = 8;
/** Both grow when they are as full as this; tables of two people and of sixty thousand should waste little. */
const FILLED_RATIO_MAX = 0.75;
const ENTRIES_GROWTH = 1.25;

/** Ids that were sealed: sorted by hash in pages, found through a filter. */
type Segment = {
  readonly number: number;
  readonly count: number;
  readonly lastDay: number;
  /** Greatest high word of each page. */
  readonly bounds: Uint32Array;
  readonly filter: Uint32Array;
};

export type IdPageKind = "open" | "sealed" | "filter";
export type IdPage = { readonly kind: IdPageKind; readonly part: number; readonly body: Uint8Array | null };
export type ReadIdPage = (part: number) => Uint8Array | null;

/** Pages of one segment have numbers of their own: `segment · PARTS_MAX + part`. */
const PARTS_MAX = openIdsMax / idsPerPage;

/**
 * The ids an account has seen, with the content and the arrival of each, for 35 days of receipt.
 *
 * The newest lie open in a table; older ones are sealed on disk behind a Bloom filter (16 to 32 bits an id, 4 probes: at most 0.24 % needless
 * reads). So memory is at most 65,536 open ids at 25 to 36 bytes and 2 to 4 bytes for each sealed one. Two ids are taken for one with odds of n / 2^64 for a new id
 * among n known ones; the key of the hash is secret, so nobody can look for such a pair.
 */
export class IdSet {
  /** Of the id last found. */
  content = 0;
  arrival = 0;
  held = false;
  private entries: Uint32Array;
  private count = 0;
  /** Hashed by the low word, a power of two of them. */
  private slots: Int32Array;
  private written = 0;
  private segments: Segment[] = [];
  private nextSegment = 0;
  private readonly dropped: Segment[] = [];
  private readonly readPage: ReadIdPage;
  private readonly pages = new Map<number, Uint32Array>();

  constructor(readPage: ReadIdPage) {
    this.readPage = readPage;
    this.entries = new Uint32Array(ENTRIES_MIN * WORDS);
    this.slots = new Int32Array(SLOTS_MIN);
  }

  /** From what `takeChangedPages` gave; null when a page has another layout. Throws where one is cut off inside an id. Parts in ascending order. */
  static fromPages(
    open: readonly Uint8Array[],
    filters: readonly { part: number; body: Uint8Array }[],
    readPage: ReadIdPage,
  ): IdSet | null {
    const set = new IdSet(readPage);
    for (const page of open) {
      const words = wordsOf(page);
      if (words === null) return null;
      if (words.length % WORDS !== 0) throw new RangeError("a page of open ids ends too early");
      for (let at = 0; at < words.length; at += WORDS) set.insert(words, at);
    }
    set.written = set.count;
    for (const { part, body } of filters) {
      const words = wordsOf(body);
      if (words === null) return null;
      const pages = words[2] as number;
      set.segments.push({
        number: part,
        count: words[0] as number,
        lastDay: words[1] as number,
        bounds: words.slice(3, 3 + pages),
        filter: words.slice(3 + pages),
      });
      set.nextSegment = part + 1;
    }
    return set;
  }

  get size(): number {
    return this.segments.reduce((sum, { count }) => sum + count, this.count);
  }

  get bytes(): number {
    const cached = this.pages.size * idsPerPage * WORDS * 4;
    return (
      this.entries.byteLength +
      this.slots.byteLength +
      cached +
      this.segments.reduce((sum, { filter, bounds }) => sum + filter.byteLength + bounds.byteLength + 100, 0)
    );
  }

  /** Whether this id came within the last 35 days; its `content`, `arrival` and `held` are then in the fields of that name. */
  find(lo: number, hi: number, today: number): boolean {
    const oldest = today - idRetentionMs / DAY_MS;
    const mask = this.slots.length - 1;
    for (let slot = lo & mask; ; slot = (slot + 1) & mask) {
      const word = this.slots[slot] as number;
      if (word === 0) break;
      if (((word ^ hi) & TAG_MASK) !== 0) continue;
      if (this.take(this.entries, ((word & PLACE_MASK) - 1) * WORDS, lo, hi, oldest)) return true;
    }
    for (let i = this.segments.length - 1; i >= 0; i--) {
      const segment = this.segments[i] as Segment;
      if (segment.lastDay >= oldest && passes(segment.filter, lo, hi) && this.findSealed(segment, lo, hi, oldest)) return true;
    }
    return false;
  }

  private take(words: Uint32Array, at: number, lo: number, hi: number, oldest: number): boolean {
    if (words[at] !== lo || words[at + 1] !== hi || ((words[at + 4] as number) & DAY_MASK) < oldest) return false;
    this.held = ((words[at + 4] as number) & HELD) !== 0;
    this.content = words[at + 2] as number;
    this.arrival = words[at + 3] as number;
    return true;
  }

  private findSealed(segment: Segment, lo: number, hi: number, oldest: number): boolean {
    // Equal high words may lie on both sides of a page's end.
    let page = 0;
    while (page < segment.bounds.length && (segment.bounds[page] as number) < hi) page++;
    for (; page < segment.bounds.length; page++) {
      const words = this.page(segment.number * PARTS_MAX + page);
      for (let at = firstNotBelow(words, hi); at < words.length && words[at + 1] === hi; at += WORDS) {
        if (this.take(words, at, lo, hi, oldest)) return true;
      }
      if (segment.bounds[page] !== hi) return false;
    }
    return false;
  }

  private page(part: number): Uint32Array {
    const known = this.pages.get(part);
    if (known !== undefined) return known;
    const body = this.readPage(part);
    const words = body === null ? null : wordsOf(body);
    if (words === null) throw new RangeError("a page of sealed ids is missing or has another layout");
    if (this.pages.size >= idPagesCached) this.pages.delete(this.pages.keys().next().value as number);
    this.pages.set(part, words);
    return words;
  }

  /** `day`: UTC day of receipt; for what was received longer ago than ids are kept, the day it came here (`isRefiled`). */
  add(lo: number, hi: number, content: number, arrival: number, day: number, held = false, isRefiled = false): void {
    this.insert([lo, hi, content, arrival, day | (held ? HELD : 0) | (isRefiled ? REFILED : 0)], 0);
  }

  /** Each id that is filed under the day of its receipt, in no order; reads all pages of sealed ones. */
  eachByDay(take: (lo: number, hi: number, day: number) => void): void {
    const takeAll = (words: Uint32Array): void => {
      for (let at = 0; at < words.length; at += WORDS) {
        const day = words[at + 4] as number;
        if ((day & REFILED) === 0) take(words[at] as number, words[at + 1] as number, day & DAY_MASK);
      }
    };
    takeAll(this.entries.subarray(0, this.count * WORDS));
    for (const { number, bounds } of this.segments)
      for (let part = 0; part < bounds.length; part++) takeAll(this.page(number * PARTS_MAX + part));
  }

  private insert(words: ArrayLike<number>, from: number): void {
    if (this.count >= this.slots.length * FILLED_RATIO_MAX) this.growSlots();
    if ((this.count + 1) * WORDS > this.entries.length) this.growEntries();
    const at = this.count * WORDS;
    for (let i = 0; i < WORDS; i++) this.entries[at + i] = words[from + i] as number;
    this.count++;
    this.hang(this.count);
  }

  private hang(place: number): void {
    const mask = this.slots.length - 1;
    const at = (place - 1) * WORDS;
    let slot = (this.entries[at] as number) & mask;
    while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
    this.slots[slot] = place | ((this.entries[at + 1] as number) & TAG_MASK);
  }

  private growSlots(): void {
    this.slots = new Int32Array(this.slots.length * 2);
    for (let place = 1; place <= this.count; place++) this.hang(place);
  }

  private growEntries(): void {
    const entries = new Uint32Array(Math.ceil(this.count * ENTRIES_GROWTH) * WORDS);
    entries.set(this.entries.subarray(0, this.count * WORDS));
    this.entries = entries;
  }

  /** Pages that differ from what was written; null bodies are to be deleted. Seals what has become too much, drops what is too old. */
  takeChangedPages(today: number): IdPage[] {
    const pages: IdPage[] = [];
    this.dropOld(today);
    for (const segment of this.dropped.splice(0)) {
      for (let part = 0; part < segment.bounds.length; part++)
        pages.push({ kind: "sealed", part: segment.number * PARTS_MAX + part, body: null });
      pages.push({ kind: "filter", part: segment.number, body: null });
    }
    if (this.count > this.openMax()) this.seal(pages, today);
    for (let part = Math.floor(this.written / idsPerPage); part * idsPerPage < this.count; part++) {
      pages.push({
        kind: "open",
        part,
        body: toPage(this.entries.subarray(part * idsPerPage * WORDS, Math.min(this.count, (part + 1) * idsPerPage) * WORDS)),
      });
    }
    this.written = this.count;
    return pages;
  }

  /** Sealed sets grow with what is sealed already, so that even millions of ids lie in some hundred of them. */
  private openMax(): number {
    return Math.min(openIdsMax, Math.max(openIdsMin, (this.size - this.count) / 16));
  }

  private dropOld(today: number): void {
    const oldest = today - idRetentionMs / DAY_MS;
    const old = this.segments.filter(({ lastDay }) => lastDay < oldest);
    if (old.length === 0) return;
    this.dropped.push(...old);
    this.segments = this.segments.filter(({ lastDay }) => lastDay >= oldest);
    this.pages.clear();
  }

  private seal(pages: IdPage[], today: number): void {
    for (let part = 0; part * idsPerPage < this.written; part++) pages.push({ kind: "open", part, body: null });
    const oldest = today - idRetentionMs / DAY_MS;
    const order: number[] = [];
    for (let index = 0; index < this.count; index++)
      if (((this.entries[index * WORDS + 4] as number) & DAY_MASK) >= oldest) order.push(index * WORDS);
    const { entries } = this;
    order.sort((a, b) => (entries[a + 1] as number) - (entries[b + 1] as number) || (entries[a] as number) - (entries[b] as number));
    for (let from = 0; from < order.length; from += openIdsMax) this.sealSome(order.slice(from, from + openIdsMax), pages);
    this.count = 0;
    this.written = 0;
    this.entries = new Uint32Array(ENTRIES_MIN * WORDS);
    this.slots = new Int32Array(SLOTS_MIN);
  }

  private sealSome(order: readonly number[], pages: IdPage[]): void {
    const number = this.nextSegment++;
    const filter = new Uint32Array(2 ** Math.ceil(Math.log2(Math.max(1, (order.length * FILTER_BITS_PER_ID) / 32))));
    const bounds: number[] = [];
    let lastDay = 0;
    for (let from = 0; from < order.length; from += idsPerPage) {
      const part = order.slice(from, from + idsPerPage);
      const words = new Uint32Array(part.length * WORDS);
      for (const [i, at] of part.entries()) {
        words.set(this.entries.subarray(at, at + WORDS), i * WORDS);
        mark(filter, this.entries[at] as number, this.entries[at + 1] as number);
        lastDay = Math.max(lastDay, (this.entries[at + 4] as number) & DAY_MASK);
      }
      pages.push({ kind: "sealed", part: number * PARTS_MAX + bounds.length, body: toPage(words) });
      bounds.push(words.at(-4) as number);
    }
    const segment: Segment = { number, count: order.length, lastDay, bounds: Uint32Array.from(bounds), filter };
    pages.push({ kind: "filter", part: number, body: toPage(Uint32Array.of(segment.count, lastDay, bounds.length, ...bounds, ...filter)) });
    this.segments.push(segment);
  }
}

function mark(filter: Uint32Array, lo: number, hi: number): void {
  const mask = filter.length * 32 - 1;
  for (let probe = 0; probe < FILTER_PROBES; probe++) {
    const bit = (lo + Math.imul(probe, hi | 1)) & mask;
    filter[bit >>> 5] = (filter[bit >>> 5] as number) | (1 << (bit & 31));
  }
}

function passes(filter: Uint32Array, lo: number, hi: number): boolean {
  const mask = filter.length * 32 - 1;
  for (let probe = 0; probe < FILTER_PROBES; probe++) {
    const bit = (lo + Math.imul(probe, hi | 1)) & mask;
    if (((filter[bit >>> 5] as number) & (1 << (bit & 31))) === 0) return false;
  }
  return true;
}

/** First entry whose high word is not below `hi`. */
function firstNotBelow(words: Uint32Array, hi: number): number {
  let from = 0;
  let to = words.length / WORDS;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((words[middle * WORDS + 1] as number) < hi) from = middle + 1;
    else to = middle;
  }
  return from * WORDS;
}

/** One word of layout, then the words as they lie in memory (all platforms of this product are little-endian). */
function toPage(words: Uint32Array): Uint8Array {
  const page = new Uint32Array(words.length + 1);
  page[0] = LAYOUT;
  page.set(words, 1);
  return new Uint8Array(page.buffer);
}

function wordsOf(page: Uint8Array): Uint32Array | null {
  if (page.byteLength % 4 !== 0) throw new RangeError("a page of ids ends too early");
  const aligned = page.byteOffset % 4 === 0 ? page : page.slice();
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
  return words[0] === LAYOUT ? words.subarray(1) : null;
}
