import type { PackedEdge } from "../account/edge.ts";
import type { ServedLine } from "../account/account-change.ts";
import type { StoredPages } from "../account/account-pages.ts";
import type { Band, HealthDocument } from "../health/document.ts";
import type { HeldBand } from "../health/held-band.ts";
import type { SourceReach } from "../source-reach.ts";
import type { IdDigestJson, IdRange } from "./id-digest.ts";

/** Lines of an account that lie in one range of the archive. `key` null: the shard knows of no object with them. */
export type ArchivedRange = { readonly fromSeq: number; readonly toSeq: number; readonly key: string | null; readonly lines: number };

/** Whether what was recomputed of an account without these marks is still the beginning of what it is: JSON, compared as it is. */
export type AccountMarks = {
  /** Keys of which it has given back what they brought, below a version. */
  readonly released: readonly (readonly [key: string, version: number])[];
  /** Journal rows up to this one have been given away. */
  readonly leftSeq: number;
  /** Keys of the fields of events that it counts, sorted; absent where it counts none. */
  readonly counted?: readonly string[];
};

/** A line of the journal that is not in the archive yet, or not in the pages. */
export type TailLine = {
  readonly seq: number;
  readonly edge: PackedEdge;
  readonly late: boolean;
  readonly held: boolean;
  readonly line: string;
};

export type CheckedScores = Pick<HealthDocument, "score" | "computedScore" | "scoreBeforeCaps">;

/** UTC days, both included; `last` may be Infinity. */
export type DaySlice = { readonly first: number; readonly last: number };

/**
 * A band as it is shown, and what is held. What is held depends on when one looked, so it cannot be recomputed; what is shown now follows from it
 * and from the score.
 */
export type CheckedBand = { readonly held: HeldBand | null; readonly shown: Band };

/** What is served of a scorecard beside the account's own. */
export type CheckedSide = CheckedBand & { readonly scorecard: string; readonly score: number | null };

/** One account as it stands in its shard, at one instant between two calls. */
export type LiveAccount = {
  readonly id: string;
  readonly marks: AccountMarks;
  /** As stored; null: none were written yet, or older code wrote them. */
  readonly pages: StoredPages | null;
  /** Journal rows up to this one are in the pages; null: older code wrote them. */
  readonly pagedSeq: number | null;
  /** Lines later than the pages or than the archive. */
  readonly tail: readonly TailLine[];
  /** As it is served. */
  readonly events: number;
  readonly scores: CheckedScores;
  readonly band: CheckedBand;
  readonly sides: readonly CheckedSide[];
  /** The rules by which its bands were held could all be had. Absent in answers of older code, which looked at those in force alone. */
  readonly areRulesHad?: boolean;
  /** Of accounts whose turn it is; null: of others, and where none is kept. */
  readonly scoreLine: ServedLine | null;
  /** The same; null also where there are more ids than one call looks at. */
  readonly ids: IdDigestJson | null;
  /** Days that are in `pages`: an account that is too large is compared in part. Null: all. */
  readonly days: DaySlice | null;
};

/** Why an account is not compared: its events are held, belong to another, or are more than one call carries; `left`: it is still to be folded again. */
export type NotChecked = "set_aside" | "merged" | "too_large" | "left";

/** Which checkpoints of the shard's accounts are whole: `checkpoints/v1/{shard}/{generation}/0…pages-1`. */
export type CheckpointSet = { readonly generation: number; readonly pages: number };

/** Accounts of a shard in the order of their ids. */
export type LivePage = {
  /** Product time at which all of it was read, epoch ms. */
  readonly now: number;
  /** Journal rows up to this one are in the archive. */
  readonly archivedSeq: number;
  /** By which configuration and table of rates (0: none) it scores. */
  readonly configVersion: number;
  readonly ratesVersion: number;
  /** How far the sources are, as the shard knew it: scores depend on it. */
  readonly sources: SourceReach;
  readonly checkpoints: CheckpointSet | null;
  /** By which its ids are hashed, and of which days they are told. */
  readonly idKey: readonly [number, number];
  readonly idDays: IdRange;
  readonly accounts: readonly LiveAccount[];
  readonly notChecked: readonly { readonly id: string; readonly why: NotChecked }[];
  /** The last account looked at; null: there are no more. */
  readonly next: string | null;
};
