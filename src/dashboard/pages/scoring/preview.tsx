import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { ApiError, api } from "../../api.ts";
import type { Health } from "../../api-types.ts";
import { pointsText } from "../../format.ts";
import { accountPath, setQuery } from "../../router.ts";
import type { Resource } from "../../resource.ts";
import { AccountInput } from "../../ui/account-input.tsx";
import { ActionError, Field, useAction } from "../../ui/controls.tsx";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { Icon } from "../../ui/icons.tsx";
import { Segments } from "../../ui/segments.tsx";
import { compareReadings, type Comparison } from "./comparison.ts";
import { moveColumns } from "./move-columns.tsx";
import { previewedAccountsMax, type Trials } from "./use-trials.ts";
import type { Picked, PickKind } from "./use-picks.ts";

const pickOptions: readonly { readonly key: PickKind; readonly word: string }[] = [
  { key: "arr", word: "Most ARR" },
  { key: "fell", word: "Fell most" },
];
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

/** One account of the preview, as far as it has been read. */
type Row = {
  readonly account: Picked;
  readonly before: Health | ApiError | undefined;
  readonly after: Health | ApiError | undefined;
  /** null until both were read. */
  readonly comparison: Comparison | null;
};

function rowOf(account: Picked, before: Trials, after: Trials): Row {
  const [one, other] = [before.readings.get(account.id), after.readings.get(account.id)];
  return { account, before: one, after: other, comparison: isHealth(one) && isHealth(other) ? compareReadings(one, other) : null };
}

/** Why a row has no figures: what failed, or that it is still read. */
function noteOf({ before, after, comparison }: Row): string | null {
  if (comparison !== null) return null;
  const failed = [before, after].find((reading) => reading instanceof ApiError);
  return failed instanceof ApiError ? failed.detail : "…";
}

const columnsOf = (changed: boolean, chosen: readonly string[]): readonly Column<Row>[] => [
  { title: "Account", cell: ({ account }) => <Name account={account} chosen={chosen} /> },
  ...moveColumns<Row>(
    ({ comparison }) => comparison,
    changed,
    ({ after }) => (isHealth(after) && after.override !== null ? <span class="hint">Overridden: the band stays.</span> : null),
  ),
  {
    title: "From",
    class: "preview-why wrap card-wide",
    label: null,
    cell: ({ comparison }) => comparison?.reasons.slice(0, reasonsShown).map(reasonText).join(", "),
  },
];

const Name = ({ account, chosen }: { account: Picked; chosen: readonly string[] }) => (
  <>
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
  </>
);

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
  countAll,
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
  /** Asks about all accounts; null where it may not be asked. */
  countAll: ComponentChildren;
  retry: () => void;
}) {
  const failed = [...before.readings.values(), ...after.readings.values()].some((reading) => reading instanceof ApiError);
  return (
    <section class="preview" aria-labelledby="preview">
      <div class="section-head">
        <h2 id="preview">On real accounts</h2>
        <Segments
          label="Which accounts"
          options={pickOptions}
          chosen={chosen.length === 0 ? kind : null}
          onChoose={(one) => setQuery({ pick: one === "arr" ? null : one, account: null })}
        />
      </div>
      <p class="quiet">
        {stuck
          ? "What is marked has to be mended before it can be tried."
          : changed
            ? "As published → as it stands here, at this moment. Nothing is stored."
            : "As published. Change a weight to see what it would do."}
        {held || chosen.length > 0 ? "" : " No account has this scorecard yet: it is tried on any."}
      </p>
      {changed ? countAll : null}
      <Faces of={picks} what="The accounts" skeleton={<Skeleton rows={6} />}>
        {(accounts) =>
          accounts.length === 0 ? (
            <Empty title="No account to try it on">
              <p>It appears with the first event that names one.</p>
            </Empty>
          ) : (
            <DataTable
              class="previews"
              caption="Score and band of some accounts, before and after"
              columns={columnsOf(changed, chosen)}
              rows={accounts.map((account) => rowOf(account, before, after))}
              keyOf={({ account }) => account.id}
              rowClass={({ comparison }) => (comparison?.changesBand === true ? "moves-band" : undefined)}
              noteOf={noteOf}
              busy={before.busy || after.busy}
            />
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
