import { fromLine } from "../event.ts";
import { packOfWhole, type Pack, type PackRoute } from "../intake/pack.ts";
import { packEventsMax, packGzipBytesMax } from "../limits.ts";

/** A stored row on its way out; `body` is its event lines joined by "\n". */
export type FreedRow = {
  readonly id: number;
  readonly mayCreate: boolean;
  readonly events: number;
  readonly bytes: number;
  readonly body: string;
};

/** Which of the waiting rows, in order, make the next pack: whole rows, so that the pack is the same whenever it is built again. */
export function takeForPack(rows: readonly Pick<FreedRow, "id" | "events" | "bytes">[]): readonly number[] {
  const ids: number[] = [];
  let bytes = 0;
  let events = 0;
  for (const row of rows) {
    if (ids.length > 0 && (bytes + row.bytes > packGzipBytesMax || events + row.events > packEventsMax)) break;
    ids.push(row.id);
    bytes += row.bytes;
    events += row.events;
  }
  return ids;
}

/** The pack of these rows. Its routes are the events' own keys: what they lead to is decided where the pack is consumed. */
export function freedPack(id: string, originName: string, rows: readonly FreedRow[]): Pack {
  const lines: string[] = [];
  const routes: PackRoute[] = [];
  const routeOf: number[] = [];
  const known = new Map<string, number>();
  for (const row of rows) {
    for (const line of row.body.split("\n")) {
      const keys = fromLine(line).keys;
      const name = `${row.mayCreate ? 1 : 0}\n${keys.join("\n")}`;
      let route = known.get(name);
      if (route === undefined) {
        route = routes.push({ keys, mayCreate: row.mayCreate }) - 1;
        known.set(name, route);
      }
      lines.push(line);
      routeOf.push(route);
    }
  }
  const header = {
    id,
    origin: { kind: "directory" as const, name: originName },
    plan: 0,
    events: lines.length,
    routes,
    routeOf,
    watermarks: {},
  };
  return packOfWhole(header, lines);
}
