import type { Scope } from "../../domain/intake/token.ts";

/** A type of the domain as the API writes it: these instants are RFC 3339. */
export type Told<Known, Instants extends keyof Known> = Omit<Known, Instants> & {
  readonly [Instant in Instants]: string | Extract<Known[Instant], null>;
};

export type Page<Item> = { readonly items: readonly Item[]; readonly nextCursor: string | null };

export type Session = {
  readonly tokenId: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly accountIds: readonly string[] | null;
  readonly expiresAt: string | null;
};
