import { expect, test } from "vitest";
import { emptyAccount } from "../../../src/domain/account/folded.ts";
import { profileOf } from "../../../src/domain/analytics/profile.ts";
import { TouchLog } from "../../../src/domain/analytics/touches.ts";
import { analysisTouchesMax, analysisTouchesPerPersonMax } from "../../../src/domain/limits.ts";
import { event } from "../../support/account-builders.ts";

const account = profileOf(emptyAccount("acme"), { number: 0, segment: null, groupedBy: null });
const by = (person: string, i: number) => event({ id: `${person}-${i}`, user: { id: person } });
const people = (log: TouchLog): number[] => [...log.actors()].flatMap(([, actors]) => [...actors].map((touches) => touches.length));

test("what a shard remembers is bounded: beyond, half of the people stand for all, each with all they did", () => {
  const log = new TouchLog("people");
  const each = 50;
  const actors = (analysisTouchesMax * 1.2) / each;
  for (let i = 0; i < each; i++) for (let person = 0; person < actors; person++) log.add(account, by(`p${person}`, i), 1);
  const kept = people(log);
  expect(log.scale).toBe(2);
  expect(new Set(kept)).toEqual(new Set([each]));
  const { people: estimated, variance } = log.summary();
  expect(Math.abs(estimated - actors)).toBeLessThan(4 * Math.sqrt(variance));
});

test("a program that does more than people can pushes nobody out", () => {
  const log = new TouchLog("people");
  log.add(account, by("ann", 0), 1);
  for (let i = 0; i < analysisTouchesMax + 10; i++) log.add(account, by("robot", i), 1);
  expect(people(log).sort((a, b) => a - b)).toEqual([1, analysisTouchesPerPersonMax]);
  expect(log.scale).toBe(1);
});
