import { gunzipSync } from "node:zlib";
import { AccountShard } from "../../durable-objects/account-shard.ts";
import { newPaces, type Paces } from "../../durable-objects/account-shard/pace.ts";
import type { RefoldBounds } from "../../durable-objects/account-shard/rebuild.ts";
import { IntakeShard } from "../../durable-objects/intake-shard.ts";
import type { ApplyCall, ApplyReply } from "../../src/domain/account/messages.ts";
import type { FoldedAccount } from "../../src/domain/account/folded.ts";
import type { Event } from "../../src/domain/event.ts";
import { fromPackText, type PackReport } from "../../src/domain/intake/pack.ts";
import { EventOutcome } from "../../src/domain/outcome.ts";
import type { IntakePorts } from "../../src/ingest/intake/ports.ts";

/** Faults of ours, not of the platform: each must turn the simulation red, or it proves nothing. */
export type PlantedBug = "skip the dedupe" | "settle early" | "fold a ticket change twice" | "take a second copy for the first";

/** A few events are many: whatever is done in steps is, here, and what was made is stored after every second one. */
class SmallStepsAccountShard extends AccountShard {
  protected override refoldBounds(): RefoldBounds {
    return { linesPerStep: 8, rowsPerStep: 5, linesPerCheckpoint: 16, waitMs: 100 };
  }
}

/** Every event looks new: its id is another one each time it comes. */
class ForgetfulAccountShard extends SmallStepsAccountShard {
  private serial = 0;

  override async apply(call: ApplyCall): Promise<ApplyReply> {
    const lines = call.lines.replaceAll(/^\["(e\d+)"/gm, (_, id: string) => `["${id}-${this.serial++}"`);
    return super.apply({ ...call, lines });
  }
}

class DoubleFoldingAccountShard extends SmallStepsAccountShard {
  protected override fold(state: FoldedAccount, event: Event, now: number, late: boolean, origin?: string): void {
    super.fold(state, event, now, late, origin);
    if (event.type.startsWith("ticket.")) super.fold(state, event, now, late, origin);
  }
}

/** Takes a pack for settled once the queue has taken it. */
class HastyIntakeShard extends IntakeShard {
  protected override ports(): IntakePorts {
    const ports = super.ports();
    const send = async (messages: readonly Uint8Array[]): Promise<void> => {
      await ports.queue.send(messages);
      await this.settle(messages.map(asApplied));
    };
    return { ...ports, queue: { send } };
  }
}

/** A delivery that the door stored twice bears one name in both shards. */
class CopyBlindIntakeShard extends IntakeShard {
  protected override ports(): IntakePorts {
    const ports = super.ports();
    return { ...ports, map: ({ head, body }) => ports.map({ head: { ...head, copy: undefined }, body }) };
  }
}

function asApplied(message: Uint8Array): PackReport {
  const { header } = fromPackText(gunzipSync(message).toString());
  return {
    packId: header.id,
    plan: header.plan,
    outcomes: Array.from({ length: header.events }, () => EventOutcome.applied),
    reasons: [],
    appliedAt: 0,
  };
}

const intakeShards: Partial<Record<PlantedBug, typeof IntakeShard>> = {
  "settle early": HastyIntakeShard,
  "take a second copy for the first": CopyBlindIntakeShard,
};
const accountShards: Partial<Record<PlantedBug, typeof AccountShard>> = {
  "skip the dedupe": ForgetfulAccountShard,
  "fold a ticket change twice": DoubleFoldingAccountShard,
};

/** Classes of one run: its account shards rest from nothing that another has scored, whose time was another. */
export function classesWith(bug: PlantedBug | null): { IntakeShard: typeof IntakeShard; AccountShard: typeof AccountShard } {
  const paces = newPaces();
  const Shard = (bug === null ? undefined : accountShards[bug]) ?? SmallStepsAccountShard;
  class ShardOfThisRun extends Shard {
    protected override paces(): Paces {
      return paces;
    }
  }
  return { IntakeShard: (bug === null ? undefined : intakeShards[bug]) ?? IntakeShard, AccountShard: ShardOfThisRun };
}
