import type { AccountRecord, TicketRecord } from "./state.ts";

/** Connections and tokens that told of a record: each observation is named by its event and by who sent it. */
export const tellersOfRecord = ({ observations }: Pick<AccountRecord, "observations">): readonly string[] =>
  observations.map(({ tie }) => tie.slice(tie.lastIndexOf("/") + 1));

/** The same of a ticket: the connection whose it is; of a native one the tokens, none where older code noted none. */
export function tellersOfTicket({ key, tokens = [] }: Pick<TicketRecord, "key" | "tokens">): readonly string[] {
  const scope = key.slice(0, key.indexOf("/"));
  return scope === nativeScope ? tokens : [scope];
}

/** What came natively is numbered together, whoever sent it. */
export const nativeScope = "native";
