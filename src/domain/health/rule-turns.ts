import type { ActiveConfig } from "../config/active.ts";
import { ruleTurnsMax } from "../limits.ts";
import type { ConfigAt } from "./account-health.ts";

/** A stretch of time whose two ends are judged alike, or by what stands for the same rules under another number. Epoch ms. */
export type Stage = { readonly from: number; readonly to: number; readonly first: ActiveConfig; readonly last: ActiveConfig };

/**
 * When other rules came into force after `from`, up to `to`, oldest first. Of more than `ruleTurnsMax` the newest: what the older ones did is
 * then told with the first that is left.
 *
 * @param config in force at `to` or later
 */
export const turnsBetween = ({ since, before }: Pick<ActiveConfig, "since" | "before">, from: number, to: number): readonly number[] =>
  [since, ...before.map(({ at }) => at)]
    .filter((at) => at > from && at <= to)
    .slice(0, ruleTurnsMax)
    .reverse();

/**
 * The way from one instant to another by the rules of its time. Rules that came back are taken as if they had never gone: what was published
 * and rolled back in between has no stage of its own.
 */
export function stagesBetween(configAt: ConfigAt, from: number, to: number): readonly Stage[] {
  const turns = turnsBetween(configAt(to).config, from, to);
  const stages = [from, ...turns].map((at, i): Stage => {
    const { config } = configAt(at);
    return { from: at, to: turns[i] ?? to, first: config, last: i === turns.length ? configAt(to).config : config };
  });
  return withoutDetours(stages);
}

function withoutDetours(stages: readonly Stage[]): readonly Stage[] {
  const kept: Stage[] = [];
  for (let i = 0; i < stages.length;) {
    const one = stages[i] as Stage;
    const back = stages.findLastIndex((other) => isSameRules(one.last, other.last));
    kept.push({ ...one, to: (stages[back] as Stage).to, last: (stages[back] as Stage).last });
    i = back + 1;
  }
  return kept;
}

const isSameRules = (a: ActiveConfig, b: ActiveConfig): boolean =>
  a === b || (a.written === b.written && a.statistics?.version === b.statistics?.version);
