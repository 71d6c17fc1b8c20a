import { fromLine } from "../event.ts";
import { packOfWhole, type Pack, type PackRoute } from "../intake/pack.ts";
import { packEventsMax, packGzipBytesMax } from "../limits.ts";

/**
 * Cuts the lines an account gives back into groups that make one pack each. Three bytes a character is the most that UTF-8 needs,
 * so a group fits a message even if it does not compress; a single larger line travels alone.
 */
export function cutGivenBack(lines: readonly string[]): string[][] {
  const groups: string[][] = [];
  let bytes = 0;
  for (const line of lines) {
    const open = groups.at(-1);
    if (open === undefined || open.length >= packEventsMax || bytes + line.length * 3 > packGzipBytesMax) {
      groups.push([line]);
      bytes = 0;
    } else open.push(line);
    bytes += line.length * 3;
  }
  return groups;
}

/** The pack of such a group. Its routes are the events' own keys: what they lead to now is decided where the pack is consumed. */
export function givenBackPack(id: string, shard: string, lines: readonly string[]): Pack {
  const routes: PackRoute[] = [];
  const routeIndex = new Map<string, number>();
  const routeOf = lines.map((line) => {
    const { keys, mayCreate } = fromLine(line);
    const name = `${mayCreate === true ? 1 : 0}\n${keys.join("\n")}`;
    let index = routeIndex.get(name);
    if (index === undefined) routeIndex.set(name, (index = routes.push({ keys, mayCreate: mayCreate === true }) - 1));
    return index;
  });
  const header = { id, origin: { kind: "account" as const, name: shard }, plan: 0, events: lines.length, routes, routeOf, watermarks: {} };
  return packOfWhole(header, lines);
}
