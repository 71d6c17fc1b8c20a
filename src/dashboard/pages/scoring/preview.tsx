import { useState } from "preact/hooks";
import { ApiError, api } from "../../api.ts";
import type { Health } from "../../api-types.ts";
import { pointsText, scoreText } from "../../format.ts";
import { accountPath, setQuery } from "../../router.ts";
import type { Resource } from "../../resource.ts";
import { AccountInput } from "../../ui/account-input.tsx";
import { ActionError, Field, useAction } from "../../ui/controls.tsx";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { BandBadge, Points } from "../../ui/figures.tsx";
import { Icon } from "../../ui/icons.tsx";
import { compareReadings, type Comparison } from "./comparison.ts";
import { previewedAccountsMax, type Trials } from "./use-trials.ts";
import { type Picked, type PickKind, pickSorts } from "./use-picks.ts";

const pickWords: Readonly<Record<PickKind, string>> = { arr: "Most ARR", fell: "Fell most" };
const reasonsShown = 2;

const isHealth = (reading: Health | ApiError | undefined): reading is Health => reading !== undefined && !(reading instanceof ApiError);

/** Those that could be read by both scorecards. */
export function comparisonsOf(
  ids: readonly string[],
  before: Trials["readings"],
  after: Trials["readings"],
): ReadonlyMap<string, Comparison> {
  return new Map(
    ids.flatMap((id) => {
      const [one, other] = [before.get(id), after.get(id)];
      return isHealth(one) && isHealth(other) ? [[id, compareReadings(one, other)] as const] : [];
    }),
  );
}

const reasonText = ({ title, points }: Comparison["reasons"][number]): string => `${title} ${pointsText(points)}`;

function Row({
  account,
  before,
  after,
  changed,
  chosen,
}: {
  account: Picked;
  before: Health | ApiError | undefined;
  after: Health | ApiError | undefined;
  changed: boolean;
  chosen: readonly string[];
}) {
  const failed = [before, after].find((reading) => reading instanceof ApiError);
  const comparison = isHealth(before) && isHealth(after) ? compareReadings(before, after) : null;
  const overridden = isHealth(after) && after.override !== null;
  return (
    <tr class={comparison?.changesBand === true ? "moves-band" : undefined}>
      <th scope="row">
        <a href={accountPath(account.id)}>{account.name}</a>
        {chosen.length === 0 ? null : (
          <button
            type="button"
            class="button button-quiet button-small"
            aria-label={`Leave out ${account.name}`}
            onClick={() => setQuery({ account: chosen.filter((id) => id !== account.id) })}
          >
            <Icon name="close" />
          </button>
        )}
      </th>
      {comparison === null ? (
        <td colSpan={4} class="quiet wrap">
          {failed instanceof ApiError ? failed.detail : "…"}
        </td>
      ) : (
        <>
          <td class="num" data-label="Score" title={`${comparison.before ?? "no score"} before, ${comparison.after ?? "no score"} after`}>
            {changed ? `${scoreText(comparison.before)} → ${scoreText(comparison.after)}` : scoreText(comparison.after)}
          </td>
          <td class="num preview-change">{changed ? <Points value={comparison.difference} /> : null}</td>
          <td class="preview-band wrap">
            {comparison.changesBand ? (
              <>
                <BandBadge band={comparison.bandBefore} /> <span aria-label="to">→</span>{" "}
              </>
            ) : null}
            <BandBadge band={comparison.bandAfter} />
            {overridden ? <span class="hint">Overridden: the band stays.</span> : null}
          </td>
          <td class="preview-why wrap card-wide">{comparison.reasons.slice(0, reasonsShown).map(reasonText).join(", ")}</td>
        </>
      )}
    </tr>
  );
}

function AddAccount({ chosen }: { chosen: readonly string[] }) {
  const [id, setId] = useState("");
  const add = useAction(async () => {
    const account = await api.account(id.trim());
    setQuery({ account: [...chosen.filter((one) => one !== account.id), account.id] });
    setId("");
  });
  if (chosen.length >= previewedAccountsMax) return <p class="hint">At most {previewedAccountsMax} accounts at a time.</p>;
  return (
    <form
      class="add-account"
      onSubmit={(event) => {
        event.preventDefault();
        void add.start();
      }}
    >
      <Field label="Look at an account of your choice" error={add.error?.status === 404 ? "There is no such account." : undefined}>
        {(ids) => <AccountInput ids={ids} value={id} onValue={setId} />}
      </Field>
      <button type="submit" class="button" disabled={add.busy || id.trim() === ""}>
        Add
      </button>
      <ActionError error={add.error?.status === 404 ? null : add.error} />
    </form>
  );
}

/**
 * What a scorecard would do to real accounts: score and band before and after, and which dimensions make the difference. Nothing is stored.
 *
 * @param changed false: there is nothing to compare, both are the published one
 * @param stuck it cannot be tried as it stands
 */
export function Preview({
  picks,
  kind,
  chosen,
  held,
  before,
  after,
  changed,
  stuck,
  retry,
}: {
  picks: Resource<readonly Picked[]>;
  kind: PickKind;
  chosen: readonly string[];
  /** Whether the accounts are those that have this scorecard. */
  held: boolean;
  before: Trials;
  after: Trials;
  changed: boolean;
  stuck: boolean;
  retry: () => void;
}) {
  const failed = [...before.readings.values(), ...after.readings.values()].some((reading) => reading instanceof ApiError);
  return (
    <section class="preview" aria-labelledby="preview">
      <div class="section-head">
        <h2 id="preview">On real accounts</h2>
        <div class="segments" role="group" aria-label="Which accounts">
          {(Object.keys(pickSorts) as PickKind[]).map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={chosen.length === 0 && one === kind}
              onClick={() => setQuery({ pick: one === "arr" ? null : one, account: null })}
            >
              {pickWords[one]}
            </button>
          ))}
        </div>
      </div>
      <p class="quiet">
        {stuck
          ? "What is marked has to be mended before it can be tried."
          : changed
            ? "As published → as it stands here, at this moment. Nothing is stored."
            : "As published. Change a weight to see what it would do."}
        {held || chosen.length > 0 ? "" : " No account has this scorecard yet: it is tried on any."}
      </p>
      <Faces of={picks} what="The accounts" skeleton={<Skeleton rows={6} />}>
        {(accounts) =>
          accounts.length === 0 ? (
            <Empty title="No account to try it on">
              <p>It appears with the first event that names one.</p>
            </Empty>
          ) : (
            <table class="table cards previews" aria-busy={before.busy || after.busy}>
              <caption class="unseen">Score and band of some accounts, before and after</caption>
              <thead>
                <tr>
                  <th scope="col">Account</th>
                  <th scope="col" class="num preview-score">
                    Score
                  </th>
                  <th scope="col" class="num preview-change">
                    Change
                  </th>
                  <th scope="col" class="preview-band">
                    Band
                  </th>
                  <th scope="col" class="preview-why">
                    From
                  </th>
                </tr>
              </thead>
              <tbody>
                {accounts.map((account) => (
                  <Row
                    key={account.id}
                    account={account}
                    before={before.readings.get(account.id)}
                    after={after.readings.get(account.id)}
                    changed={changed}
                    chosen={chosen}
                  />
                ))}
              </tbody>
            </table>
          )
        }
      </Faces>
      {failed ? (
        <button type="button" class="button button-small" onClick={retry}>
          <Icon name="refresh" /> Read the missing ones again
        </button>
      ) : null}
      <AddAccount chosen={chosen} />
    </section>
  );
}
