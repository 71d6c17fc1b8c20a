import { Skeleton } from "../../ui/faces.tsx";
import { useLazy } from "../../ui/lazy.ts";
import { loadUsage } from "../usage/load-usage.ts";

/** What the account uses; read when it is looked at, and not with each of its events. */
export function Usage({ id, query }: { id: string; query: URLSearchParams }) {
  const pages = useLazy("usage", loadUsage);
  return pages === null ? <Skeleton rows={8} /> : <pages.UsageOfAccount id={id} query={query} />;
}
