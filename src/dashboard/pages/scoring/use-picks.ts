import { api } from "../../api.ts";
import type { Account } from "../../api-types.ts";
import { type Resource, useResource } from "../../resource.ts";
import type { Holders } from "./assignment.ts";
import { previewedAccountsMax } from "./use-trials.ts";

/** Which accounts a preview shows when nobody has chosen some. */
export const pickSorts = { arr: "-arr", fell: "moved" } as const;
export type PickKind = keyof typeof pickSorts;

export type Picked = { readonly id: string; readonly name: string };

const nameOf = (account: Pick<Account, "id" | "name">): Picked => ({ id: account.id, name: account.name ?? account.id });

/** Everybody's scorecard needs no filter; one that nobody has is tried on any account. */
export const segmentFilter = (holders: Holders, allSegments: number): { readonly segment?: readonly string[] } =>
  holders.segments.length === 0 || holders.segments.length === allSegments
    ? {}
    : { segment: holders.segments.map((segment) => segment ?? "") };

/** The accounts of a preview: those named in the address, else the first of those that have this scorecard. */
export function usePicks(
  chosen: readonly string[],
  kind: PickKind,
  filter: { readonly segment?: readonly string[] } | null,
): Resource<readonly Picked[]> {
  const key = chosen.length > 0 ? `picks ${chosen.join(" ")}` : filter === null ? null : `picks ${kind} ${JSON.stringify(filter)}`;
  return useResource<readonly Picked[]>(
    key,
    async (signal) => {
      if (chosen.length > 0)
        return Promise.all(chosen.slice(0, previewedAccountsMax).map(async (id) => nameOf(await api.account(id, signal))));
      const { items } = await api.accounts({ ...filter, sort: pickSorts[kind], limit: previewedAccountsMax }, signal);
      return items.map(nameOf);
    },
    true,
  );
}
