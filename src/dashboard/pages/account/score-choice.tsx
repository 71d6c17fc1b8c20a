import type { AccountScore } from "../../api-types.ts";
import { scoreText } from "../../format.ts";
import { setQuery } from "../../router.ts";
import { scorecardTitle } from "../../words.ts";
import { BandBadge } from "../../ui/figures.tsx";

/**
 * The scores of an account side by side; the one that is pressed is explained below. Of an account with one score there is nothing to choose.
 *
 * @param chosen key of the scorecard; null: the account's own
 */
export function ScoreChoice({ scores, chosen }: { scores: readonly AccountScore[]; chosen: string | null }) {
  const [own] = scores;
  if (own === undefined || scores.length < 2) return null;
  return (
    <div class="score-choice" role="group" aria-label="By which scorecard">
      {scores.map((one) => (
        <button
          key={one.scorecard}
          type="button"
          aria-pressed={one.scorecard === (chosen ?? own.scorecard)}
          onClick={() => setQuery({ card: one === own ? null : one.scorecard, measure: null })}
        >
          <span class="score-choice-name">{scorecardTitle(one.scorecard)}</span>
          <span class="score-choice-score">{scoreText(one.score)}</span>
          <BandBadge band={one.band} />
          {one === own ? <span class="quiet">its own</span> : null}
        </button>
      ))}
    </div>
  );
}
