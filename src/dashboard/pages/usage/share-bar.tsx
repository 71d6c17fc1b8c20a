import { shareText } from "../../format.ts";
import { LikelyRange } from "./likely-range.tsx";
import type { Interval } from "./usage-types.ts";

/** A share as a bar and in digits, and how sure it is. */
export const ShareBar = ({ share, interval = null }: { share: number | null; interval?: Interval | null }) => (
  <>
    <svg class="usage-bar" width="96" height="10" aria-hidden="true" focusable="false">
      <rect width={`${(share ?? 0) * 100}%`} height="10" />
    </svg>
    <span class="usage-share">{shareText(share)}</span>
    <LikelyRange of={interval} />
  </>
);
