import { bodyDrainBytesMax, bodySentBytesMax } from "../../domain/limits.ts";

/**
 * Reads a request's body as sent, at most `bodySentBytesMax`; null when it is larger, declared or not.
 *
 * A body that is too large is read on and thrown away (up to `bodyDrainBytesMax`), because a client that is still writing
 * would otherwise see a broken connection and not the answer.
 */
export async function readRequestBody(request: Request): Promise<Uint8Array | null> {
  const declared = Number(request.headers.get("content-length") ?? Number.NaN);
  // Before the stream is asked for: one that nobody has touched is read in one piece.
  if (declared <= bodySentBytesMax) return new Uint8Array(await request.arrayBuffer());
  if (request.body === null) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  // The type of a stream's chunk is not known to the compiler; a request's are bytes.
  for await (const chunk of request.body as ReadableStream<Uint8Array>) {
    size += chunk.byteLength;
    if (size > bodyDrainBytesMax) return null;
    if (size <= bodySentBytesMax && !(declared > bodySentBytesMax)) chunks.push(chunk);
    else chunks.length = 0;
  }
  return size > bodySentBytesMax ? null : joined(chunks, size);
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}
