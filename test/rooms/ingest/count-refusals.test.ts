import { expect, it } from "vitest";
import type { SourceFault } from "../../../src/domain/intake/source-fault.ts";
import { refusalsCountedMax, refusalsWriteEveryMs } from "../../../src/domain/limits.ts";
import { countRefusals } from "../../../src/ingest/count-refusals.ts";

const counted = (fault: SourceFault): number => fault.hours.reduce((sum, [, refused]) => sum + refused, 0);

/** A clock that is moved by hand, and everything that was written. */
function world() {
  let wallMs = 1_000_000;
  const due: { at: number; work: () => Promise<void> }[] = [];
  const written: SourceFault[] = [];
  const faults = { isDown: false };
  const refuse = countRefusals({
    now: () => wallMs,
    wallNow: () => wallMs,
    write: async (fault) => {
      if (faults.isDown) throw new Error("struck by the test");
      written.push(fault);
    },
    later: (ms, work) => void due.push({ at: wallMs + ms, work }),
  });
  const pass = async (ms: number): Promise<void> => {
    wallMs += ms;
    for (const { work } of due.splice(0).filter((one) => (one.at <= wallMs ? true : !due.push(one)))) await work();
  };
  /** The platform ends what is waited for. */
  const cutOff = (): void => void due.splice(0);
  return { refuse, pass, written, faults, cutOff };
}
const refusal = (connectionId = "c", reason = "signature_mismatch") => ({
  connectionId,
  connector: "zendesk",
  stream: "webhook",
  reason,
  detail: "",
});

it("the first refusal is written at once, a flood behind it as one figure after a while, and none is left out", async () => {
  const { refuse, pass, written } = world();
  refuse(refusal());
  await pass(0);
  expect(written.map(counted)).toEqual([1]);
  for (let i = 0; i < 100_000; i++) refuse(refusal("c", i % 2 === 0 ? "signature_mismatch" : "signature_missing"));
  await pass(refusalsWriteEveryMs - 1);
  expect(written).toHaveLength(1);
  await pass(1);
  expect(written.map(counted)).toEqual([1, 100_000]);
  expect(written.at(-1)?.last).toMatchObject({ kind: "refused", reason: "signature_missing" });
  await pass(refusalsWriteEveryMs);
  expect(written).toHaveLength(2);
});

it("what could not be written goes with the next", async () => {
  const { refuse, pass, written, faults } = world();
  faults.isDown = true;
  refuse(refusal());
  await pass(0);
  faults.isDown = false;
  refuse(refusal());
  await pass(refusalsWriteEveryMs);
  expect(written.map(counted)).toEqual([2]);
});

it("an isolate counts a bounded number of streams, and makes room when they are quiet", async () => {
  const { refuse, pass, written } = world();
  for (let i = 0; i <= refusalsCountedMax; i++) refuse(refusal(`c${i}`));
  await pass(0);
  expect(written).toHaveLength(refusalsCountedMax);
  await pass(refusalsWriteEveryMs);
  refuse(refusal("late"));
  await pass(0);
  expect(written.at(-1)?.connectionId).toBe("late");
});

it("what was cut off before it was written goes with the next refusal", async () => {
  const { refuse, pass, written, cutOff } = world();
  refuse(refusal());
  await pass(0);
  refuse(refusal());
  cutOff();
  await pass(2 * refusalsWriteEveryMs);
  refuse(refusal());
  await pass(0);
  expect(written.map(counted)).toEqual([1, 2]);
});
