import { ByteReader, ByteWriter } from "./bytes.ts";

/** First byte of a page of several days. Another one means: written by other code, and the account is folded again from its journal. */
const LAYOUT = 1;

/** Days of one group have one page, as long as they are small: an account is read in a few rows, and written in fewer. */
export const daysPerGroup = 128;
export const groupOf = (day: number): number => Math.floor(day / daysPerGroup);

export type PackedDay = { readonly day: number; readonly page: Uint8Array };

/** One page of a group's days, each as in a page of its own. */
export function toGroupPage(group: number, days: readonly PackedDay[]): Uint8Array {
  const head = new ByteWriter();
  head.uint(LAYOUT);
  head.uint(days.length);
  for (const { day, page } of days) {
    head.uint(day - group * daysPerGroup);
    head.uint(page.length);
  }
  const index = head.finish();
  const body = new Uint8Array(index.length + days.reduce((sum, { page }) => sum + page.length, 0));
  body.set(index);
  let at = index.length;
  for (const { page } of days) {
    body.set(page, at);
    at += page.length;
  }
  return body;
}

/** Its days, which lie in the page's own bytes; null when it has another layout. */
export function fromGroupPage(group: number, body: Uint8Array): PackedDay[] | null {
  if (body[0] !== LAYOUT) return null;
  const from = new ByteReader(body);
  from.uint();
  const index = Array.from({ length: from.uint() }, () => ({ day: group * daysPerGroup + from.uint(), length: from.uint() }));
  let at = from.position;
  return index.map(({ day, length }) => {
    const page = body.subarray(at, at + length);
    at += length;
    if (page.length < length) throw new RangeError("page ends too early");
    return { day, page };
  });
}
