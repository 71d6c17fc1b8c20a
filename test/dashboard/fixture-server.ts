import { existsSync, readFileSync } from "node:fs";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { FixtureApi } from "./fixture-api.ts";
import { Problem } from "./fixture-problem.ts";
import { type Socket, acceptSocket } from "./fixture-websocket.ts";

const builtPages = fileURLToPath(new URL("../../dist/dashboard", import.meta.url));
const mimes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};
/** As strict as the worker serves them. */
const pageHeaders = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

export type FixtureServer = {
  readonly url: string;
  readonly api: FixtureApi;
  /** Paths that begin so answer 503 until `heal`, and ask to be tried again after so long (1 s unless told). */
  readonly fail: (path: string, retryAfterSeconds?: number) => void;
  readonly heal: () => void;
  /** Ends every live connection and refuses new ones until `restoreLive`. */
  readonly cutLive: () => void;
  readonly restoreLive: () => void;
  readonly close: () => Promise<void>;
};

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Compressed where the browser takes it, as the platform's edge serves them: what is measured here is then what a person waits for. */
function servePage(pagesFolder: string, path: string, response: ServerResponse, compressed: boolean): void {
  const wanted = join(pagesFolder, normalize(path));
  const found = extname(path) !== "" && wanted.startsWith(pagesFolder) && existsSync(wanted) ? wanted : join(pagesFolder, "index.html");
  const file = readFileSync(found);
  response.writeHead(200, {
    ...pageHeaders,
    "content-type": mimes[extname(found)] ?? "application/octet-stream",
    ...(compressed ? { "content-encoding": "gzip", vary: "accept-encoding" } : {}),
  });
  response.end(compressed ? gzipSync(file) : file);
}

/** The pages over made-up data: for working on them without the pipeline, and for their browser tests. */
export async function startFixtureServer(
  options: { port?: number; accounts?: number; ticking?: boolean; pages?: string } = {},
): Promise<FixtureServer> {
  const sockets = new Set<Socket>();
  let liveCut = false;
  let messageId = 100;
  /** What was told, so that a page that was away can resume after the last message it saw. */
  const told: { readonly id: number; readonly text: string }[] = [];
  let failing: { readonly path: string; readonly retryAfterSeconds: number }[] = [];
  const api = new FixtureApi(options.accounts ?? 200, (message) => {
    messageId += 1;
    const text = JSON.stringify({ id: String(messageId), at: new Date().toISOString(), ...message });
    told.push({ id: messageId, text });
    for (const socket of sockets) socket.send(text);
  });

  const failureOf = (path: string) => failing.find((failure) => path.startsWith(failure.path));

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://fixture");
    if (!url.pathname.startsWith("/api/") && !url.pathname.startsWith("/v1/") && !url.pathname.startsWith("/webhooks/"))
      return servePage(options.pages ?? builtPages, url.pathname, response, request.headers["accept-encoding"]?.includes("gzip") === true);
    const send = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { "content-type": status < 400 ? "application/json" : "application/problem+json", ...headers });
      response.end(status === 204 ? undefined : JSON.stringify(body));
    };
    const body = await bodyOf(request);
    try {
      if (failureOf(url.pathname) !== undefined)
        throw new Problem(503, "Database not reachable", "The lists cannot be read right now. Try again in a few seconds.");
      const result = api.answer({
        method: request.method ?? "GET",
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body,
      });
      send(result.status ?? 200, result.body, result.headers);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      send(
        error.status,
        {
          type: "about:blank",
          title: error.title,
          status: error.status,
          detail: error.detail,
          pointer: error.pointer,
          errors: error.errors,
          requestId: "req_fixture",
        },
        error.status === 503 ? { "retry-after": String(failureOf(url.pathname)?.retryAfterSeconds ?? 1) } : {},
      );
    }
  };

  const server: Server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      console.error(error);
      response.writeHead(500).end();
    });
  });
  server.on("upgrade", (request, stream) => {
    if (liveCut) return stream.destroy();
    const socket = acceptSocket(request, stream, () => sockets.delete(socket));
    sockets.add(socket);
    socket.send(JSON.stringify({ id: String(messageId), type: "hello", at: new Date().toISOString(), data: {} }));
    const lastSeen = new URL(request.url ?? "/", "http://fixture").searchParams.get("lastEventId");
    if (lastSeen !== null) for (const message of told) if (message.id > Number(lastSeen)) socket.send(message.text);
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const ticker = options.ticking === true ? setInterval(() => api.tick(), 700) : null;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    api,
    fail: (path, retryAfterSeconds = 1) => void failing.push({ path, retryAfterSeconds }),
    heal: () => {
      failing = [];
    },
    cutLive: () => {
      liveCut = true;
      for (const socket of sockets) socket.end();
    },
    restoreLive: () => {
      liveCut = false;
    },
    close: async () => {
      if (ticker !== null) clearInterval(ticker);
      for (const socket of sockets) socket.end();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = await startFixtureServer({
    port: Number(process.env["PORT"] ?? 4310),
    accounts: Number(process.env["ACCOUNTS"] ?? 200),
    ticking: true,
  });
  console.log(`${server.url}/sign-in#token=fixture`);
}
