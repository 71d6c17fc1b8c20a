import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { AccountRow, Band, DeliveryItem } from "../../api-types.ts";
import { scoreText } from "../../format.ts";
import { useNews } from "../../live.ts";
import { accountPath } from "../../router.ts";
import { useResource } from "../../resource.ts";
import { moveText } from "../../words.ts";
import { announce } from "../../ui/announcer.tsx";
import { useEvery } from "../../ui/every.ts";
import { Age, BandBadge, Points } from "../../ui/figures.tsx";
import { Outcomes } from "../sources/outcomes.tsx";

const readAgainMs = 1500;
const shownMax = 3;

/** Deliveries of one connection as they come in. */
export function useArrivals(connectionId: string | null): readonly DeliveryItem[] {
  const deliveries = useResource(
    connectionId === null ? null : `arrivals ${connectionId}`,
    async (signal) => (await api.deliveries({ connection: connectionId ?? undefined, limit: shownMax }, signal)).items,
  );
  useEvery(readAgainMs, () => {
    if (connectionId !== null) deliveries.reload();
  });
  const count = deliveries.data?.length ?? 0;
  useEffect(() => {
    if (count > 0) announce("The event has arrived", false);
  }, [count > 0]);
  return deliveries.data ?? [];
}

export type Moved = { readonly before: number | null; readonly row: AccountRow };

/** The accounts that moved since this page stands. `before`: their scores when the test was sent, where they had one. */
export function useMoved(accountIds: readonly string[], before: ReadonlyMap<string, number | null>): readonly Moved[] {
  const heard = useRef(new Map<string, AccountRow>());
  const [, redraw] = useState(0);
  useNews((news) => {
    if (news.type !== "account.changed") return;
    heard.current.set(news.accountId, news.data);
    redraw((count) => count + 1);
  }, []);
  return accountIds.flatMap((id) => {
    const row = heard.current.get(id);
    return row === undefined ? [] : [{ before: before.get(id) ?? row.scoreDayAgo, row }];
  });
}

export function Arrivals({ deliveries }: { deliveries: readonly DeliveryItem[] }) {
  if (deliveries.length === 0) {
    return (
      <p class="waiting" role="status">
        <span class="waiting-dot" aria-hidden="true" /> Waiting for the first event. This page shows it by itself.
      </p>
    );
  }
  return (
    <ul class="arrivals">
      {deliveries.map((delivery) => (
        <li key={delivery.id}>
          <Age at={delivery.receivedAt} /> <Outcomes delivery={delivery} />
        </li>
      ))}
    </ul>
  );
}

export function MovedScore({ moved }: { moved: Moved }) {
  const { row, before } = moved;
  const first = row.moves[0];
  return (
    <div class="moved">
      <p>
        <a href={accountPath(row.id)}>{row.name ?? row.id}</a>
      </p>
      <p class="moved-score">
        {before === null ? "no score" : scoreText(before)} → <strong>{scoreText(row.score)}</strong> <BandBadge band={row.band as Band} />
      </p>
      {first === undefined ? null : (
        <p>
          <Points value={first.delta} /> {moveText(first)}
        </p>
      )}
      <p class="quiet">
        {row.events} {row.events === 1 ? "event" : "events"} counted.{" "}
        {row.score !== null && row.band === "not_enough_data" ? "The band appears when more is measured than one event can tell." : ""}
      </p>
      <p>
        <a class="button button-main" href={accountPath(row.id)}>
          See how the score comes about
        </a>
      </p>
    </div>
  );
}
