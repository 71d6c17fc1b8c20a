import { api } from "../../api.ts";
import type { ScorecardDocument } from "../../api-types.ts";
import { useResource } from "../../resource.ts";
import { scorecardKeyOf } from "../../words.ts";

/**
 * The scorecard that a reading names by its version (`standard@3`; what ships is version 0); null until it is known, and for whoever may not
 * read scorecards.
 */
export function useScorecard(named: string | null): ScorecardDocument | null {
  const key = scorecardKeyOf(named ?? "");
  const version = Number(/@(\d+)/.exec(named ?? "")?.[1] ?? 0);
  const read = useResource(named === null ? null : `config scorecards/${key} ${version}`, (signal) =>
    api.config("scorecards", key, version, signal),
  );
  return (read.data?.document ?? null) as unknown as ScorecardDocument | null;
}
