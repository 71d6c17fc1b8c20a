export type Page<Item> = { readonly items: readonly Item[]; readonly nextCursor: string | null };

export type Scope = "ingest" | "read" | "write" | "admin";

export type Session = {
  readonly tokenId: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly accountIds: readonly string[] | null;
  readonly expiresAt: string | null;
};
