/** A page of a list as the API cuts it. */
export function pageOf<Item>(items: readonly Item[], query: URLSearchParams): { items: readonly Item[]; nextCursor: string | null } {
  const start = Number(query.get("cursor") ?? 0);
  const limit = Number(query.get("limit") ?? 50);
  return { items: items.slice(start, start + limit), nextCursor: start + limit < items.length ? String(start + limit) : null };
}
