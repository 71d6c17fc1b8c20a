import { api } from "../../api.ts";
import { useRowWalk } from "../../keys.tsx";
import { plural } from "../../format.ts";
import { useResource } from "../../resource.ts";
import { hrefWith, setQuery, usePlace } from "../../router.ts";
import { Adoption } from "./adoption.tsx";
import { Experiments } from "./experiments.tsx";
import { Funnel } from "./funnel.tsx";
import { Retention } from "./retention.tsx";

const tabs = [
  { key: "features", word: "Features" },
  { key: "funnel", word: "Funnel" },
  { key: "retention", word: "Coming back" },
  { key: "experiments", word: "Experiments" },
] as const;
const ranges = [7, 30, 90, 180, 365] as const;
/** Parts of the address that belong to one tab. */
const ofTabs = { experiment: null, goal: null, step: null, window: null, period: null, returned: null };

/** How customers use the product: features, funnels, who comes back, experiments. The address holds the whole question. */
export function UsagePage() {
  const { query } = usePlace();
  const portfolio = useResource("portfolio", (signal) => api.portfolio(signal));
  useRowWalk();
  const tab = tabs.find(({ key }) => key === query.get("tab"))?.key ?? "features";
  const days = ranges.find((one) => String(one) === query.get("days")) ?? 90;
  const segment = query.get("segment");
  const segments = portfolio.data?.segments.flatMap((one) => one.segment ?? []) ?? [];
  const scope = { segment, days };
  return (
    <>
      <header class="page-head">
        <h1>Usage</h1>
      </header>
      <div class="toolbar">
        <label class="inline">
          Segment
          <select value={segment ?? ""} onChange={(event) => setQuery({ segment: event.currentTarget.value })}>
            <option value="">All accounts</option>
            {[...new Set([...segments, ...(segment === null ? [] : [segment])])].map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
        <label class="inline">
          Time
          <select value={String(days)} onChange={(event) => setQuery({ days: event.currentTarget.value })}>
            {ranges.map((one) => (
              <option key={one} value={String(one)}>
                Last {plural(one, "day")}
              </option>
            ))}
          </select>
        </label>
      </div>
      <nav class="tabs" aria-label="Questions about usage">
        {tabs.map(({ key, word }) => (
          <a key={key} href={hrefWith({ ...ofTabs, tab: key })} aria-current={key === tab ? "page" : undefined}>
            {word}
          </a>
        ))}
      </nav>
      {tab === "features" ? <Adoption scope={scope} /> : null}
      {tab === "funnel" ? <Funnel scope={scope} query={query} /> : null}
      {tab === "retention" ? <Retention scope={scope} query={query} /> : null}
      {tab === "experiments" ? <Experiments scope={scope} query={query} /> : null}
    </>
  );
}
