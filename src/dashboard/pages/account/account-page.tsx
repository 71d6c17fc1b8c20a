import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { Account, AccountRow, HealthReading, Measure } from "../../api-types.ts";
import { useEscape, useRowWalk } from "../../keys.tsx";
import { useNews } from "../../live.ts";
import { accountPath, navigate, setQuery, usePlace } from "../../router.ts";
import { type Resource, useResource } from "../../resource.ts";
import { announce } from "../../ui/announcer.tsx";
import { othersText, scorecardTitle } from "../../words.ts";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { Icon } from "../../ui/icons.tsx";
import { agreementTexts } from "../../words.ts";
import { AccountHead, type Overridden, WaitingNote } from "./account-head.tsx";
import { Changes } from "./changes.tsx";
import { Children } from "./children.tsx";
import { Contributions } from "./contributions.tsx";
import { Conversations } from "./conversations.tsx";
import { MeasureDialog } from "./measure-dialog.tsx";
import { Money } from "./money.tsx";
import { Notes } from "./notes.tsx";
import { People } from "./people.tsx";
import { ScoreChoice } from "./score-choice.tsx";
import { ScoreHistory } from "./score-history.tsx";
import { Tasks } from "./tasks.tsx";
import { Tickets } from "./tickets.tsx";
import { Timeline } from "./timeline.tsx";
import { Usage } from "./usage.tsx";
import { Verdicts } from "./verdicts.tsx";
import { WaitingFor } from "./waiting-for.tsx";

/** An account under load changes many times a second; what hangs on it is read again at most this often. */
const readAgainMs = 1000;
const markedMs = 2000;

/** Shows the news of the live row in the document at once; the exact rest follows by reading again. */
const withRow = (account: Account, row: AccountRow): Account => ({
  ...account,
  score: row.score,
  band: row.band as Account["band"],
  confidence: row.confidence,
  scoreDayAgo: row.scoreDayAgo,
  change: row.change,
  changeByConfiguration: row.changeByConfiguration,
  moves: row.moves,
  events: row.events,
  lastEventAt: row.lastEventAt,
  asOf: row.computedAt,
});

function useLiveAccount(id: string, account: Resource<Account>, readings: readonly Resource<HealthReading>[]) {
  const [turn, setTurn] = useState(0);
  const [marked, setMarked] = useState(false);
  const [people, setPeople] = useState<{ openTickets: number; activeUsers28d: number } | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const unmark = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useNews(
    (news) => {
      if (news.type === "account.changed" && news.accountId === id) {
        account.change((before) => withRow(before, news.data));
        setPeople({ openTickets: news.data.openTickets, activeUsers28d: news.data.activeUsers28d });
        setMarked(true);
        clearTimeout(unmark.current);
        unmark.current = setTimeout(() => setMarked(false), markedMs);
        announce("This account changed");
      } else if (news.type !== "reset") return;
      timer.current ??= setTimeout(() => {
        timer.current = null;
        account.reload();
        for (const one of readings) one.reload();
        setTurn((count) => count + 1);
      }, readAgainMs);
    },
    [id],
  );
  useEffect(
    () => () => {
      clearTimeout(timer.current ?? undefined);
      clearTimeout(unmark.current);
    },
    [],
  );
  return { turn, marked, people };
}

const overriddenIn = (health: HealthReading | null): Overridden | null =>
  health === null || health.override === null ? null : { computedScore: health.computedScore, override: health.override };

const measureOf = ({ dimensions }: HealthReading, measure: string) =>
  dimensions.flatMap(({ measures }) => measures).find(({ key }) => key === measure);

/** Only lent anchors move the lines of a measure; a lent figure is part of its value. */
const lentAnchorsOf = (measure: Pick<Measure, "fromOthers"> | undefined): string | null =>
  measure?.fromOthers?.anchors === undefined ? null : othersText(measure);

const tabs = [
  { key: "changes", word: "What changed" },
  { key: "tickets", word: "Tickets" },
  { key: "conversations", word: "Conversations" },
  { key: "people", word: "People" },
  { key: "usage", word: "Usage" },
  { key: "money", word: "Money" },
  { key: "children", word: "Child accounts" },
  { key: "notes", word: "Notes & tasks" },
  { key: "timeline", word: "Timeline" },
] as const;

type Tab = (typeof tabs)[number];

/** Child accounts are no matter of an account that has none. */
const tabsOf = (health: HealthReading | null): readonly Tab[] =>
  tabs.filter(({ key }) => key !== "children" || (health?.rollup ?? null) !== null);

