import type { RiskReport } from "../../api-types.ts";
import { StateBadge } from "../../ui/figures.tsx";
import { errorText, sampleOf, trialDaysText, trialsText } from "./risk-words.ts";

type Of = RiskReport["weights"][number];
type Trial = NonNullable<Of["tried"]>["trials"][number];

const keptWords: Readonly<Record<NonNullable<Trial["kept"]>, string>> = {
  nothing_measured: "Nothing to learn from yet",
  no_relation: "No relation found yet",
};

/** Whether other weights were closer to what came. */
function Result({ kept, gain }: Trial) {
  if (kept !== null) return <StateBadge tone="none">{keptWords[kept]}</StateBadge>;
  if (gain === null) return <StateBadge tone="none">Too little is known</StateBadge>;
  return gain.value > 0 ? <StateBadge tone="good">Better</StateBadge> : <StateBadge tone="warn">No better</StateBadge>;
}

function TrialRow({ of }: { of: Trial }) {
  return (
    <tr>
      <th scope="row" class="wrap">
        {trialDaysText(of)}
      </th>
      <td class="wrap" data-label="Learned from">
        {sampleOf(of.learnedFrom)}
      </td>
      <td class="wrap" data-label="Tried on">
        {sampleOf(of.triedOn)}
      </td>
      <td data-label="Result">
        <Result {...of} />
      </td>
      <td class="num" data-label="Error (95 % sure)">
        {of.kept === null && of.gain !== null ? errorText(of.gain) : "–"}
      </td>
    </tr>
  );
}

/** How other weights did, learned again and again and tried on the months that followed; nothing where they were never tried, or by an older report. */
export function Trials({ of }: { of: Of }) {
  if (of.tried === null) return null;
  return (
    <>
      <p>{trialsText(of.tried, of)}</p>
      <table class="table cards weight-trials">
        <caption class="changes-sum">Each trial: weights learned from all months before, as they were known then, against today’s</caption>
        <thead>
          <tr>
            <th scope="col">Ends of months tried</th>
            <th scope="col">Learned from</th>
            <th scope="col">Tried on</th>
            <th scope="col">Result</th>
            <th scope="col" class="num" title="How far what was foretold lay from what came (log-loss), against that of today’s weights">
              Error (95 % sure)
            </th>
          </tr>
        </thead>
        <tbody>
          {of.tried.trials.map((trial) => (
            <TrialRow key={trial.from} of={trial} />
          ))}
        </tbody>
      </table>
    </>
  );
}
