import { credentialLookups, credentialOwner, endOf, isNewer, isOlder, type Credential } from "../../src/domain/intake/credential.ts";
import { type Topology, changeTopology, firstTopology } from "../../src/domain/intake/topology.ts";

/** The second copy of what the doors must know with D1 down: credentials (every shard), and the topology (shard `0`). */
export class CredentialStore {
  private readonly storage: DurableObjectStorage;
  private readonly sql: SqlStorage;

  /** When each credential ends, by the id that deliveries bear; null: not read since the last change. */
  private knownEnds: ReadonlyMap<string, number> | null = null;

  /** Another number after each change, and in each life of the object; the doors hear it with every append. */
  mark: number;

  /** @param wallNow epoch ms: no two lives begin at one instant */
  constructor(storage: DurableObjectStorage, wallNow: number) {
    this.storage = storage;
    this.sql = storage.sql;
    this.mark = wallNow;
  }

  /**
   * Writes only what is new: the refresh of each minute costs reads. A look-up that another credential has a better claim to stays with that
   * one; when it has been given up, the refresh gives it back.
   */
  put(credentials: readonly Credential[]): void {
    const changed = this.storage.transactionSync(() => credentials.filter((credential) => this.putOne(credential)).length);
    this.mark += changed;
    if (changed > 0) this.knownEnds = null;
  }

  /** Whether anything was written. */
  private putOne(told: Credential): boolean {
    const owner = credentialOwner(told);
    const known = this.read(owner);
    const isNews = known === null || isNewer(told, known);
    const credential = isNews ? told : known;
    if (isNews) this.sql.exec("DELETE FROM credential WHERE owner = ?", owner);
    const due = credentialLookups(credential).filter((lookup) => {
      const holder = this.read(lookup);
      return holder === null || (credentialOwner(holder) !== owner && !isOlder(credential, holder));
    });
    for (const lookup of due) {
      this.sql.exec("INSERT OR REPLACE INTO credential (lookup, owner, body) VALUES (?, ?, ?)", lookup, owner, JSON.stringify(credential));
    }
    return isNews || due.length > 0;
  }

  /**
   * Since when nothing more comes of a connection or token, epoch ms: it was removed, paused, revoked, or has expired by `now`; null: it goes on.
   * Read in one go after a change, and kept.
   */
  endedAt(connectionId: string, now: number): number | null {
    this.knownEnds ??= new Map(
      this.sql
        .exec<{ body: string }>("SELECT body FROM credential WHERE lookup = owner")
        .toArray()
        .flatMap(({ body }) => endOf(JSON.parse(body) as Credential)),
    );
    const endsAt = this.knownEnds.get(connectionId);
    return endsAt !== undefined && endsAt <= now ? endsAt : null;
  }

  get(lookups: readonly string[]): (Credential | null)[] {
    return lookups.map((lookup) => this.read(lookup));
  }

  private read(lookup: string): Credential | null {
    const [row] = this.sql.exec<{ body: string }>("SELECT body FROM credential WHERE lookup = ?", lookup).toArray();
    return row === undefined ? null : (JSON.parse(row.body) as Credential);
  }

  /** Recorded at the first call. */
  topology(accountShards: number): Topology {
    const [row] = this.sql.exec<{ body: string }>("SELECT body FROM topology").toArray();
    if (row !== undefined) return JSON.parse(row.body) as Topology;
    const topology = firstTopology(accountShards);
    this.writeTopology(topology);
    return topology;
  }

  changeTopology(accountShards: number, change: Parameters<typeof changeTopology>[1]): Topology {
    const known = this.topology(accountShards);
    const topology = changeTopology(known, change);
    if (topology !== known) this.writeTopology(topology);
    return topology;
  }

  private writeTopology(topology: Topology): void {
    this.sql.exec("INSERT OR REPLACE INTO topology (one, body) VALUES (1, ?)", JSON.stringify(topology));
  }
}
