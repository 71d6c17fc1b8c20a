import { useState } from "preact/hooks";
import { ApiError, api } from "../../api.ts";
import { problemText } from "../../faults.ts";
import { useRowWalk } from "../../keys.tsx";
import { useResource } from "../../resource.ts";
import { accountPath, hrefWith, setQuery, usePlace } from "../../router.ts";
import { segmentText } from "../../words.ts";
import { AccountInput } from "../../ui/account-input.tsx";
import { Field, useAction } from "../../ui/controls.tsx";
import { Icon } from "../../ui/icons.tsx";
import { Adoption } from "./adoption.tsx";
import { Cohorts } from "./cohorts.tsx";
import { Experiments } from "./experiments.tsx";
import { Funnel } from "./funnel.tsx";
import { Paths } from "./paths.tsx";
import { questions } from "./questions.ts";
import { Retention } from "./retention.tsx";
import { daysOf, noSegment, TimeField } from "./usage-scope.tsx";

/** Enough that one whose id was written out is among them. */
const accountsFoundMax = 20;

/** Parts of the address that belong to one tab. */
const ofTabs = {
  experiment: null,
  goal: null,
  step: null,
  window: null,
  period: null,
  returned: null,
  numbers: null,
  anchor: null,
  direction: null,
  depth: null,
  by: null,
  show: null,
};

/** How customers use the product, all, a segment or one account. The address holds the whole question. */
export function UsagePage() {
  const { query } = usePlace();
  useRowWalk();
  const tab = questions.find(({ key }) => key === query.get("tab"))?.key ?? "features";
  const accountId = query.get("account");
  const scope = { accountId, segment: accountId === null ? query.get("segment") : null, days: daysOf(query) };
  return (
    <>
      <header class="page-head">
        <h1>Usage</h1>
      </header>
      <div class="toolbar">
        {accountId === null ? (
          <>
            <SegmentField segment={scope.segment} />
            <AccountField />
          </>
        ) : (
          <AccountShown id={accountId} />
        )}
        <TimeField days={scope.days} />
      </div>
      <nav class="tabs" aria-label="Questions about usage">
        {questions.map(({ key, word }) => (
          <a key={key} href={hrefWith({ ...ofTabs, tab: key })} aria-current={key === tab ? "page" : undefined}>
            {word}
          </a>
        ))}
      </nav>
      {tab === "features" ? <Adoption key={accountId} scope={scope} /> : null}
      {tab === "funnel" ? <Funnel scope={scope} query={query} /> : null}
      {tab === "paths" ? <Paths scope={scope} query={query} /> : null}
      {tab === "retention" ? <Retention scope={scope} query={query} /> : null}
      {tab === "cohorts" ? <Cohorts scope={scope} query={query} /> : null}
      {tab === "experiments" ? <Experiments scope={scope} query={query} /> : null}
    </>
  );
}

function SegmentField({ segment }: { segment: string | null }) {
  const portfolio = useResource("portfolio", (signal) => api.portfolio(signal));
  const segments = portfolio.data?.segments.map((one) => one.segment ?? noSegment) ?? [];
  return (
    <label class="inline">
      Segment
      <select value={segment ?? ""} onChange={(event) => setQuery({ segment: event.currentTarget.value })}>
        <option value="">All accounts</option>
        {[...new Set([...segments, ...(segment === null ? [] : [segment])])].map((one) => (
          <option key={one} value={one}>
            {one === noSegment ? "No segment" : segmentText(one)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Finds one account by name, id or domain; Enter takes the first that fits. */
function AccountField() {
  const [text, setText] = useState("");
  const look = (account: string): void => setQuery({ account, segment: null }, "push");
  const find = useAction(async () => {
    const { items } = await api.accounts({ q: text.trim(), limit: accountsFoundMax, sort: "name" });
    const found = items.find(({ id }) => id === text.trim()) ?? items[0];
    if (found === undefined) throw new ApiError({ status: 404, title: "No account fits that", detail: "" });
    look(found.id);
  });
  return (
    <form
      class="usage-find"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        void find.start();
      }}
    >
      <Field label="One account" error={find.error === null ? undefined : problemText(find.error)}>
        {(ids) => (
          <AccountInput ids={{ ...ids, type: "search", placeholder: "Name, id, domain" }} value={text} onValue={setText} onPick={look} />
        )}
      </Field>
    </form>
  );
}

/** Whose usage is looked at, and the way back to everybody's. */
function AccountShown({ id }: { id: string }) {
  const account = useResource(`account ${id}`, (signal) => api.account(id, signal));
  return (
    <p class="inline usage-account">
      Account <a href={`${accountPath(id)}?tab=usage`}>{account.data?.name ?? id}</a>
      <a class="button button-small" href={hrefWith({ account: null, segment: null })}>
        <Icon name="close" /> All accounts
      </a>
    </p>
  );
}
