import { useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { DeadLetter, DeadLetterGroup, DeadLettersPage as DeadLetters } from "../../api-types.ts";
import { detailText } from "../../faults.ts";
import { countText, plural } from "../../format.ts";
import { useRowWalk } from "../../keys.tsx";
import { useNews } from "../../live.ts";
import { accountPath, setQuery, usePlace } from "../../router.ts";
import { useResource } from "../../resource.ts";
import { may, useSession } from "../../session.ts";
import { reasonText } from "../../words.ts";
import { ActionError, Dialog, useAction } from "../../ui/controls.tsx";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { Age, StateBadge } from "../../ui/figures.tsx";
import { Segments } from "../../ui/segments.tsx";
import { DeadLetterDialog, DiscardForm } from "./dead-letter-dialog.tsx";
import { Unresolved } from "./unresolved.tsx";
import { type Worked, workGroup } from "./work-group.ts";

const statuses = [
  { key: "open", word: "Waiting" },
  { key: "replayed", word: "Replayed" },
  { key: "discarded", word: "Discarded" },
] as const;

function Group({
  group,
  active,
  mayWrite,
  onDone,
}: {
  group: DeadLetterGroup;
  active: boolean;
  mayWrite: boolean;
  /** Gets what came of the whole group: its own place is gone once none of it waits. */
  onDone: (worked: Worked) => void;
}) {
  const [told, setTold] = useState<string | null>(null);
  const [asked, setAsked] = useState<"replay" | "discard" | null>(null);
  const words = reasonText(group.reason);
  // Under its old id a conflict would only come back: what is sent again is another event.
  const asNew = group.reason === "id_conflict";
  const replay = useAction(async () => {
    setAsked(null);
    onDone(
      await workGroup(group.reason, (letter) => api.replayDeadLetter(letter.id, asNew), setTold, asNew ? "replayed as new" : "replayed"),
    );
    setTold(null);
  });
  const discard = useAction(async (why: string) => {
    setAsked(null);
    onDone(await workGroup(group.reason, (letter) => api.discardDeadLetter(letter.id, why), setTold, "discarded"));
    setTold(null);
  });
  return (
    <li class={active ? "group group-on" : "group"}>
      <button
        type="button"
        class="group-name"
        aria-pressed={active}
        onClick={() => setQuery({ reason: active ? null : group.reason, status: null })}
      >
        <span>{words.title}</span>
        <span class="group-count">{countText(group.open)}</span>
      </button>
      <p class="hint">{words.help}</p>
      <div class="actions">
        <button
          type="button"
          class="button button-small"
          disabled={!mayWrite || replay.busy || discard.busy}
          onClick={() => setAsked("replay")}
        >
          {asNew ? "Replay all as new…" : "Replay all…"}
        </button>
        <button
          type="button"
          class="button button-small"
          disabled={!mayWrite || replay.busy || discard.busy}
          onClick={() => setAsked("discard")}
        >
          Discard all…
        </button>
      </div>
      {told === null ? null : (
        <p class="hint" role="status">
          {told}
        </p>
      )}
      <ActionError error={replay.error ?? discard.error} />
      {asked === "replay" ? (
        <Dialog title={`Replay ${plural(group.open, "event")}${asNew ? " as new" : ""}`} onClose={() => setAsked(null)}>
          <div class="form">
            <p>
              {words.title}.{" "}
              {asNew
                ? "Each gets an id of its own and is counted beside the event that came first. If that one is the same, it counts twice."
                : "Each is tried again as it stands and counts once it succeeds; one that fails again comes back here."}
            </p>
            <button type="button" class="button button-main" onClick={() => void replay.start()}>
              {asNew ? "Replay all as new" : "Replay all"}
            </button>
          </div>
        </Dialog>
      ) : null}
      {asked === "discard" ? (
        <Dialog title={`Discard ${plural(group.open, "event")}`} onClose={() => setAsked(null)}>
          <p>{words.title}. Discarded events are never counted; they stay on record with your reason.</p>
          <DiscardForm busy={discard.busy} onDiscard={(why) => void discard.start(why)} />
        </Dialog>
      ) : null}
    </li>
  );
}

function List({ page, status, onLook }: { page: DeadLetters; status: string; onLook: (letter: DeadLetter) => void }) {
  if (page.items.length === 0) {
    return status === "open" ? (
      <Empty title="Nothing waits for a person">
        <p>An event lands here when it contradicts an earlier one or fails every time it is tried. None does now.</p>
      </Empty>
    ) : (
      <Empty title={`None was ${status}`} />
    );
  }
  return (
    <table class="table letters cards">
      <caption class="unseen">Events that wait for a person</caption>
      <thead>
        <tr>
          <th scope="col">Event</th>
          <th scope="col">Why</th>
          <th scope="col" class="letter-account">
            Account
          </th>
          <th scope="col" class="letter-source">
            Source
          </th>
          <th scope="col" class="num letter-age">
            Since
          </th>
          <th scope="col" class="letter-look">
            <span class="unseen">Look</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {page.items.map((letter) => (
          <tr key={letter.id}>
            <th scope="row" title={letter.eventId}>
              {letter.type} <span class="mono quiet">{letter.eventId}</span>
            </th>
            <td title={detailText(letter.detail)}>
              {letter.status === "open" ? (
                detailText(letter.detail)
              ) : (
                <StateBadge tone={letter.status === "replayed" ? "good" : "none"}>
                  {letter.status === "replayed" ? "Replayed" : "Discarded"}
                </StateBadge>
              )}
            </td>
            <td>
              {letter.accountId === null ? <span class="quiet">none</span> : <a href={accountPath(letter.accountId)}>{letter.accountId}</a>}
            </td>
            <td>{letter.connector}</td>
            <td class="num">
              <Age at={letter.at} />
            </td>
            <td>
              <button
                type="button"
                class="button button-small"
                data-row={letter.id}
                onClick={() => onLook(letter)}
                aria-label={`Look at ${letter.type} ${letter.eventId}`}
              >
                Look
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function DeadLettersPage() {
  const { query } = usePlace();
  const session = useSession();
  const status = query.get("status") ?? "open";
  const reason = query.get("reason");
  const looked = query.get("look");
  const letters = useResource(
    `dead letters ${status} ${reason}`,
    (signal) => api.deadLetters({ status, reason: reason ?? undefined, limit: 200 }, signal),
    true,
  );
  useNews((news) => {
    if (news.type === "dead_letter.added" || news.type === "reset") letters.reload();
  }, []);
  useRowWalk();
  const mayWrite = may(session, "write");
  const [worked, setWorked] = useState<Worked | null>(null);
  return (
    <>
      <header class="page-head">
        <h1>Dead letters</h1>
        <p class="quiet">What waits for a person. Nothing of it is lost; none of it is counted yet.</p>
        <p role="status">{worked === null ? null : <StateBadge tone={worked.failed > 0 ? "warn" : "good"}>{worked.text}</StateBadge>}</p>
      </header>
      <Faces
        of={letters}
        what="The dead letters"
        works="Events are still taken in and counted; what waits here is kept."
        skeleton={<Skeleton rows={8} />}
      >
        {(page) => (
          <>
            {page.groups.length === 0 ? null : (
              <ul class="groups" aria-label="By reason">
                {page.groups.map((group) => (
                  <Group
                    key={`${group.kind} ${group.reason}`}
                    group={group}
                    active={reason === group.reason}
                    mayWrite={mayWrite}
                    onDone={(what) => {
                      setWorked(what);
                      letters.reload();
                    }}
                  />
                ))}
              </ul>
            )}
            <div class="section-head">
              <Segments
                label="Status"
                options={statuses}
                chosen={status}
                onChoose={(one) => setQuery({ status: one === "open" ? null : one })}
              />
            </div>
            <List page={page} status={status} onLook={(letter) => setQuery({ look: letter.id }, "push")} />
            {page.nextCursor === null ? null : (
              <p class="quiet small-print">The newest 200 are shown. Work a group as a whole above, or narrow by reason.</p>
            )}
          </>
        )}
      </Faces>
      <Unresolved mayWrite={mayWrite} />
      {looked === null ? null : (
        <DeadLetterDialog key={looked} id={looked} mayWrite={mayWrite} onClose={() => setQuery({ look: null })} onDone={letters.reload} />
      )}
    </>
  );
}
