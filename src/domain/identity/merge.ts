import { mergeDepthMax } from "../limits.ts";
import { fail, ok, type Result } from "../result.ts";

/** What the directory knows of an account's merges: the newest one, or the newest time that it was taken back (`into` null). */
export type Merge = {
  readonly accountId: string;
  readonly into: string | null;
  /** Rises with every merge and unmerge of the account. */
  readonly version: number;
  readonly author: string;
  readonly reason?: string | undefined;
  readonly at: number;
};

export type MergeRequest = {
  readonly from: string;
  readonly into: string;
  readonly author: string;
  readonly reason?: string | undefined;
  readonly at: number;
};

/** Why two accounts are not merged, or not taken apart. */
export type MergeRefusal =
  | { readonly reason: "same_account" }
  /** `accountId`, one of the two, has been merged into another. */
  | { readonly reason: "merged_already"; readonly accountId: string; readonly into: string }
  | { readonly reason: "not_merged" }
  | { readonly reason: "chain_too_long" };

/** `changed` false: it is so already. */
export type MergeDecision = Result<{ readonly changed: boolean; readonly merge: Merge }, MergeRefusal>;

/**
 * Both accounts must stand for themselves, so no circle can come to be. What was merged into `from` before follows it.
 *
 * @param height accounts in the longest chain that ends in `from`, itself not counted
 */
export function decideMerge(
  { from, into, ...said }: MergeRequest,
  known: { readonly from: Merge | null; readonly into: Merge | null; readonly height: number },
): MergeDecision {
  if (from === into) return fail({ reason: "same_account" });
  if (known.from !== null && known.from.into === into) return ok({ changed: false, merge: known.from });
  for (const merge of [known.from, known.into])
    if (merge !== null && merge.into !== null) return fail({ reason: "merged_already", accountId: merge.accountId, into: merge.into });
  if (known.height + 1 > mergeDepthMax) return fail({ reason: "chain_too_long" });
  return ok({ changed: true, merge: { ...said, accountId: from, into, version: (known.from?.version ?? 0) + 1 } });
}

/** Takes a merge back: the account stands for itself again. */
export function decideUnmerge({ from, into, ...said }: MergeRequest, known: Merge | null): MergeDecision {
  if (known === null || known.into !== into) return fail({ reason: "not_merged" });
  return ok({ changed: true, merge: { ...said, accountId: from, into: null, version: known.version + 1 } });
}
