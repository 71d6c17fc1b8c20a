import { setQuery } from "../../router.ts";

const groupings = { segment: "Segment", plan: "Plan" } as const;

/** How an attribute of accounts is called. */
export const groupWord = (by: string): string => (by in groupings ? groupings[by as keyof typeof groupings] : by);

/** Chooses by which attribute of their accounts people are told apart. One that is not offered can stand in the address. */
export const GroupField = ({ label, none, by }: { label: string; none: string; by: string | null }) => (
  <label class="inline">
    {label}
    <select value={by ?? ""} onChange={(event) => setQuery({ by: event.currentTarget.value })}>
      <option value="">{none}</option>
      {Object.entries(groupings).map(([key, word]) => (
        <option key={key} value={key}>
          {word} of the account
        </option>
      ))}
      {by === null || by in groupings ? null : <option value={by}>{by}</option>}
    </select>
  </label>
);
