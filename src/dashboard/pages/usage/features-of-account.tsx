import { countText, plural, pointsText, unknownText } from "../../format.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { StateBadge } from "../../ui/figures.tsx";
import { type Feature, firstUsedColumn, peopleColumns } from "./feature-columns.ts";
import type { Adoption as Answer } from "./usage-types.ts";

function State({ people, peopleBefore, firstUsedOn }: Feature) {
  if (people > 0) return <StateBadge tone="good">Used</StateBadge>;
  if (peopleBefore > 0) return <StateBadge tone="bad">No longer used</StateBadge>;
  return <StateBadge tone="none">{firstUsedOn === null ? "Never used" : "Not used lately"}</StateBadge>;
}

/** Which features one account uses, against what it is entitled to and against as many days before. */
export function OfAccount({ data }: { data: Answer }) {
  // Without a list nothing is known of what the account may use.
  const isListed = data.features.some(({ entitledAccounts }) => entitledAccounts > 0);
  return (
    <>
      <p class="quiet">
        {plural(data.activePeople, "person", "people")} used the product in this time, {countText(data.activePeopleBefore)} in as many days
        before.
        {isListed ? "" : " What this account is entitled to is not known: write its attribute entitledFeatures."}
      </p>
      <DataTable
        class="usage-of-account"
        caption="Features of this account by people who used them"
        columns={columnsOf(data, isListed)}
        rows={data.features}
        keyOf={({ feature }) => feature}
      />
    </>
  );
}

const columnsOf = (data: Answer, isListed: boolean): readonly Column<Feature>[] => [
  { title: "Feature", cell: ({ feature }) => feature },
  { title: "State", cell: (row) => <State {...row} /> },
  { title: "Entitled", cell: ({ entitledAccounts }) => (isListed ? (entitledAccounts > 0 ? "Yes" : "No") : unknownText) },
  ...peopleColumns(data.activePeople),
  {
    title: "Against before",
    num: true,
    cell: ({ people, peopleBefore }) => pointsText(people - peopleBefore, 0),
    hint: ({ peopleBefore }) => `${plural(peopleBefore, "person", "people")} in as many days before`,
  },
  firstUsedColumn,
];
