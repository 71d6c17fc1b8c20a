/** A record that lies on a shelf: its slot says in which page it is written. */
export type Shelved = { readonly key: string; readonly slot: number; readonly updatedAt: number };

/**
 * Bounded records of one kind of an account. Pages hold neighbouring slots, so that a changed record writes one page.
 *
 * A full shelf gives up what changed longest ago; `horizon` is the newest instant up to which records have been given up, epoch ms: what is
 * first heard of with a time that old is not taken in any more, so that nothing given up is counted twice.
 */
export type Shelf<R extends Shelved> = {
  readonly records: Map<string, R>;
  /** Slots given so far. */
  slots: number;
  freeSlots: number[];
  horizon: number;
  /** Slots whose page must be written. */
  readonly changedSlots: Set<number>;
};

export const emptyShelf = <R extends Shelved>(): Shelf<R> => ({
  records: new Map(),
  slots: 0,
  freeSlots: [],
  horizon: 0,
  changedSlots: new Set(),
});

/**
 * A slot for one more record that is first heard of at `at`; null when there is no room for it.
 *
 * @param mayGo which records may be given up for room
 */
export function slotFor<R extends Shelved>(shelf: Shelf<R>, at: number, recordsMax: number, mayGo: (record: R) => boolean): number | null {
  if (at <= shelf.horizon || !makeRoom(shelf, recordsMax, mayGo)) return null;
  return shelf.freeSlots.pop() ?? shelf.slots++;
}

function makeRoom<R extends Shelved>(shelf: Shelf<R>, recordsMax: number, mayGo: (record: R) => boolean): boolean {
  if (shelf.records.size < recordsMax) return true;
  let oldest: R | null = null;
  for (const record of shelf.records.values()) {
    if (!mayGo(record)) continue;
    if (oldest === null || record.updatedAt < oldest.updatedAt || (record.updatedAt === oldest.updatedAt && record.key < oldest.key))
      oldest = record;
  }
  if (oldest === null) return false;
  shelf.horizon = Math.max(shelf.horizon, oldest.updatedAt);
  shelf.records.delete(oldest.key);
  shelf.freeSlots.push(oldest.slot);
  shelf.changedSlots.add(oldest.slot);
  return true;
}

/** What a head page keeps of a shelf. */
export type ShelfHead = readonly [slots: number, horizon: number, freeSlots: readonly number[]];

export const toShelfHead = ({ slots, horizon, freeSlots }: Shelf<Shelved>): ShelfHead => [slots, horizon, freeSlots];

export const fromShelfHead = <R extends Shelved>([slots, horizon, freeSlots]: ShelfHead): Shelf<R> => ({
  ...emptyShelf<R>(),
  slots,
  horizon,
  freeSlots: [...freeSlots],
});

/** Records of each page that holds a changed one; without any it is an empty page. The shelf has no changed ones afterwards. */
export function takeChanged<R extends Shelved>(shelf: Shelf<R>, recordsPerPage: number): { page: number; records: R[] }[] {
  if (shelf.changedSlots.size === 0) return [];
  const pages = new Map<number, R[]>();
  for (const slot of shelf.changedSlots) pages.set(Math.floor(slot / recordsPerPage), []);
  for (const record of shelf.records.values()) pages.get(Math.floor(record.slot / recordsPerPage))?.push(record);
  shelf.changedSlots.clear();
  return [...pages].map(([page, records]) => ({ page, records }));
}
