import { leavingAccountsKept } from "../limits.ts";

/** What leaves: all (the account was merged away), or what a key brought below a version. */
export type What = "all" | { readonly key: string; readonly version: number };

/**
 * That something leaves an account. `before`: below which version the key's lines had left before; those went their way then. Notes of older code
 * have all keys of the account in `had`.
 */
export type LeavingNote = {
  /** Notes are begun, and worked, in the order of these; that of a note that is gone may be given again. */
  readonly number: number;
  readonly what: What;
  readonly before?: number | undefined;
  readonly had?: readonly (readonly [key: string, version: number])[] | undefined;
};

/** What an account has released, by key. */
export type Versions = ReadonlyMap<string, number>;

/** How to come from what had left before a note to what had left before the next. */
type Redo = { readonly number: number; readonly versions?: Versions; readonly key?: string; readonly version?: number | undefined };
type Kept = { versions: Map<string, number>; readonly redos: Redo[] };

/**
 * What had left an account before a note began: what it has released by now, but for this note and those that began later.
 *
 * The later notes are read once for all that are there, and then each note is one step from the one before, so that an account of which a thousand
 * keys leave costs a thousand readings of a note and not half a million. Kept in memory alone, of `leavingAccountsKept` accounts.
 */
export class LeftBefore {
  private readonly kept = new Map<number, Kept>();

  /**
   * @param released by now; what was true before a note does not change by what is released later
   * @param notes of the account, from this number on, the last first
   */
  of(account: number, number: number, released: Versions, notes: () => Iterable<LeavingNote>): Versions {
    const kept = this.kept.get(account);
    if (kept?.redos.at(-1)?.number === number) return kept.versions;
    const made = unwound(released, notes());
    this.kept.delete(account);
    if (this.kept.size >= leavingAccountsKept) for (const oldest of [...this.kept.keys()].slice(0, 1)) this.kept.delete(oldest);
    this.kept.set(account, made);
    return made.versions;
  }

  /** A note has been worked to its end and is gone; its number may be another note's from now on. */
  done(account: number, number: number): void {
    const kept = this.kept.get(account);
    const redo = kept?.redos.pop();
    if (kept === undefined || redo === undefined || redo.number !== number || kept.redos.length === 0) this.kept.delete(account);
    else if (redo.versions !== undefined) kept.versions = new Map(redo.versions);
    else if (redo.key !== undefined && redo.version === undefined) kept.versions.delete(redo.key);
    else if (redo.key !== undefined && redo.version !== undefined) kept.versions.set(redo.key, redo.version);
  }
}

function unwound(released: Versions, notes: Iterable<LeavingNote>): Kept {
  let versions = new Map(released);
  const redos: Redo[] = [];
  for (const { number, what, before = 0, had } of notes) {
    if (had !== undefined) {
      redos.push({ number, versions });
      versions = new Map(had);
    } else if (what === "all") redos.push({ number });
    else {
      redos.push({ number, key: what.key, version: versions.get(what.key) });
      versions.set(what.key, before);
    }
  }
  return { versions, redos };
}
