import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Serves a handler of web requests over real HTTP on a free port, for clients that bring their own transport. */
export async function serve(
  handler: (request: Request) => Promise<Response>,
): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  const server: Server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const body = Buffer.concat(chunks);
      const headers = Object.entries(incoming.headers).filter(
        (header): header is [string, string] => typeof header[1] === "string" && header[0] !== "transfer-encoding",
      );
      const request = new Request(`http://127.0.0.1${incoming.url ?? "/"}`, {
        method: incoming.method ?? "GET",
        headers,
        ...(body.length === 0 ? {} : { body }),
      });
      void handler(request).then(async (response) => {
        outgoing.writeHead(response.status, Object.fromEntries(response.headers));
        outgoing.end(Buffer.from(await response.arrayBuffer()));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
  };
}
