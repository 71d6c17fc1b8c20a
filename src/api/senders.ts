import { sendersMax } from "../domain/limits.ts";
import { Unavailable, type ApiPorts, type Connection } from "./ports.ts";

export type Senders = { readonly connections: readonly Connection[]; readonly names: ReadonlyMap<string, string> };

/**
 * Who can send events, by the id that deliveries and streams bear: a connection's, or a token's. With the database down nobody has a name,
 * and what they sent is told all the same.
 */
export async function knownSenders(ports: ApiPorts): Promise<Senders> {
  try {
    const page = { limit: sendersMax, after: null };
    const [live, deleted, tokens] = await Promise.all([
      ports.store.connections({ ...page, which: "live" }),
      ports.store.connections({ ...page, which: "deleted" }),
      ports.store.tokens(page),
    ]);
    const connections = [...live, ...deleted];
    return {
      connections,
      names: new Map([["admin", "Admin token"], ...[...connections, ...tokens].map(({ id, name }) => [id, name] as const)]),
    };
  } catch (error) {
    if (error instanceof Unavailable) return { connections: [], names: new Map() };
    throw error;
  }
}
