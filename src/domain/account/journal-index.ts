import { ByteReader, ByteWriter } from "./bytes.ts";

/** Where events of one account lie: a journal row, how many, and between which event times (epoch ms, both included). */
export type JournalRef = {
  readonly seq: number;
  readonly lines: number;
  readonly held: boolean;
  readonly from: number;
  readonly to: number;
};

const LAYOUT = 1;

/** One page of the index: refs in ascending `seq`. */
export function toIndexPage(refs: readonly JournalRef[]): Uint8Array {
  const out = new ByteWriter();
  out.uint(LAYOUT);
  let seq = 0;
  let to = 0;
  for (const ref of refs) {
    out.uint(ref.seq - seq);
    out.uint(ref.lines * 2 + (ref.held ? 1 : 0));
    out.int(ref.to - to);
    out.uint(ref.to - ref.from);
    seq = ref.seq;
    to = ref.to;
  }
  return out.finish();
}

/** Null when the page has another layout. */
export function fromIndexPage(page: Uint8Array): JournalRef[] | null {
  const from = new ByteReader(page);
  if (from.uint() !== LAYOUT) return null;
  const refs: JournalRef[] = [];
  let seq = 0;
  let to = 0;
  while (!from.atEnd) {
    seq += from.uint();
    const lines = from.uint();
    to += from.int();
    refs.push({ seq, lines: Math.floor(lines / 2), held: lines % 2 === 1, to, from: to - from.uint() });
  }
  return refs;
}
