import type { ConfigContent, SegmentsDocument } from "../../api-types.ts";
import { conditionText } from "./assignment.ts";

/** Segments as sentences. Of a document that is not whole yet nothing is shown: the faults below say why. */
export function SegmentList({ document }: { document: ConfigContent }) {
  const segments = readable(document);
  if (segments === null) return null;
  return (
    <ol class="segment-list">
      {segments.segments.map((segment) => (
        <li key={segment.key}>
          <strong>{segment.title}</strong>: {segment.when.map(conditionText).join(" and ")} → scorecard{" "}
          <a href={`/settings/scorecards/${encodeURIComponent(segment.scorecard ?? segments.scorecard)}`}>
            {segment.scorecard ?? segments.scorecard}
          </a>
        </li>
      ))}
      <li>
        <strong>{segments.segments.length === 0 ? "Every account" : "Every other account"}</strong> → scorecard{" "}
        <a href={`/settings/scorecards/${encodeURIComponent(segments.scorecard)}`}>{segments.scorecard}</a>
      </li>
    </ol>
  );
}

const isCondition = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as { attribute?: unknown }).attribute === "string" &&
  (!["is", "is_not"].includes(String((value as { op?: unknown }).op)) || Array.isArray((value as { values?: unknown }).values));

function readable(document: ConfigContent): SegmentsDocument | null {
  const { scorecard, segments } = document as { scorecard?: unknown; segments?: unknown };
  if (typeof scorecard !== "string" || !Array.isArray(segments)) return null;
  const whole = segments.every(
    (segment: { when?: unknown } | null) => typeof segment === "object" && Array.isArray(segment?.when) && segment.when.every(isCondition),
  );
  return whole ? (document as unknown as SegmentsDocument) : null;
}
