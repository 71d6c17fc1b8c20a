import { intakeShardsMax } from "../limits.ts";
import { invariant } from "../result.ts";

/** How many objects there are. Held by the intake shard named "0", cached by everyone; a change takes effect within a minute. */
export type Topology = {
  /** Account shards; 0 means an object per account. Recorded at the first start, then fixed. */
  readonly accountShards: number;
  readonly intakeShards: number;
  /** The highest N ever used: every shard up to here is swept. */
  readonly intakeShardsHighest: number;
  /** Product settings the doors need with D1 down. */
  readonly createAccountsFromEvents: boolean;
  /** Raised by every change; the higher one wins. */
  readonly version: number;
};

/** Topology at the first start of a deployment. */
export const firstTopology = (accountShards: number): Topology => {
  invariant(Number.isInteger(accountShards) && accountShards >= 0, "ACCOUNT_SHARDS is a whole number, 0 or more");
  return { accountShards, intakeShards: 1, intakeShardsHighest: 1, createAccountsFromEvents: true, version: 1 };
};

/**
 * Changes the numbers that may change. `accountShards` is recorded at the first start and stays: another number would look for every
 * account in the wrong place, so a change of it is a rebuild from the archive. `intakeShards` is kept within 1 and its bound.
 * The version rises only if something is different.
 */
export function changeTopology(topology: Topology, change: Partial<Omit<Topology, "version" | "intakeShardsHighest">>): Topology {
  const intakeShards = Math.min(intakeShardsMax, Math.max(1, Math.trunc(change.intakeShards ?? topology.intakeShards)));
  const createAccountsFromEvents = change.createAccountsFromEvents ?? topology.createAccountsFromEvents;
  if (intakeShards === topology.intakeShards && createAccountsFromEvents === topology.createAccountsFromEvents) return topology;
  return {
    ...topology,
    intakeShards,
    intakeShardsHighest: Math.max(topology.intakeShardsHighest, intakeShards),
    createAccountsFromEvents,
    version: topology.version + 1,
  };
}
