import { api } from "../../api.ts";
import type { Child, Rollup } from "../../api-types.ts";
import { moneyText, scoreText } from "../../format.ts";
import { rollupText } from "../../words.ts";
import { Age, BandBadge } from "../../ui/figures.tsx";
import type { Column } from "../../ui/data-table.tsx";
import { Records } from "./records.tsx";

const columns: readonly Column<Child>[] = [
  { title: "Account", cell: (child) => <a href={`/accounts/${encodeURIComponent(child.id)}`}>{child.name ?? child.id}</a> },
  { title: "Score", num: true, cell: (child) => scoreText(child.score) },
  { title: "Band", cell: (child) => <BandBadge band={child.band} /> },
  { title: "ARR", num: true, cell: (child) => moneyText(child.arr) },
];

/** The accounts below this one, the worst first, and what they make of it together. */
export const Children = ({ id, turn, rollup }: { id: string; turn: number; rollup: Rollup | null }) => (
  <div class="record-lists">
    {rollup === null ? null : (
      <p>
        {rollupText(rollup)}
        {rollup.asOf === null ? null : (
          <span class="quiet">
            {" "}
            As of <Age at={rollup.asOf} />.
          </span>
        )}
      </p>
    )}
    <Records
      what="The child accounts"
      id={id}
      turn={turn}
      load={(query, signal) => api.children(id, query, signal)}
      keyOf={(child) => child.id}
      columns={columns}
      empty={{ title: "No child accounts", text: "An account is below this one when its attribute parentId names it." }}
    />
  </div>
);
