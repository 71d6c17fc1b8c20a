/** An account that an event was passed on from because it had been merged away, and which of its merges that was. */
export type MergeHop = { readonly accountId: string; readonly version: number };

/** How an event came to an account: the key by which it was resolved, at the version that the key's edge had, and the merged accounts on its way. */
export type EdgeRef = {
  readonly key: string;
  readonly version: number;
  /** In order, at most `mergeDepthMax`; absent for an event that was resolved to the account itself. */
  readonly merges?: readonly MergeHop[] | undefined;
};

/** As it is written in journal and archive: `merges` as pairs, only where there are any. */
export type PackedEdge = readonly [key: string, version: number, merges?: readonly (readonly [accountId: string, version: number])[]];

export const fromEdge = ({ key, version, merges }: EdgeRef): PackedEdge =>
  merges === undefined ? [key, version] : [key, version, merges.map((hop) => [hop.accountId, hop.version])];

export const toEdge = ([key, version, merges]: PackedEdge): EdgeRef =>
  merges === undefined ? { key, version } : { key, version, merges: merges.map(([accountId, at]) => ({ accountId, version: at })) };

/** Names a merged account where events are released by what brought them; no identity key has this kind. */
export const mergeKey = (accountId: string): string => `merged|${accountId}`;

/** Whether one of the things that brought an event was older than the version that `versionOf` gives for it (0: none). */
export const isOlder = ({ key, version, merges }: EdgeRef, versionOf: (key: string) => number): boolean =>
  version < versionOf(key) || (merges?.some((hop) => hop.version < versionOf(mergeKey(hop.accountId))) ?? false);

/** The account that the event was resolved to, if it was merged into the one that has it; undefined for the account's own events. */
export const originOf = ({ merges }: EdgeRef): string | undefined => merges?.[0]?.accountId;
