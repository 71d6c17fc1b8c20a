/** What a token lets its bearer do; none contains another, but `admin` contains all. */
export type Scope = "ingest" | "read" | "write" | "admin";

/** A token without its text, as it is listed. Instants are epoch ms. */
export type Token = {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** It ends with this connection. */
  readonly connectionId: string | null;
  /** The accounts of which it may see something; null: all. */
  readonly accountIds: readonly string[] | null;
  readonly expiresAt: number | null;
  readonly createdAt: number;
  readonly revokedAt: number | null;
};
