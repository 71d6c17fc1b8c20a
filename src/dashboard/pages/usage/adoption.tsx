import { countText, dateOnlyText, percentText, plural, pointsText } from "../../format.ts";
import { accountPath } from "../../router.ts";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { OfAccount } from "./features-of-account.tsx";
import { Confession, useAnswer, type Scope } from "./usage-scope.tsx";
import type { Adoption as Answer } from "./usage-types.ts";

/** Which features are used, by whom, and who does not use what it has. */
export function Adoption({ scope }: { scope: Scope }) {
  const answer = useAnswer<Answer>("adoption", scope, {});
  return (
    <Faces of={answer} what="The use of features" skeleton={<Skeleton rows={8} />}>
      {(data) =>
        data.features.length === 0 ? (
          <Empty title="No feature was used">
            <p>Features appear when a product tells of them: connect an analytics tool, or send events of the type feature.used.</p>
          </Empty>
        ) : (
          <>
            <Confession of={data} />
            {scope.accountId === null ? <OfAll data={data} /> : <OfAccount data={data} />}
          </>
        )
      }
    </Faces>
  );
}

const OfAll = ({ data }: { data: Answer }) => (
  <>
    <p class="quiet">
      {plural(data.activePeople, "person", "people")} of {plural(data.activeAccounts, "account")} used the product.
    </p>
    <FeatureTable data={data} />
    {data.accountsBehind.length === 0 ? null : <Behind data={data} />}
  </>
);

function FeatureTable({ data }: { data: Answer }) {
  return (
    <table class="table cards usage-features">
      <caption class="unseen">Features by people who used them</caption>
      <thead>
        <tr>
          <th scope="col">Feature</th>
          <th scope="col" class="num">
            People
          </th>
          <th scope="col" class="num">
            Of active people
          </th>
          <th scope="col" class="num">
            Change, points
          </th>
          <th scope="col" class="num">
            Accounts
          </th>
          <th scope="col" class="num">
            Of those entitled
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
            <td class="num" data-label="People">
              {countText(row.people)}
            </td>
            <td class="num" data-label="Of active people" title={`${countText(row.people)} of ${countText(data.activePeople)}`}>
              {percentText(row.share)}
            </td>
            <td class="num" data-label="Change, points">
              {pointsText(row.shareChange === null ? null : row.shareChange * 100)}
            </td>
            <td class="num" data-label="Accounts">
              {countText(row.accounts)}
            </td>
            <td class="num" data-label="Of those entitled">
              {row.entitledAccounts === 0 ? "–" : `${countText(row.entitledUsing)} of ${countText(row.entitledAccounts)}`}
            </td>
            <td class="num" data-label="First used">
              {dateOnlyText(row.firstUsedOn)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Behind({ data }: { data: Answer }) {
  return (
    <section class="section" aria-labelledby="behind">
      <div class="section-head">
        <h2 id="behind">Accounts that use the least of what they have</h2>
      </div>
      <table class="table cards usage-behind">
        <caption class="unseen">Accounts by the share of their features that they use</caption>
        <thead>
          <tr>
            <th scope="col">Account</th>
            <th scope="col" class="num">
              Active people
            </th>
            <th scope="col" class="num">
              Features used
            </th>
            <th scope="col">Not used</th>
          </tr>
        </thead>
        <tbody>
          {data.accountsBehind.map((row) => (
            <tr key={row.accountId}>
              <th scope="row">
                <a href={accountPath(row.accountId)} data-row>
                  {row.name ?? row.accountId}
                </a>
              </th>
              <td class="num" data-label="Active people">
                {countText(row.activePeople)}
              </td>
              <td class="num" data-label="Features used">
                {row.entitled === 0 ? "–" : `${row.entitledUsed} of ${row.entitled}`}
              </td>
              <td class="wrap" data-label="Not used">
                {row.unused.join(", ") || "–"}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
