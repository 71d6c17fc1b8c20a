import { percentText } from "../../format.ts";

/** A share as a bar and in digits. */
export const ShareBar = ({ share }: { share: number | null }) => (
  <>
    <svg class="usage-bar" width="96" height="10" aria-hidden="true" focusable="false">
      <rect width={`${(share ?? 0) * 100}%`} height="10" />
    </svg>
    <span class="usage-share">{percentText(share)}</span>
  </>
);
