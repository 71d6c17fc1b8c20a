import { setQuery } from "../../router.ts";

/** Opens the list of what changed between two moments (RFC 3339; `to` null: now) and brings it into sight. */
export function showChanges(between: { readonly from: string; readonly to: string | null }): void {
  setQuery({ tab: "changes", ...between }, "push");
  document.getElementById("tab-panel")?.scrollIntoView({ block: "start" });
}
