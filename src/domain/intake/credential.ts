import type { Scope } from "./token.ts";

/** A token or connection as the doors need it; the second copy lives in every intake shard. Secrets only encrypted. */
export type Credential =
  | {
      readonly kind: "token";
      /** SHA-256 hex of the token text. Also the look-up key (`token|hash`). */
      readonly hash: string;
      readonly tokenId: string;
      readonly name: string;
      readonly scopes: readonly Scope[];
      readonly connectionId?: string | undefined;
      readonly accountIds?: readonly string[] | undefined;
      readonly expiresAt?: number | undefined;
      readonly revokedAt?: number | undefined;
    }
  | {
      readonly kind: "connection";
      /** Look-up key `connection|id`; a mixpanel connection is also found by `mixpanel|projectToken`, `mixpanel-project|projectId` and `mixpanel-secret|apiSecretDigest`. */
      readonly id: string;
      readonly connector: string;
      readonly name: string;
      readonly status: "active" | "paused" | "deleted";
      readonly settings: Readonly<Record<string, unknown>>;
      /** AES-GCM, base64; see platform/secrets.ts. Empty object when none are set. */
      readonly secretsCiphertext: string;
      /** Keyed hash of the API secret of a mixpanel connection that has one. */
      readonly apiSecretDigest?: string | undefined;
      readonly updatedAt: number;
    };

export type TokenCredential = Extract<Credential, { kind: "token" }>;

/** Why a token is not taken. `connection_removed`: it was bound to a connection that is gone. */
export type TokenFault = "unknown" | "revoked" | "expired" | "connection_removed";

/** Who a credential belongs to in storage: putting it again replaces all of its look-ups. */
export const credentialOwner = (credential: Credential): string =>
  credential.kind === "token" ? `token|${credential.hash}` : `connection|${credential.id}`;

/** By what the doors may find it. */
export function credentialLookups(credential: Credential): string[] {
  const owner = credentialOwner(credential);
  if (credential.kind === "token") return [owner];
  if (credential.connector !== "mixpanel") return [owner];
  const { projectToken, projectId } = credential.settings;
  return [
    owner,
    ...(typeof projectToken === "string" && projectToken !== "" ? [`mixpanel|${projectToken}`] : []),
    // Mixpanel's project ids are numbers; a client of the API may well send one as such.
    ...((typeof projectId === "string" && projectId !== "") || typeof projectId === "number" ? [`mixpanel-project|${projectId}`] : []),
    ...(credential.apiSecretDigest === undefined ? [] : [`mixpanel-secret|${credential.apiSecretDigest}`]),
  ];
}

/** The id that deliveries bear, and from when on (epoch ms) nothing is to be waited for from it; none for what goes on. */
export function endOf(credential: Credential): readonly [id: string, endsAt: number][] {
  if (credential.kind === "connection") return credential.status === "active" ? [] : [[credential.id, credential.updatedAt]];
  const { tokenId, revokedAt, expiresAt } = credential;
  const endsAt = revokedAt ?? expiresAt;
  return endsAt === undefined ? [] : [[tokenId, endsAt]];
}

/**
 * Whether a second copy must give way. Copies come in any order (a write at the API, the refresh of each minute): a connection is
 * replaced only by a later version of itself, and a revoked token stays revoked.
 */
export function isNewer(incoming: Credential, known: Credential): boolean {
  if (incoming.kind === "connection" && known.kind === "connection" && incoming.updatedAt < known.updatedAt) return false;
  if (incoming.kind === "token" && known.kind === "token" && known.revokedAt !== undefined && incoming.revokedAt === undefined)
    return false;
  return JSON.stringify(incoming) !== JSON.stringify(known);
}

/**
 * Whether one look-up is rather another's than the candidate's: two mixpanel connections may have borne one project token or id, and the
 * one that is not deleted wins, then the newer; of two of one moment always the same.
 */
export function isOlder(candidate: Credential, holder: Credential | null): boolean {
  if (holder?.kind !== "connection" || candidate.kind !== "connection" || holder.id === candidate.id) return false;
  if ((holder.status === "deleted") !== (candidate.status === "deleted")) return candidate.status === "deleted";
  return candidate.updatedAt === holder.updatedAt ? candidate.id < holder.id : candidate.updatedAt < holder.updatedAt;
}
