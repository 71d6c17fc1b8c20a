import { IntakeShard } from "../../durable-objects/intake-shard.ts";
import type { DeadLetterCopy } from "../../src/domain/intake/dead-letter.ts";
import type { ArchiveObject, IntakePorts, Mapper, Step } from "../../src/ingest/intake/ports.ts";
import type { IntakePolicy } from "../../src/ingest/intake/state.ts";
import { within } from "../../src/platform/within.ts";

/** What becomes of a call to something outside of the shard. `hangs` fails late, as the adapters' own timeouts make it. */
export type Fault = "works" | "fails" | "hangs" | "loses" | "doubles";

const HANG_MS = 150;

/** What a test does to the shard of a name, over all of its lives, and what it has seen go out. */
export type IntakeFaults = {
  queue: Fault;
  archive: Fault;
  letters: Fault;
  policy: Partial<IntakePolicy>;
  map: Mapper | null;
  /** The life that comes to this step stays there until it is killed or `releases` rises. */
  holdAt: Step | null;
  /** Steps reached, in order, over all lives. */
  readonly steps: Step[];
  /** Messages the queue has taken, one list a call. */
  readonly sent: Uint8Array[][];
  readonly puts: ArchiveObject[];
  readonly copies: DeadLetterCopy[];
  readonly reports: { what: string; facts: Readonly<Record<string, unknown>> }[];
  /** Raised to let go what is held. (Polled: a promise may not be resolved from another object's context.) */
  releases: number;
};

const byName = new Map<string, IntakeFaults>();

/** Faults for the shard of this name, from its first life on. Shards without an entry are the real ones. */
export function faultsFor(name: string, faults: Partial<IntakeFaults> = {}): IntakeFaults {
  const all: IntakeFaults = {
    queue: "works",
    archive: "works",
    letters: "works",
    policy: {},
    map: null,
    holdAt: null,
    steps: [],
    sent: [],
    puts: [],
    copies: [],
    reports: [],
    releases: 0,
    ...faults,
  };
  byName.set(name, all);
  return all;
}

async function strike(fault: Fault, work: () => Promise<unknown> | void): Promise<void> {
  if (fault === "fails") throw new Error("struck by the test");
  if (fault === "hangs") await within(HANG_MS, new Promise(() => undefined));
  if (fault === "loses") return;
  await work();
  if (fault === "doubles") await work();
}

/** The real shard with its ports in a test's hands. The queues are captured; the archive is the real bucket behind its faults. */
export class FaultyIntakeShard extends IntakeShard {
  private faults(): IntakeFaults | undefined {
    return byName.get(this.ctx.id.name ?? "");
  }

  protected override policy(): IntakePolicy {
    return { ...super.policy(), ...this.faults()?.policy };
  }

  protected override ports(): IntakePorts {
    const real = super.ports();
    const faults = this.faults();
    if (faults === undefined) return real;
    return {
      ...real,
      queue: {
        send: (messages) =>
          strike(faults.queue, () => {
            faults.sent.push([...messages]);
          }),
      },
      archive: {
        put: async (object) => {
          let key = object.key;
          await strike(faults.archive, async () => {
            faults.puts.push(object);
            key = await real.archive.put(object);
          });
          return key;
        },
      },
      deadLetters: {
        send: (letters) =>
          strike(faults.letters, () => {
            faults.copies.push(...letters);
          }),
      },
      map: (delivery) => (faults.map ?? real.map)(delivery),
      reach: async (step) => {
        faults.steps.push(step);
        if (faults.holdAt !== step) return;
        const { releases } = faults;
        while (faults.releases === releases) await new Promise((resolve) => setTimeout(resolve, 3));
      },
      report: (what, facts) => {
        faults.reports.push({ what, facts });
      },
    };
  }
}
