import { api } from "../api.ts";
import { useResource } from "../resource.ts";

/** Authors that are no token of the list. */
const own: ReadonlyMap<string, string> = new Map([
  ["admin", "this deployment's admin token"],
  ["pulseline", "Pulseline"],
]);

/** Names that are being asked for: a table tells the same author in many rows. */
const asking = new Map<string, Promise<{ readonly name: string }>>();
function nameOf(id: string): Promise<{ readonly name: string }> {
  let name = asking.get(id);
  if (name === undefined) asking.set(id, (name = api.tokenName(id).finally(() => asking.delete(id))));
  return name;
}

/** Who wrote it: the name of the token; its id while that is not known, and for whoever may not ask. */
export function Author({ id }: { id: string }) {
  const known = own.get(id);
  const asked = useResource(known === undefined ? `token ${id} name` : null, () => nameOf(id));
  const name = known ?? asked.data?.name;
  return name === undefined ? <span class="mono">{id}</span> : <span title={id}>{name}</span>;
}
