import { Unavailable, type ApiPorts, type Connection } from "./ports.ts";

const sendersMax = 500;

export type Senders = { readonly connections: readonly Connection[]; readonly names: ReadonlyMap<string, string> };

/**
 * Who can send events, by the id that deliveries and streams bear: a connection's, or a token's. With the database down nobody has a name,
 * and what they sent is told all the same.
 */
export async function knownSenders(ports: ApiPorts): Promise<Senders> {
  try {
    const page = { limit: sendersMax, after: null };
    const [connections, tokens] = await Promise.all([ports.store.connections({ ...page, deletedToo: true }), ports.store.tokens(page)]);
    return {
      connections,
      names: new Map([["admin", "Admin token"], ...[...connections, ...tokens].map(({ id, name }) => [id, name] as const)]),
    };
  } catch (error) {
    if (error instanceof Unavailable) return { connections: [], names: new Map() };
    throw error;
  }
}
