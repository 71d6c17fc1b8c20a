import { api } from "../../api.ts";
import type { DeadLetterDetail, Page, TimelineItem } from "../../api-types.ts";

const firstPageMax = 500;
/** So far back the timeline is looked through for the event that came first. */
const firstPagesMax = 4;

/** The event that was counted under the same id of the same connection; null where it is not among the newest. */
export async function readFirst(
  { accountId, connectionId, eventId }: Pick<DeadLetterDetail, "accountId" | "connectionId" | "eventId">,
  signal: AbortSignal,
): Promise<TimelineItem | null> {
  if (accountId === null) return null;
  let cursor: string | null = null;
  for (let page = 0; page < firstPagesMax; page += 1) {
    const read: Page<TimelineItem> = await api.timeline(accountId, { limit: firstPageMax, cursor }, signal);
    const found = read.items.find((item) => item.id === eventId && item.connectionId === connectionId);
    if (found !== undefined) return found;
    if (read.nextCursor === null) return null;
    cursor = read.nextCursor;
  }
  return null;
}
