import { expect, it } from "vitest";
import { splitByStage } from "../../scripts/bench/cpu-profile.ts";
import { toSplitTable } from "../../scripts/bench/report.ts";

const node = (id: number, functionName: string, children: number[] = []) => ({
  id,
  callFrame: { functionName, url: "worker.js", lineNumber: id },
  children,
});

it("gives a sample to the innermost stage on its stack, leaves idle time out and sums to one", () => {
  const profile = {
    nodes: [
      node(1, "(root)", [2, 6, 7]),
      node(2, "receive", [3, 4]),
      node(3, "parseJson"),
      node(4, "append", [5]),
      node(5, "exec"),
      node(6, "(idle)"),
      node(7, "(program)"),
    ],
    samples: [3, 5, 6, 7],
    timeDeltas: [20, 60, 900, 20],
    startTime: 0,
    endTime: 1_000,
  };
  const { shares, hottest, busySamples } = splitByStage(profile, { append: [/^append$/], door: [/^receive$/] });
  expect(shares).toEqual({ door: 0.2, append: 0.6, runtime: 0.2 });
  expect(hottest[0]).toEqual({ name: "append: exec:5", share: 0.6 });
  expect(busySamples).toBe(3);
});

it("tells a run's stages by their size, and leaves out what is nearly nothing and runs without a profile", () => {
  const table = toSplitTable({ "G3 100 accounts": { events: 1, shares: { door: 0.2, fold: 0.795, settle: 0.005 } }, steps: { door: 1.4 } });
  expect(table.split("\n").slice(2)).toEqual(["| G3 100 accounts | fold 80 %, door 20 % |"]);
  expect(toSplitTable({ steps: { door: 1.4 } })).toBe("");
});
