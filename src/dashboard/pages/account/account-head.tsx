import { useEffect } from "preact/hooks";
import { api } from "../../api.ts";
import type { Account, Attribute, HealthReading, Risk90 } from "../../api-types.ts";
import { serverNow } from "../../clock.ts";
import { countText, dateOnlyText, dayText, exactTimeText, percentText, plural } from "../../format.ts";
import { useResource } from "../../resource.ts";
import {
  arrText,
  attributeWords,
  bandWords,
  moveText,
  noRateText,
  quietText,
  riskSampleText,
  riskText,
  segmentText,
  vendorText,
  waitingText,
} from "../../words.ts";
import { Author } from "../../ui/author.tsx";
import { Explained } from "../../ui/explained.tsx";
import { Age, BandBadge, Points, Score } from "../../ui/figures.tsx";
import { Icon } from "../../ui/icons.tsx";
import { Moved } from "../../ui/moved.tsx";
import { daysBefore, weekQuery } from "./change-groups.ts";
import { showChanges } from "./show-changes.ts";

const dayMs = 86_400_000;
const headAttributes = ["owner", "segment", "plan", "lifecycleStage", "seats", "renewalDate"] as const;

const attributeText = (key: string, value: unknown): string => {
  if (key.endsWith("Date") && typeof value === "string") return dateOnlyText(value);
  if (typeof value === "string") return key === "segment" ? segmentText(value) : key === "lifecycleStage" ? vendorText(value) : value;
  if (typeof value === "number") return countText(value);
  return JSON.stringify(value);
};

const sourceText = (attribute: Attribute): string =>
  `From ${attribute.source.startsWith("person:") ? "a person" : attribute.source}, ${exactTimeText(Date.parse(attribute.asOf))}`;

/**
 * How many people use it: the distinct users of the 28 UTC days that end with today, as the lists and the measures count them. The day is
 * asked for whole: up to this instant the 28 days would begin with most of a 29th.
 */
function useActiveUsers(id: string, turn: number) {
  const users = useResource(`users ${id}`, (signal) => {
    const today = Math.floor(serverNow() / dayMs) * dayMs;
    const [from, to] = [new Date(today).toISOString(), new Date(today + dayMs).toISOString()];
    return api.metric(id, "active_users_28d", { from, to, step: "1d" }, signal);
  });
  useEffect(() => {
    if (turn > 0) users.reload();
  }, [turn]);
  return users.data?.points.at(-1)?.value ?? null;
}

/** That steadiness holds the band that is shown; nothing where it does not. */
export const WaitingNote = ({ waitingBand }: { waitingBand: HealthReading["waitingBand"] }) =>
  waitingBand === null ? null : (
    <p class="quiet">
      <Explained text={waitingText(waitingBand)}>Held</Explained> “{bandWords[waitingBand.band]}” follows <Age at={waitingBand.at} />
    </p>
  );

export type Overridden = Pick<HealthReading, "computedScore"> & { readonly override: NonNullable<HealthReading["override"]> };

/** That the score is what a person says, why and until when, and what is computed. */
const OverrideNote = ({ of: { computedScore, override } }: { of: Overridden }) => (
  <p class="overridden">
    <strong>Set by a person</strong>, computed: <Score value={computedScore} />
    <span class="quiet">
      {override.reason === null ? "" : ` “${override.reason}”`} (by <Author id={override.author} />, until{" "}
      <time title={override.expiresAt}>{dayText(Date.parse(override.expiresAt))}</time>)
    </span>
  </p>
);

function Reasons({ account }: { account: Account }) {
  if (account.moves.length === 0) return <p class="quiet">{quietText(account)}.</p>;
  return (
    <ol class="reasons">
      {account.moves.slice(0, 3).map((move) => (
        <li key={`${move.measure} ${move.cause} ${move.aspect ?? ""}`}>
          <Points value={move.delta} />
          <span>{moveText(move)}</span>
        </li>
      ))}
    </ol>
  );
}

