import { archivedIndexBytes, archivedTextBytesMax } from "../../domain/limits.ts";
import { gunzip, gzip } from "../gzip.ts";

/**
 * An object of several texts, each found and read without the others: a gzip member for each, in order, and a last one with the index. As a whole
 * it is ordinary gzip of all of them. `customMetadata.index` says where the index begins.
 */
type Index = readonly (readonly [name: string, offset: number, length: number])[];
export type Members = { readonly bytes: Uint8Array; readonly text: Uint8Array; readonly facts: { readonly index: string } };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function toMembers(texts: readonly (readonly [name: string, text: string])[]): Members {
  const plain = texts.map(([, text]) => encoder.encode(text));
  const packed = plain.map((text) => gzip(text));
  let offset = 0;
  const index: Index = texts.map(([name], i) => {
    const length = packed[i]?.byteLength ?? 0;
    offset += length;
    return [name, offset - length, length];
  });
  // Ends like a line, so that the whole stays lines.
  const last = gzip(encoder.encode(`${JSON.stringify({ index })}\n`));
  return { bytes: joined([...packed, last]), text: joined(plain), facts: { index: String(offset) } };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}

const fromIndex = (bytes: Uint8Array): Index => (JSON.parse(decoder.decode(gunzip(bytes, archivedTextBytesMax))) as { index: Index }).index;
const textOf = (bytes: Uint8Array): string => decoder.decode(gunzip(bytes, archivedTextBytesMax));

function placeOf({ key, customMetadata }: R2Object): number {
  const from = Number(customMetadata?.["index"]);
  if (!Number.isInteger(from)) throw new SyntaxError(`${key} has no index`);
  return from;
}

/** The index of an object, in one read where it fits the last bytes; null when there is no such object. Throws when it is no object of this kind. */
export async function readIndex(bucket: R2Bucket, key: string): Promise<Index | null> {
  const tail = await bucket.get(key, { range: { suffix: archivedIndexBytes } });
  if (tail === null) return null;
  const from = placeOf(tail);
  const bytes = new Uint8Array(await tail.arrayBuffer());
  const begins = tail.size - bytes.byteLength;
  if (from >= begins) return fromIndex(bytes.subarray(from - begins));
  const whole = await bucket.get(key, { range: { offset: from, length: tail.size - from } });
  return whole === null ? null : fromIndex(new Uint8Array(await whole.arrayBuffer()));
}

/** One text of an object; null when the object has none of that name. */
export async function readMember(bucket: R2Bucket, key: string, index: Index, name: string): Promise<string | null> {
  const found = index.find(([one]) => one === name);
  if (found === undefined) return null;
  const [, offset, length] = found;
  const part = await bucket.get(key, { range: { offset, length } });
  return part === null ? null : textOf(new Uint8Array(await part.arrayBuffer()));
}

/** All of an object in one read; each text is expanded when it is asked for. Null when there is no such object. */
export async function readMembers(
  bucket: R2Bucket,
  key: string,
): Promise<{ readonly names: readonly string[]; readonly textOf: (name: string) => string | null } | null> {
  const object = await bucket.get(key);
  if (object === null) return null;
  const bytes = new Uint8Array(await object.arrayBuffer());
  const index = fromIndex(bytes.subarray(placeOf(object)));
  return {
    names: index.map(([name]) => name),
    textOf(name) {
      const found = index.find(([one]) => one === name);
      return found === undefined ? null : textOf(bytes.subarray(found[1], found[1] + found[2]));
    },
  };
}
