import { countText, plural, pointsText, unknownText } from "../../format.ts";
import { accountPath, hrefWith } from "../../router.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Faces, Skeleton } from "../../ui/faces.tsx";
import { type Feature, firstUsedColumn, peopleColumns } from "./feature-columns.ts";
import { OfAccount } from "./features-of-account.tsx";
import { featureStep } from "./step-field.tsx";
import { AboutAnswer, NothingFound, useAnswer, type Scope } from "./usage-scope.tsx";
import type { Adoption as Answer } from "./usage-types.ts";

/** Which features are used, by whom, and who does not use what it has. */
export function Adoption({ scope }: { scope: Scope }) {
  const answer = useAnswer<Answer>("adoption", scope, {});
  return (
    <Faces of={answer} what="The use of features" skeleton={<Skeleton rows={8} />}>
      {(data) => (
        <>
          <AboutAnswer of={data} asked={answer} />
          {data.features.length === 0 ? (
            <NothingFound of={data} title="No feature was used">
              <p>Features appear when a product tells of them: connect an analytics tool, or send events of the type feature.used.</p>
            </NothingFound>
          ) : scope.accountId === null ? (
            <OfAll data={data} />
          ) : (
            <OfAccount data={data} />
          )}
        </>
      )}
    </Faces>
  );
}

const OfAll = ({ data }: { data: Answer }) => (
  <>
    <p class="quiet">
      {plural(data.activePeople, "person", "people")} of {plural(data.activeAccounts, "account")} used the product.
      {data.features.length < data.featuresTotal
        ? ` The ${countText(data.features.length)} features with the most people, of ${countText(data.featuresTotal)}.`
        : ""}
      {data.activePeopleBefore > 0 ? "" : " Nothing is known of as many days before, so no change is told."}
    </p>
    <DataTable
      class="usage-features"
      caption="Features by people who used them"
      columns={featureColumns(data.activePeople)}
      rows={data.features}
      keyOf={({ feature }) => feature}
    />
    {data.accountsBehind.length === 0 ? null : <Behind data={data} />}
  </>
);

/** How many of the people who opened the product used the feature, segment by segment. */
const whoUsesPath = (feature: string): string =>
  hrefWith({ tab: "funnel", step: ["session.started", featureStep(feature)], window: "90", by: "segment" });

const featureColumns = (activePeople: number): readonly Column<Feature>[] => [
  {
    title: "Feature",
    cell: ({ feature }) => (
      <a href={whoUsesPath(feature)} title={`Which segments use ${feature}`} data-row>
        {feature}
      </a>
    ),
  },
  ...peopleColumns(activePeople),
  { title: "Change, points", num: true, cell: ({ shareChange }) => pointsText(shareChange === null ? null : shareChange * 100) },
  { title: "Accounts", num: true, cell: ({ accounts }) => countText(accounts) },
  {
    title: "Of those entitled",
    num: true,
    cell: ({ entitledUsing, entitledAccounts }) =>
      entitledAccounts === 0 ? unknownText : `${countText(entitledUsing)} of ${countText(entitledAccounts)}`,
  },
  firstUsedColumn,
];

const behindColumns: readonly Column<Answer["accountsBehind"][number]>[] = [
  {
    title: "Account",
    cell: ({ accountId, name }) => (
      <a href={accountPath(accountId)} data-row>
        {name ?? accountId}
      </a>
    ),
  },
  { title: "Active people", num: true, cell: ({ activePeople }) => countText(activePeople) },
  {
    title: "Features used",
    num: true,
    cell: ({ entitled, entitledUsed, core, coreUsed }) =>
      entitled > 0 ? `${entitledUsed} of ${entitled}` : core > 0 ? `${coreUsed} of ${core} core` : unknownText,
  },
  { title: "Not used", class: "wrap", cell: ({ unused }) => unused.join(", ") || unknownText },
];

const Behind = ({ data }: { data: Answer }) => (
  <section class="section" aria-labelledby="behind">
    <div class="section-head">
      <h2 id="behind">Accounts that use the least of what they have</h2>
    </div>
    <DataTable
      class="usage-behind"
      caption="Accounts by the share of their features that they use"
      columns={behindColumns}
      rows={data.accountsBehind}
      keyOf={({ accountId }) => accountId}
    />
  </section>
);
