import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { Portfolio } from "../../api-types.ts";
import { countText, plural } from "../../format.ts";
import { useNews } from "../../live.ts";
import { setQuery, usePlace } from "../../router.ts";
import { useResource } from "../../resource.ts";
import { useSession } from "../../session.ts";
import { segmentText } from "../../words.ts";
import { ActionError, useAction } from "../../ui/controls.tsx";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { Age } from "../../ui/figures.tsx";
import { Icon } from "../../ui/icons.tsx";
import { CheckMenu } from "../../ui/menu.tsx";
import { AccountTable } from "./account-table.tsx";
import { BookHistory } from "./book-history.tsx";
import { chosenColumns, columns, rememberColumns } from "./columns.tsx";
import { downloadCsv } from "./export-csv.ts";
import { defaultSort, isFiltered, portfolioQuery, sortChoices, type PortfolioQuery } from "./portfolio-query.ts";
import { SavedViews } from "./saved-views.tsx";
import { Summary } from "./summary.tsx";
import { ThinData } from "./thin-data.tsx";
import { type Rows, useRows } from "./use-rows.ts";

/** While events flow, the sums are read again at most this often. */
const sumsEveryMs = 5000;
const typingMs = 120;

function usePortfolio() {
  const portfolio = useResource("portfolio", (signal) => api.portfolio(signal));
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useNews((news) => {
    if (news.type !== "account.changed" && news.type !== "reset") return;
    timer.current ??= setTimeout(() => {
      timer.current = null;
      portfolio.reload();
    }, sumsEveryMs);
  }, []);
  useEffect(() => () => clearTimeout(timer.current ?? undefined), []);
  return portfolio;
}

function Search({ q }: { q: string }) {
  const [text, setText] = useState(q);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => setText(q), [q]);
  const change = (value: string): void => {
    setText(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setQuery({ q: value }), typingMs);
  };
  return (
    <label class="search">
      <span class="unseen">Search accounts by name, id or domain</span>
      <Icon name="search" />
      <input
        type="search"
        placeholder="Search name, id, domain"
        value={text}
        onInput={(event) => change(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          change("");
          event.currentTarget.blur();
        }}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
  );
}

function Toolbar({
  query,
  portfolio,
  rows,
  keys,
}: {
  query: PortfolioQuery;
  portfolio: Portfolio | null;
  rows: Rows;
  keys: readonly string[];
}) {
  const csv = useAction(() => downloadCsv(query, keys));
  return (
    <div class="toolbar" role="search">
      <Search q={query.q} />
      <CheckMenu
        label="Segment"
        choices={(portfolio?.segments ?? []).map((entry) => ({
          value: entry.segment ?? "",
          label: entry.segment === null ? "No segment" : segmentText(entry.segment),
          count: entry.accounts,
        }))}
        chosen={query.segments}
        onChange={(segment) => setQuery({ segment })}
      />
      <CheckMenu
        label="Owner"
        choices={(portfolio?.owners ?? []).map((entry) => ({
          value: entry.owner ?? "",
          label: entry.owner ?? "Nobody",
          count: entry.accounts,
        }))}
        chosen={query.owners}
        onChange={(owner) => setQuery({ owner })}
      />
      <button
        type="button"
        class="button"
        aria-pressed={query.disagreement !== null}
        title="Accounts that look healthy while their revenue is about to fall, or ill while whoever knows them is content, or that health and risk rank far apart"
        onClick={() => setQuery({ disagreement: query.disagreement === null ? "any" : null })}
      >
        Disagreements
      </button>
      {isFiltered(query) ? (
        <button
          type="button"
          class="button button-quiet"
          onClick={() => setQuery({ band: null, segment: null, owner: null, disagreement: null, q: null })}
        >
          <Icon name="close" /> Clear filters
        </button>
      ) : null}
      <span class="toolbar-space" />
      {rows.unsorted > 0 ? (
        <button
          type="button"
          class="button button-news"
          onClick={rows.resort}
          title="Rows do not move by themselves. This sorts them again."
        >
          <Icon name="refresh" /> {plural(rows.unsorted, "change")}
        </button>
      ) : null}
      <SortChoice sort={query.sort} />
      <SavedViews />
      <CheckMenu
        label="Columns"
        icon="columns"
        choices={columns.filter((column) => column.key !== "account").map((column) => ({ value: column.key, label: column.title }))}
        chosen={keys.filter((key) => key !== "account")}
        onChange={(chosen) => {
          rememberColumns(chosen);
          setQuery({ columns: chosen.join(",") });
        }}
      />
      <button type="button" class="button" onClick={() => void csv.start()} disabled={csv.busy}>
        <Icon name="download" /> {csv.busy ? "Preparing…" : "CSV"}
      </button>
      <ActionError error={csv.error} />
    </div>
  );
}

