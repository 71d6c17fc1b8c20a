import type { ConfigContent, SegmentsDocument } from "../../api-types.ts";
import { conditionText } from "./assignment.ts";

const ScorecardLink = ({ id }: { id: string }) => <a href={`/settings/scorecards/${encodeURIComponent(id)}`}>{id}</a>;

/** The scorecards whose scores stand beside. */
const Beside = ({ ids }: { ids: readonly string[] }) =>
  ids.length === 0 ? null : (
    <span class="quiet">
      {" "}
      and beside it{" "}
      {ids.map((id, index) => (
        <span key={id}>
          {index === 0 ? "" : ", "}
          <ScorecardLink id={id} />
        </span>
      ))}
    </span>
  );

/** Segments as sentences. Of a document that is not whole yet nothing is shown: the faults below say why. */
export function SegmentList({ document }: { document: ConfigContent }) {
  const segments = readable(document);
  if (segments === null) return null;
  return (
    <ol class="segment-list">
      {segments.segments.map((segment) => (
        <li key={segment.key}>
          <strong>{segment.title}</strong>: {segment.when.map(conditionText).join(" and ")} → scorecard{" "}
          <ScorecardLink id={segment.scorecard ?? segments.scorecard} />
          <Beside ids={segment.sideScorecards ?? segments.sideScorecards ?? []} />
        </li>
      ))}
      <li>
        <strong>{segments.segments.length === 0 ? "Every account" : "Every other account"}</strong> → scorecard{" "}
        <ScorecardLink id={segments.scorecard} />
        <Beside ids={segments.sideScorecards ?? []} />
      </li>
    </ol>
  );
}

const isCondition = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as { attribute?: unknown }).attribute === "string" &&
  (!["is", "is_not"].includes(String((value as { op?: unknown }).op)) || Array.isArray((value as { values?: unknown }).values));

const isNames = (value: unknown): boolean => Array.isArray(value) && value.every((one) => typeof one === "string");

/** Null where a document is not whole. */
export function readable(document: ConfigContent): SegmentsDocument | null {
  const { scorecard, segments, sideScorecards = [] } = document as { scorecard?: unknown; segments?: unknown; sideScorecards?: unknown };
  if (typeof scorecard !== "string" || !Array.isArray(segments) || !isNames(sideScorecards)) return null;
  const whole = segments.every(
    (segment: { when?: unknown; sideScorecards?: unknown } | null) =>
      typeof segment === "object" &&
      Array.isArray(segment?.when) &&
      segment.when.every(isCondition) &&
      isNames(segment.sideScorecards ?? []),
  );
  return whole ? (document as unknown as SegmentsDocument) : null;
}