export function AccountHead({
  account,
  risk,
  marked,
  people,
  turn,
  waitingBand,
  overridden,
}: {
  waitingBand: HealthReading["waitingBand"];
  /** The computed score beside what a person says in its place; null where nobody does. */
  overridden: Overridden | null;
  account: Account;
  /** Null where no forecast is made. */
  risk: Risk90 | null;
  marked: boolean;
  people: { openTickets: number; activeUsers28d: number } | null;
  turn: number;
}) {
  const read = useActiveUsers(account.id, turn);
  const users = people?.activeUsers28d ?? read;
  const others = Object.entries(account.attributes).filter(([key]) => !headAttributes.some((one) => one === key) && key !== "arr");
  return (
    <header class="account-head">
      <div class="account-title">
        <h1>{account.name ?? account.id}</h1>
        <p class="quiet">
          <span class="mono">{account.id}</span>
          {account.domains.length === 0 ? "" : ` · ${account.domains.join(", ")}`}
        </p>
      </div>
      {account.setAside === null ? null : (
        <div class="notice notice-warn" role="status">
          <Icon name="alert" />
          <span>
            New events of this account wait since <Age at={account.setAside.since} />: {account.setAside.reason}.{" "}
            {plural(account.setAside.heldEvents, "event")} kept; the score is from before.
          </span>
        </div>
      )}
      <div class="account-first">
        <div class={marked ? "account-score changed" : "account-score"} data-testid="score">
          <p class="account-figure">
            <Score value={account.score} />
            <span class="quiet"> of 100</span>
          </p>
          <BandBadge band={account.band} />
          <WaitingNote waitingBand={waitingBand} />
          {overridden === null ? null : <OverrideNote of={overridden} />}
          <p>
            <Moved of={account} unit>
              in 24 h
            </Moved>
          </p>
          <p class="quiet" title="Share of the scorecard's weight that is measured, fresh, and of sources whose data could be used">
            Confidence {percentText(account.confidence)}
            {overridden === null ? "" : " of the computed score"} · as of <Age at={account.asOf} />
          </p>
          {risk === null ? null : (
            <p
              class="account-risk"
              title="Learned each month from what became of accounts; another figure than the score, and no part of it"
            >
              {riskText(risk)} <a href="/settings/risk">{riskSampleText(risk)}</a>
            </p>
          )}
        </div>
        <div class="account-why">
          <h2>What moved it in 24 hours</h2>
          <Reasons account={account} />
          <div class="actions" role="group" aria-label="What changed over a longer time">
            <button type="button" class="button button-small" onClick={() => showChanges(weekQuery(serverNow()))}>
              Why last week?
            </button>
            <button type="button" class="button button-small" onClick={() => showChanges({ from: daysBefore(serverNow(), 30), to: null })}>
              Why in 30 days?
            </button>
          </div>
        </div>
        <dl class="account-facts">
          <div>
            <dt>People active in 28 days</dt>
            <dd>{countText(users)}</dd>
          </div>
          <div>
            <dt>Events counted</dt>
            <dd>{countText(account.events)}</dd>
          </div>
          <div>
            <dt>Last event</dt>
            <dd>
              <Age at={account.lastEventAt} never="None yet" />
            </dd>
          </div>
          {account.arr === null && account.arrUnconverted.length === 0 ? null : (
            <div>
              <dt>ARR</dt>
              <dd title={account.arr === null ? noRateText : undefined}>{arrText(account, "exact")}</dd>
            </div>
          )}
          {headAttributes.map((key) => {
            const attribute = account.attributes[key];
            return attribute === undefined || attribute.value === null ? null : (
              <div key={key}>
                <dt>{attributeWords.get(key)}</dt>
                <dd class="clip" title={`${attributeText(key, attribute.value)}. ${sourceText(attribute)}`}>
                  {attributeText(key, attribute.value)}
                </dd>
              </div>
            );
          })}
        </dl>
      </div>
      {others.length + Object.keys(account.externalIds).length === 0 ? null : (
        <details class="more">
          <summary>Attributes and ids</summary>
          <dl class="account-facts">
            {others.map(([key, attribute]) => (
              <div key={key}>
                <dt>{attributeWords.get(key) ?? key}</dt>
                <dd title={sourceText(attribute)}>{attributeText(key, attribute.value)}</dd>
              </div>
            ))}
            {Object.entries(account.externalIds).map(([system, ids]) => (
              <div key={`id ${system}`}>
                <dt>Id in {system}</dt>
                <dd class="mono">{ids.join(", ")}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </header>
  );
}
