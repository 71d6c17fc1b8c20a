/**
 * The floors the product is measured against, in one worker, served exactly as the product is (Miniflare, direct socket):
 *
 * - `POST /parse`   P: parse a JSON array of native events and answer their number.
 * - `POST /append`  D: the same, and one committed row a request with group commit, in one object.
 * - `POST /fold`    F: NDJSON of a window of events → packed shards with exact dedupe, hour buckets, distinct users and a score;
 *                   one packed row a call, committed before it counts. Nothing else around it: no door, archive, identity, read models.
 *
 * Deliberately bare. It shares no code with the product, so that a slow product cannot make its own floor slow.
 */
import { DurableObject } from "cloudflare:workers";

type FloorEnv = { APPEND: DurableObjectNamespace<AppendFloor>; FOLD: DurableObjectNamespace<FoldFloor>; FOLD_SHARDS: string };
type FloorEvent = { id: string; type: string; time: string; account: { id: string }; user?: { id: string } };

export class AppendFloor extends DurableObject<FloorEnv> {
  private waiting: { bytes: Uint8Array; done: () => void }[] = [];
  private flushing = false;

  constructor(ctx: DurableObjectState, env: FloorEnv) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY, body BLOB)");
  }

  async append(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((done) => {
      this.waiting.push({ bytes, done });
      if (!this.flushing) void this.flush();
    });
  }

  private async flush(): Promise<void> {
    this.flushing = true;
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const group = this.waiting;
      this.waiting = [];
      const total = group.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
      const row = new Uint8Array(total);
      let at = 0;
      for (const { bytes } of group) {
        row.set(bytes, at);
        at += bytes.byteLength;
      }
      this.ctx.storage.sql.exec("INSERT INTO log (body) VALUES (?)", row);
      await this.ctx.storage.sync();
      for (const { done } of group) done();
    }
    this.flushing = false;
  }
}

type FoldAccount = { seen: Set<string>; hours: Map<number, number>; users: Map<string, number>; events: number; score: number };

export class FoldFloor extends DurableObject<FloorEnv> {
  private readonly accounts = new Map<string, FoldAccount>();

  constructor(ctx: DurableObjectState, env: FloorEnv) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS journal (seq INTEGER PRIMARY KEY, body BLOB)");
  }

  async apply(text: string): Promise<number> {
    const fresh: string[] = [];
    const touched = new Set<FoldAccount>();
    for (const line of text.split("\n")) {
      const event = JSON.parse(line) as FloorEvent;
      let account = this.accounts.get(event.account.id);
      if (account === undefined)
        this.accounts.set(event.account.id, (account = { seen: new Set(), hours: new Map(), users: new Map(), events: 0, score: 0 }));
      if (account.seen.has(event.id)) continue;
      account.seen.add(event.id);
      const hour = Math.floor(Date.parse(event.time) / 3_600_000);
      account.hours.set(hour, (account.hours.get(hour) ?? 0) + 1);
      if (event.user !== undefined) account.users.set(event.user.id, hour);
      account.events++;
      touched.add(account);
      fresh.push(line);
    }
    for (const account of touched) account.score = Math.min(100, account.users.size * 2 + Math.log1p(account.events) * 8);
    if (fresh.length > 0) {
      this.ctx.storage.sql.exec("INSERT INTO journal (body) VALUES (?)", new TextEncoder().encode(fresh.join("\n")));
      await this.ctx.storage.sync();
    }
    return fresh.length;
  }
}

function shardOf(id: string, shards: number): number {
  let h = 2166136261;
  for (let i = 0; i < id.length; i++) h = Math.imul(h ^ id.charCodeAt(i), 16777619);
  return (h >>> 0) % shards;
}

async function fold(request: Request, env: FloorEnv): Promise<Response> {
  const shards = Number(env.FOLD_SHARDS);
  const byShard = new Map<number, string[]>();
  for (const line of (await request.text()).split("\n")) {
    // The account id is the first field of a line, so that routing need not parse the rest.
    const id = line.slice(18, line.indexOf('"', 18));
    const shard = shardOf(id, shards);
    const lines = byShard.get(shard);
    if (lines === undefined) byShard.set(shard, [line]);
    else lines.push(line);
  }
  const counts = await Promise.all([...byShard].map(([shard, lines]) => env.FOLD.getByName(`${shards}-${shard}`).apply(lines.join("\n"))));
  return Response.json({ applied: counts.reduce((a, b) => a + b, 0), calls: counts.length });
}

export default {
  async fetch(request: Request, env: FloorEnv): Promise<Response> {
    const path = new URL(request.url).pathname;
    if (path === "/fold") return fold(request, env);
    const bytes = new Uint8Array(await request.arrayBuffer());
    const events = JSON.parse(new TextDecoder().decode(bytes)) as FloorEvent[];
    if (path === "/append") await env.APPEND.getByName("0").append(bytes);
    return Response.json({ accepted: events.length }, { status: 202 });
  },
};
