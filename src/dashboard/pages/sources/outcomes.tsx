import type { DeliveryDetail, DeliveryItem, DeliveryReason } from "../../api-types.ts";
import { detailText } from "../../faults.ts";
import { countText } from "../../format.ts";
import { deliveryWords, eventOutcomeWords, outcomeWords } from "../../words.ts";
import { StateBadge, type Tone } from "../../ui/figures.tsx";
import type { IconName } from "../../ui/icons.tsx";

const looks: Readonly<Record<DeliveryDetail["status"], { readonly tone: Tone; readonly icon: IconName }>> = {
  settled: { tone: "good", icon: "healthy" },
  waiting: { tone: "none", icon: "late" },
  stuck: { tone: "bad", icon: "alert" },
  archived: { tone: "none", icon: "dead" },
};

export const DeliveryBadge = ({ status }: { status: DeliveryDetail["status"] }) => (
  <StateBadge tone={looks[status].tone} icon={looks[status].icon}>
    {deliveryWords[status]}
  </StateBadge>
);

const outcomesInOrder = Object.keys(outcomeWords) as (keyof typeof outcomeWords)[];

/** What became of the events of one delivery; outcomes of nobody are left out. */
export function Outcomes({ delivery }: { delivery: Pick<DeliveryItem, "outcomes" | "rejected"> }) {
  const present = outcomesInOrder.filter((name) => delivery.outcomes[name] > 0);
  return (
    <span class="outcomes">
      {present.map((name) => (
        <span
          key={name}
          title={outcomeWords[name].title}
          class={name === "quarantined" || name === "deadLettered" ? "outcome-bad" : undefined}
        >
          {countText(delivery.outcomes[name])} {outcomeWords[name].word}
        </span>
      ))}
      {delivery.rejected > 0 ? (
        <span class="outcome-bad" title={eventOutcomeWords.rejected.title}>
          {countText(delivery.rejected)} {eventOutcomeWords.rejected.word}
        </span>
      ) : null}
      {present.length === 0 && delivery.rejected === 0 ? <span class="quiet">no events in it</span> : null}
    </span>
  );
}

/** Why events did not count, in the server's own words. */
export function Reasons({ reasons }: { reasons: readonly DeliveryReason[] }) {
  if (reasons.length === 0) return null;
  return (
    <ul class="delivery-reasons">
      {reasons.map((reason) => (
        <li key={`${reason.outcome} ${reason.reason}`} class="hint">
          {countText(reason.events)} {eventOutcomeWords[reason.outcome].word}: {detailText(reason.detail)}
        </li>
      ))}
    </ul>
  );
}
