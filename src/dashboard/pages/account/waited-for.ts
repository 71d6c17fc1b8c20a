import type { Health } from "../../api-types.ts";

/** A sender that is behind, since when, and the dimensions of the score that wait for it. */
export type WaitedFor = { readonly connectionId: string; readonly knownTo: number; readonly dimensions: readonly string[] };

/** Who holds measures of this account, the one that has been silent longest first. */
export function waitedFor({ dimensions }: Pick<Health, "dimensions">): readonly WaitedFor[] {
  const senders = new Map<string, { knownTo: number; titles: Set<string> }>();
  for (const { title, measures } of dimensions)
    for (const { connectionId, knownTo } of measures.flatMap((measure) => measure.waitsFor ?? [])) {
      const at = Date.parse(knownTo);
      const known = senders.get(connectionId) ?? { knownTo: at, titles: new Set<string>() };
      known.knownTo = Math.min(known.knownTo, at);
      known.titles.add(title);
      senders.set(connectionId, known);
    }
  return [...senders]
    .map(([connectionId, { knownTo, titles }]) => ({ connectionId, knownTo, dimensions: [...titles] }))
    .sort((a, b) => a.knownTo - b.knownTo);
}
