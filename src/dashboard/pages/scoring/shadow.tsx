import { useEffect } from "preact/hooks";
import { api } from "../../api.ts";
import type { ComparedAccounts, ConfigDocument, ConfigKind } from "../../api-types.ts";
import { countText, plural } from "../../format.ts";
import { accountPath } from "../../router.ts";
import { useResource } from "../../resource.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { BandMove } from "../../ui/figures.tsx";
import { moveColumns } from "./move-columns.tsx";

/** Accounts are scored again in the background; whoever looks sees the report grow. */
export const readAgainMs = 5000;

type Mover = ComparedAccounts["movers"][number];

const moverColumns: readonly Column<Mover>[] = [
  {
    title: "Account",
    cell: ({ accountId, name }) => (
      <a href={accountPath(accountId)} data-row={accountId}>
        {name ?? accountId}
      </a>
    ),
  },
  ...moveColumns<Mover>(
    ({ publishedScore, score, publishedBand, band }) => ({
      before: publishedScore,
      after: score,
      bandBefore: publishedBand,
      bandAfter: band,
    }),
    true,
  ),
];

/** How many would change band, from which to which, and who moves most. */
export function Compared({ report, accounts }: { report: ComparedAccounts; accounts: number | null }) {
  if (report.accounts === 0)
    return (
      <Empty title="No account was scored since the shadow began">
        <p>They follow with their next event, or when the background comes to them, within minutes.</p>
      </Empty>
    );
  return (
    <>
      <p class="shadow-sum">
        <strong>
          {countText(report.changed)} of {plural(report.accounts, "account")} would change band.
        </strong>{" "}
        <span class="quiet">
          {accounts !== null && report.accounts < accounts ? `${accounts - report.accounts} have not been scored since it began. ` : ""}
          Bands are those of the computed scores, without steadiness and overrides.
        </span>
      </p>
      {report.bands.some(({ from, to }) => from !== to) ? (
        <ul class="flows" aria-label="From which band to which">
          {report.bands
            .filter(({ from, to }) => from !== to)
            .map(({ from, to, accounts: moved }) => (
              <li key={`${from} ${to}`}>
                <BandMove from={from} to={to} /> {plural(moved, "account")}
              </li>
            ))}
        </ul>
      ) : null}
      {report.movers.length === 0 ? null : (
        <DataTable
          class="previews"
          caption="Who moves most"
          captionClass="changes-sum"
          columns={moverColumns}
          rows={report.movers}
          keyOf={({ accountId }) => accountId}
        />
      )}
    </>
  );
}

/** How a draft that runs in shadow compares with what is in force on the live stream. */
export function Shadow({
  kind,
  id,
  draft,
  accounts,
}: {
  kind: ConfigKind;
  id: string;
  draft: ConfigDocument | null;
  /** Whom it is about, as far as that is known. */
  accounts: number | null;
}) {
  const running = draft?.status === "shadow";
  const report = useResource(running ? `shadow ${kind}/${id}` : null, (signal) => api.shadow(kind, id, signal));
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(report.reload, readAgainMs);
    return () => clearInterval(timer);
  }, [running]);
  return (
    <section class="section" aria-labelledby="shadow">
      <div class="section-head">
        <h2 id="shadow">In shadow</h2>
      </div>
      {running ? (
        <Faces of={report} what="The comparison" skeleton={<Skeleton rows={6} />}>
          {(data) => <Compared report={data} accounts={accounts} />}
        </Faces>
      ) : (
        <Empty title="Nothing runs in shadow">
          <p>
            With a draft in shadow every account that it judges is scored twice as events come: by what is in force, and as if the draft
            were. Nobody else sees the second score. Here you then read who would change band. Save a draft, then press “Run in shadow”.
          </p>
        </Empty>
      )}
    </section>
  );
}