function Tabs({ active, shown }: { active: string; shown: readonly Tab[] }) {
  const move = (event: KeyboardEvent, index: number): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const next = shown[(index + step + shown.length) % shown.length];
    if (step === 0 || next === undefined) return;
    event.preventDefault();
    setQuery({ tab: next.key });
    document.getElementById(`tab-${next.key}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Details">
      {shown.map((tab, index) => (
        <button
          key={tab.key}
          id={`tab-${tab.key}`}
          type="button"
          role="tab"
          aria-selected={tab.key === active}
          aria-controls="tab-panel"
          tabIndex={tab.key === active ? 0 : -1}
          onClick={() => setQuery({ tab: tab.key, type: null, status: null, event: null, days: null })}
          onKeyDown={(event) => move(event, index)}
        >
          {tab.word}
        </button>
      ))}
    </div>
  );
}

/** As tall as the head will be, so that nothing below it jumps. */
const HeadSpace = () => (
  <div class="head-space">
    <Skeleton rows={2} kind="block" />
  </div>
);

export function AccountPage({ id }: { id: string }) {
  const { query } = usePlace();
  const account = useResource(`account ${id}`, (signal) => api.account(id, signal));
  const card = query.get("card") ?? undefined;
  const own = useResource(`health ${id}`, (signal) => api.health(id, {}, signal));
  const beside = useResource(card === undefined ? null : `health ${id} ${card}`, (signal) => api.health(id, { scorecard: card }, signal));
  const health = card === undefined ? own : beside;
  const { turn, marked, people } = useLiveAccount(id, account, [own, beside]);
  const leave = useCallback(() => (history.length > 1 ? history.back() : navigate("/")), []);
  const reread = useCallback(() => {
    account.reload();
    own.reload();
  }, []);
  useEscape(leave);
  useRowWalk();
  const asked = query.get("tab");
  const shown = tabsOf(own.data);
  const tab = shown.some((one) => one.key === asked) ? (asked ?? "changes") : "changes";
  const measure = query.get("measure");
  const name = account.data?.name;
  // One that was merged is read under the name of the whole, whose news are those to hear. Only what was just read says so: it may have been
  // given back since the page last looked.
  const whole = account.loading || account.error !== null ? id : (account.data?.id ?? id);
  useEffect(() => {
    if (whole !== id) navigate(accountPath(whole) + location.search, "replace");
  }, [whole, id]);
  useEffect(() => {
    if (typeof name === "string") document.title = `${name} – Pulseline`;
  }, [name]);

  if (account.data === null && account.error?.status === 404) {
    return (
      <>
        <h1 class="unseen">{id}</h1>
        <Empty title={`There is no account “${id}”`}>
          <p>It may not have sent an event yet, or the link is mistyped.</p>
          <a class="button" href="/">
            Go to the portfolio
          </a>
        </Empty>
      </>
    );
  }
  return (
    <>
      <p class="crumb">
        <a href="/">
          <Icon name="back" /> Portfolio
        </a>
      </p>
      {account.data === null ? <h1 class="unseen">{id}</h1> : null}
      <Faces of={account} what="The account" works="The portfolio may still work." skeleton={<HeadSpace />}>
        {(data) => (
          <AccountHead
            account={data}
            marked={marked}
            people={people}
            turn={turn}
            waitingBand={own.data?.waitingBand ?? null}
            overridden={overriddenIn(own.data)}
            risk={own.data?.risk90 ?? null}
          />
        )}
      </Faces>
      <ScoreChoice scores={account.data?.scores ?? []} chosen={card ?? null} />
      <ScoreHistory
        id={id}
        card={card}
        turn={turn}
        range={query.get("range")}
        asTable={query.get("view") === "table"}
        scorecard={health.data?.scorecard ?? null}
        connectionIds={Object.keys(own.data?.watermarks ?? {}).map((key) => key.replace(/\/.*/, ""))}
      />
      <section class="section" aria-labelledby="how">
        <div class="section-head">
          <h2 id="how">How the score comes about{card === undefined ? "" : `: ${scorecardTitle(card)}`}</h2>
        </div>
        <Faces of={health} what="The explanation" works="The score above is still current." skeleton={<Skeleton rows={8} />}>
          {(data) => (
            <>
              {card === undefined ? null : <WaitingNote waitingBand={data.waitingBand} />}
              <Contributions id={id} health={data} />
              <WaitingFor health={data} onReleased={health.reload} />
              {agreementTexts(data.agreement).map((text) => (
                <p key={text} class="notice notice-warn contributions-notice">
                  <Icon name="alert" /> <span>{text}</span>
                </p>
              ))}
              {card === undefined ? <Verdicts id={id} health={data} onChange={reread} /> : null}
              {measure === null ? null : (
                <MeasureDialog
                  key={measure}
                  id={id}
                  card={card}
                  measure={measure}
                  title={measureOf(data, measure)?.title ?? measure}
                  lent={lentAnchorsOf(measureOf(data, measure))}
                  scorecard={data.scorecard}
                  range={query.get("mrange")}
                  asTable={query.get("mview") === "table"}
                  turn={turn}
                />
              )}
            </>
          )}
        </Faces>
      </section>
      <section class="section" aria-label="Details">
        <Tabs active={tab} shown={shown} />
        <div id="tab-panel" role="tabpanel" aria-labelledby={`tab-${tab}`} tabIndex={0}>
          {tab === "changes" ? <Changes id={id} card={card} turn={turn} from={query.get("from")} to={query.get("to")} /> : null}
          {tab === "tickets" ? <Tickets id={id} turn={turn} status={query.get("status")} /> : null}
          {tab === "conversations" ? <Conversations id={id} turn={turn} /> : null}
          {tab === "people" ? <People id={id} turn={turn} /> : null}
          {tab === "usage" ? <Usage id={id} query={query} /> : null}
          {tab === "money" ? <Money id={id} turn={turn} /> : null}
          {tab === "children" && own.data !== null ? <Children id={id} turn={turn} rollup={own.data.rollup} /> : null}
          {tab === "notes" ? (
            <div class="record-lists">
              <Tasks id={id} turn={turn} />
              <Notes id={id} turn={turn} />
            </div>
          ) : null}
          {tab === "timeline" ? <Timeline id={id} turn={turn} type={query.get("type")} wanted={query.get("event")} /> : null}
        </div>
      </section>
    </>
  );
}
