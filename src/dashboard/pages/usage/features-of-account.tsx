import { countText, dateOnlyText, percentText, plural, pointsText } from "../../format.ts";
import { StateBadge } from "../../ui/figures.tsx";
import type { Adoption as Answer } from "./usage-types.ts";

type Feature = Answer["features"][number];

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
      <table class="table cards usage-of-account">
        <caption class="unseen">Features of this account by people who used them</caption>
        <thead>
          <tr>
            <th scope="col">Feature</th>
            <th scope="col">State</th>
            <th scope="col">Entitled</th>
            <th scope="col" class="num">
              People
            </th>
            <th scope="col" class="num">
              Of active people
            </th>
            <th scope="col" class="num">
              Against before
            </th>
            <th scope="col" class="num">
              First used
            </th>
          </tr>
        </thead>
        <tbody>
          {data.features.map((row) => (
            <tr key={row.feature}>
              <th scope="row">{row.feature}</th>
              <td data-label="State">
                <State {...row} />
              </td>
              <td data-label="Entitled">{isListed ? (row.entitledAccounts > 0 ? "Yes" : "No") : "–"}</td>
              <td class="num" data-label="People">
                {countText(row.people)}
              </td>
              <td class="num" data-label="Of active people">
                {percentText(row.share)}
              </td>
              <td class="num" data-label="Against before" title={`${plural(row.peopleBefore, "person", "people")} in as many days before`}>
                {pointsText(row.people - row.peopleBefore, 0)}
              </td>
              <td class="num" data-label="First used">
                {dateOnlyText(row.firstUsedOn)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
