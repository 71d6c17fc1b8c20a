import type { PathFailpoint } from "../../src/platform/failpoint.ts";
import type { Target } from "./victim.ts";

/** One kill: where the code is to stand when it comes (null: wherever it is), and who is killed. */
export type Kill = { readonly at: PathFailpoint | null; readonly target: Target };

/** The phases that a run must have struck, by what the point means for what is durable. */
export const phases: Readonly<Record<PathFailpoint, string>> = {
  "append:before-commit": "append",
  "append:after-commit": "append",
  "flush:segment-committed": "flush",
  "flush:packs-sent": "flush",
  "archive:before-put": "archive",
  "archive:after-put": "between archive and settle",
  "settle:before-commit": "between archive and settle",
  "settle:after-commit": "settle",
  "consume:before-apply": "consume",
  "consume:after-apply": "consume",
  "apply:before-commit": "apply",
  "apply:after-commit": "apply",
};
export const phasesThatMustBeStruck = ["append", "between archive and settle", "apply"] as const;

const points = Object.keys(phases) as PathFailpoint[];
const targets: readonly Target[] = ["host and workerd", "workerd"];

/** Every point with both processes and with workerd alone; then hosts alone, whose runtime goes on as an orphan; then anywhere. */
export const fullPlan: readonly Kill[] = [
  ...points.flatMap((at) => targets.map((target): Kill => ({ at, target }))),
  { at: "append:after-commit", target: "host" },
  { at: "apply:before-commit", target: "host" },
  { at: null, target: "host and workerd" },
  { at: null, target: "workerd" },
];

export const shortPlan: readonly Kill[] = [
  { at: "append:after-commit", target: "host and workerd" },
  { at: "archive:after-put", target: "workerd" },
  { at: "settle:before-commit", target: "host and workerd" },
  { at: "apply:before-commit", target: "workerd" },
];
