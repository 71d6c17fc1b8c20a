import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** RFC 6455, section 1.3. */
const acceptOf = (key: string): string => createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");

function frame(text: string): Buffer {
  const body = Buffer.from(text);
  const head = body.length < 126 ? Buffer.from([0x81, body.length]) : Buffer.from([0x81, 126, body.length >> 8, body.length & 255]);
  return Buffer.concat([head, body]);
}

/** The text of one short masked client frame; null for a closing one. */
function textOf(data: Buffer): string | null {
  const length = (data[1] ?? 0) & 127;
  if (((data[0] ?? 0) & 15) !== 1 || length > 125) return null;
  const mask = data.subarray(2, 6);
  return Buffer.from(data.subarray(6, 6 + length).map((byte, index) => byte ^ (mask[index % 4] ?? 0))).toString();
}

export type Socket = { readonly send: (text: string) => void; readonly end: () => void };

/** The least of a WebSocket server that a page's live feed needs: text out, `ping` in. */
export function acceptSocket(request: IncomingMessage, stream: Duplex, onClose: () => void): Socket {
  stream.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(String(request.headers["sec-websocket-key"]))}\r\n\r\n`,
  );
  stream.on("data", (data: Buffer) => {
    const text = textOf(data);
    if (text === "ping") stream.write(frame("pong"));
    if (text === null) stream.end();
  });
  stream.on("close", onClose);
  stream.on("error", onClose);
  return { send: (text) => void stream.write(frame(text)), end: () => stream.destroy() };
}
