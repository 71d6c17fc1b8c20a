import { rangeText } from "../../format.ts";
import type { Interval } from "./usage-types.ts";

/** Where a share lies in 95 of 100 such groups of accounts; nothing where there are too few accounts to say. */
export const LikelyRange = ({ of }: { of: Interval | null }) =>
  of === null ? null : <span class="quiet usage-needed">{rangeText(of)}</span>;

/** What a range is, once for each table that has them. */
export const AboutRanges = () => (
  <p class="quiet usage-note">
    Ranges: where the share would lie in 95 of 100 groups of accounts like these; people of one account are alike, and the ranges allow for
    it. Without a range there are fewer than five accounts, or a few of them have most of the people. Where all or none did it, each account
    counts as one person: nothing shows how alike people are.
  </p>
);
