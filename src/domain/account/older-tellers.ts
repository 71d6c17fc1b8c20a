import { tellersPerKindMax } from "../limits.ts";
import type { FoldedAccount } from "./folded.ts";

const NATIVE_FORM = "/events";

/**
 * Who told of what, as heads of layout 3 have it, in place: they told native events of all tokens for one source, and left who told of support to
 * the keys of tickets and conversations. About right: every token of which the shard has heard is taken to have told, until the account is
 * folded again.
 */
export function fromOlderTellers({ toldBy, tickets, records, watermarks }: FoldedAccount): void {
  const tokens = [...watermarks.keys()].flatMap((key) => (key.endsWith(NATIVE_FORM) ? [key.slice(0, -NATIVE_FORM.length)] : []));
  const support = [...tickets.keys(), ...(records.get("conversation")?.keys() ?? [])].map((key) => key.slice(0, key.indexOf("/")));
  if (support.length > 0) toldBy.set("support", new Set(support));
  for (const [kind, scopes] of toldBy) {
    const tellers = new Set([...scopes].flatMap((scope) => (scope === "native" ? tokens : [scope])));
    toldBy.set(kind, new Set([...tellers].slice(0, tellersPerKindMax)));
  }
}
