import { useEffect, useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { HealthChanges } from "../../api-types.ts";
import { serverNow } from "../../clock.ts";
import { dateOnlyText, exactTimeText, plural, pointsText, zoneText } from "../../format.ts";
import { hrefWith, setQuery } from "../../router.ts";
import { useResource } from "../../resource.ts";
import { type ChangeGroup, daysBefore, groupsOf, weekQuery, wholeDayOfBoth } from "./change-groups.ts";
import { causeWords, moveText } from "../../words.ts";
import { fromLocalInput, toLocalInput } from "../../zone.ts";
import { Field } from "../../ui/controls.tsx";
import { Faces, Skeleton } from "../../ui/faces.tsx";
import { Points, Score } from "../../ui/figures.tsx";

const dayMs = 86_400_000;
const spans: readonly (readonly [days: number, word: string])[] = [
  [1, "24 hours"],
  [7, "7 days"],
  [30, "30 days"],
];

/** An event by its id, one press away in the timeline. */
const EventLink = ({ id }: { id: string }) => (
  <a class="mono" href={hrefWith({ tab: "timeline", event: id, type: null })}>
    {id}
  </a>
);

/** Without events: what was known grew older, left its window or fell due; a configuration needs none. `total` null: more than could be counted. */
function EventLinks({ ids, total, isFact }: { ids: readonly string[]; total: number | null; isFact: boolean }) {
  const [first, ...others] = ids;
  if (first === undefined) return <span class="quiet">{total === null ? "many" : isFact ? "none, time went on" : "none"}</span>;
  const more = (total ?? ids.length) - 1;
  return (
    <>
      <EventLink id={first} />
      {others.length === 0 ? null : (
        <details class="event-links">
          <summary>
            and {total === null ? "at least " : ""}
            {more} more{more > others.length ? `, the newest ${others.length}:` : ""}
          </summary>
          {others.map((id) => (
            <EventLink key={id} id={id} />
          ))}
        </details>
      )}
    </>
  );
}

type Move = HealthChanges["moves"][number];

/** What a window no longer looks at: time went on, and these were its events. Where too much had to be read there may be none. */
const Left = ({ of }: { of: NonNullable<Move["left"]> }) =>
  of.eventsTotal === null && of.eventIds.length === 0 ? (
    <div class="events-left quiet">What left its window ({leftText(of)}) is more than one answer reads</div>
  ) : (
    <div class="events-left">
      <span class="quiet">
        {of.eventsTotal === null ? "Many events" : plural(of.eventsTotal, "event")} left its window ({leftText(of)}):
      </span>{" "}
      <EventLinks ids={of.eventIds} total={of.eventsTotal} isFact />
    </div>
  );
/** The last instant of a stretch of whole days is of the day before its end. */
const leftText = ({ from, to }: { from: string; to: string }): string => {
  const [first, last] = [dateOnlyText(from.slice(0, 10)), dateOnlyText(new Date(Date.parse(to) - 1).toISOString().slice(0, 10))];
  return first === last ? first : `${first} to ${last}`;
};

/** Where it has moved, and the events behind it. A line of a measure leads to its history. */
function Line({ move, measured }: { move: Move; measured: boolean }) {
  return (
    <tr>
      <th scope="row">{measured ? <a href={hrefWith({ measure: move.measure })}>{moveText(move)}</a> : moveText(move)}</th>
      <td class="num" data-label="Points">
        <Points value={move.delta} digits={2} />
      </td>
      <td class="num" data-label="Before">
        {pointsText(move.from, 2)}
      </td>
      <td class="num" data-label="After">
        {pointsText(move.to, 2)}
      </td>
      <td class="wrap">
        {move.eventIds.length === 0 && move.left != null ? null : (
          <EventLinks ids={move.eventIds} total={move.eventsTotal} isFact={move.cause === "data"} />
        )}
        {move.left == null ? null : <Left of={move.left} />}
      </td>
    </tr>
  );
}

/** The lines of one cause under their sum. Those that are too slight to be seen in figures are shown when asked for. */
function Group({ group, measured, note }: { group: ChangeGroup<Move>; measured: ReadonlySet<string>; note: string | null }) {
  const [showsSlight, setShowsSlight] = useState(false);
  const { cause, points, moves, slight } = group;
  return (
    <tbody>
      <tr class="dimension">
        <th scope="rowgroup">
          {causeWords[cause]}
          {note === null ? null : <span class="measure-note">{note}</span>}
        </th>
        <td class="num" data-label="Together">
          <Points value={points} digits={2} />
        </td>
        <td colSpan={3} class="dimension-rest">
          {" "}
        </td>
      </tr>
      {(showsSlight ? [...moves, ...slight] : moves).map((move) => (
        <Line key={`${move.measure} ${move.aspect ?? ""}`} move={move} measured={measured.has(move.measure)} />
      ))}
      {slight.length === 0 || showsSlight ? null : (
        <tr>
          <th scope="row" colSpan={5} class="changes-slight">
            <span class="quiet">{plural(slight.length, "line")} of less than 0.005 points each</span>{" "}
            <button type="button" class="button button-small" onClick={() => setShowsSlight(true)}>
              Show
            </button>
          </th>
        </tr>
      )}
    </tbody>
  );
}

const measuresOf = ({ from, to }: HealthChanges): ReadonlySet<string> =>
  new Set([from, to].flatMap(({ dimensions }) => dimensions.flatMap(({ measures }) => measures.map(({ key }) => key))));

/** By which rules the two ends were judged. */
const rulesText = ({ from, to }: HealthChanges): string =>
  from.scorecard === to.scorecard ? `Scorecard ${to.scorecard}` : `Scorecard ${from.scorecard} → ${to.scorecard}`;

export function Changes({
  id,
  card,
  turn,
  from,
  to,
}: {
  id: string;
  /** Key of the scorecard; undefined: the account's own. */
  card: string | undefined;
  turn: number;
  from: string | null;
  to: string | null;
}) {
  const changes = useResource(
    `changes ${id} ${card ?? ""} ${from} ${to}`,
    (signal) => api.changes(id, { scorecard: card, from: from ?? undefined, to: to ?? undefined }, signal),
    true,
  );
  useEffect(() => {
    if (turn > 0 && to === null) changes.reload();
  }, [turn]);
  const now = serverNow();
  const fromTime = Date.parse(changes.data?.from.asOf ?? "");
  const toTime = Date.parse(changes.data?.to.asOf ?? "");
  return (
    <>
      <div class="between">
        <Field label="Between">
          {(ids) => (
            <input
              {...ids}
              type="datetime-local"
              value={toLocalInput(from === null ? (Number.isNaN(fromTime) ? now - dayMs : fromTime) : Date.parse(from))}
              onChange={(event) =>
                setQuery({ from: fromLocalInput(event.currentTarget.value), to: to ?? new Date(serverNow()).toISOString() })
              }
            />
          )}
        </Field>
        <Field label="and">
          {(ids) => (
            <input
              {...ids}
              type="datetime-local"
              value={toLocalInput(to === null ? (Number.isNaN(toTime) ? now : toTime) : Date.parse(to))}
              onChange={(event) => setQuery({ to: fromLocalInput(event.currentTarget.value), from: from ?? daysBefore(serverNow(), 1) })}
            />
          )}
        </Field>
        <div class="segments" role="group" aria-label="Time to compare">
          {spans.map(([days, word]) => (
            <button
              key={days}
              type="button"
              onClick={() => setQuery({ from: days === 1 ? null : daysBefore(serverNow(), days), to: null })}
            >
              {word}
            </button>
          ))}
          <button type="button" onClick={() => setQuery(weekQuery(serverNow()))}>
            Last week
          </button>
        </div>
        <p class="quiet">{zoneText("1d")}</p>
      </div>
      <Faces of={changes} what="The comparison" works="The score above is still current." skeleton={<Skeleton rows={4} />}>
        {(data) => {
          const measured = measuresOf(data);
          const wholeDay = wholeDayOfBoth(data);
          return (
            <>
              {wholeDay === null ? null : (
                <p class="quiet">
                  Both instants are of {dateOnlyText(wholeDay)} (UTC). What is counted by whole UTC days (most of usage, messages, market
                  signals) is the same at both: to see it move, begin on an earlier day.
                </p>
              )}
              <table class="table changes cards">
                <caption class="changes-sum">
                  <span title={exactTimeText(fromTime)}>
                    From <Score value={data.from.score} />
                  </span>{" "}
                  <span title={exactTimeText(toTime)}>
                    to <Score value={data.to.score} />:{" "}
                  </span>
                  {data.difference === null ? null : <Points value={data.difference} digits={2} unit />}
                  {data.from.score === null || data.to.score === null
                    ? "No difference without two scores."
                    : data.moves.length === 0
                      ? ". Nothing moved."
                      : `, the sum of ${plural(data.moves.length, "line")}`}
                </caption>
                <thead>
                  <tr>
                    <th scope="col">What</th>
                    <th scope="col" class="num changes-number">
                      Points
                    </th>
                    <th scope="col" class="num changes-number">
                      Before
                    </th>
                    <th scope="col" class="num changes-number">
                      After
                    </th>
                    <th scope="col">Events</th>
                  </tr>
                </thead>
                {groupsOf(data.moves).map((group) => (
                  <Group
                    key={group.cause}
                    group={group}
                    measured={measured}
                    note={group.cause === "configuration" ? rulesText(data) : null}
                  />
                ))}
              </table>
            </>
          );
        }}
      </Faces>
    </>
  );
}