/** Where rows are cards there are no heads of columns to press. */
function SortChoice({ sort }: { sort: string }) {
  const known = sortChoices.some(({ value }) => value === sort);
  return (
    <label class="inline sort-choice">
      Sort
      <select
        value={sort}
        onChange={(event) => setQuery({ sort: event.currentTarget.value === defaultSort ? null : event.currentTarget.value })}
      >
        {known ? null : <option value={sort}>as in the address</option>}
        {sortChoices.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}

function NoAccounts({ query }: { query: PortfolioQuery }) {
  if (isFiltered(query)) {
    return (
      <Empty title="No account fits these filters">
        <button
          type="button"
          class="button"
          onClick={() => setQuery({ band: null, segment: null, owner: null, disagreement: null, q: null })}
        >
          Clear filters
        </button>
      </Empty>
    );
  }
  return (
    <Empty title="No accounts yet">
      <p>Accounts appear here with the first event that names them, or when you import a list.</p>
      <p class="actions">
        <a class="button button-main" href="/welcome">
          Make the first connection
        </a>
        <a class="button" href="/sources?import=1">
          Import accounts from CSV
        </a>
      </p>
    </Empty>
  );
}

/** For the lead: open when the address says so, so that whoever looks for the day's calls need not read past it. */
function Book({ view }: { view: string | null }) {
  const session = useSession();
  const mayLook = session.state === "signed_in" && session.session.accountIds === null;
  return (
    <>
      <div class="book-open actions">
        {mayLook && view === null ? (
          <button type="button" class="button" onClick={() => setQuery({ book: "accounts" })}>
            Bands over time
          </button>
        ) : null}
        <a class="button" href="/tasks">
          Open tasks
        </a>
      </div>
      {mayLook && view !== null ? <BookHistory view={view} /> : null}
    </>
  );
}

export function PortfolioPage() {
  const place = usePlace();
  const query = portfolioQuery(place.query);
  const keys = chosenColumns(place.query);
  const portfolio = usePortfolio();
  const rows = useRows(query);
  return (
    <>
      <header class="page-head">
        <h1>Portfolio</h1>
        <p class="quiet">
          {rows.total === null
            ? ""
            : `${plural(rows.total, "account")}${isFiltered(query) && portfolio.data !== null ? ` of ${countText(portfolio.data.accounts)}` : ""}`}
          {rows.asOf === null ? null : (
            <>
              {" · as of "}
              <Age at={rows.asOf} />
            </>
          )}
        </p>
      </header>
      {portfolio.data === null && portfolio.error === null ? (
        <Skeleton rows={1} kind="block" />
      ) : portfolio.data !== null && portfolio.data.accounts > 0 ? (
        <>
          <Summary portfolio={portfolio.data} bands={query.bands} />
          <ThinData portfolio={portfolio.data} />
          <Book view={place.query.get("book")} />
        </>
      ) : null}
      <Toolbar query={query} portfolio={portfolio.data} rows={rows} keys={keys} />
      <Faces
        of={rows}
        what="The list of accounts"
        works="Single accounts still open by their link, and events are still counted."
        skeleton={<Skeleton rows={12} />}
      >
        {(items) =>
          items.length === 0 ? <NoAccounts query={query} /> : <AccountTable rows={rows} items={items} keys={keys} sort={query.sort} />
        }
      </Faces>
    </>
  );
}
