import { percentText } from "../../format.ts";
import type { Share } from "../../api-types.ts";

const width = 160;
const height = 16;

/** A share with its interval as a bar; `mark` is a line to compare it with. The words beside it carry the same figures. */
export function ShareBar({ share, mark, most }: { share: Share; mark?: number; most: number }) {
  const x = (value: number): number => (most === 0 ? 0 : (value / most) * (width - 2));
  const label = `${percentText(share.share, 1)} lost, between ${percentText(share.low, 1)} and ${percentText(share.high, 1)}${mark === undefined ? "" : `, ${percentText(mark, 1)} foretold`}`;
  return (
    <svg class="share-bar" viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={label}>
      <title>{label}</title>
      <rect class="share-value" x="0" y="3" width={x(share.share)} height="10" />
      <path class="share-interval" d={`M${x(share.low)} 8H${x(share.high)}`} />
      {mark === undefined ? null : <path class="share-mark" d={`M${x(mark) + 1} 0V16`} />}
    </svg>
  );
}
