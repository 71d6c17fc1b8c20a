import { useState } from "preact/hooks";
import { api, readAll } from "../../api.ts";
import type { Canary, Connector, Source, Sources } from "../../api-types.ts";
import { useNow } from "../../clock.ts";
import { durationText, plural, secondsText } from "../../format.ts";
import { useRowWalk } from "../../keys.tsx";
import { useNews } from "../../live.ts";
import { setQuery, usePlace } from "../../router.ts";
import { useResource } from "../../resource.ts";
import { may, useSession } from "../../session.ts";
import { Dialog } from "../../ui/controls.tsx";
import { useEvery } from "../../ui/every.ts";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { Age, StateBadge } from "../../ui/figures.tsx";
import { Icon } from "../../ui/icons.tsx";
import { missingFields, useConnectors } from "./connection-form.tsx";
import { Deliveries } from "./deliveries.tsx";
import { ImportAccounts } from "./import-accounts.tsx";
import { type Sender, SenderForm, SenderMade, SendTest } from "./sender-form.tsx";
import { SourceTable } from "./source-table.tsx";

const readAgainMs = 10_000;
const connectionsMax = 2000;

const sameStream = (a: Source, b: Source): boolean => a.connectionId === b.connectionId && a.stream === b.stream;

const titleOf = (sender: Sender | null, connectors: readonly Connector[] | null): string => {
  if (sender === null) return "Add a connection";
  if (sender.kind === "token") return `${sender.token.name} is ready`;
  const { connection } = sender;
  return missingFields(connection, connectors).length === 0
    ? `${connection.name} is ready`
    : `${connection.name} is made; one step is left`;
};

export function AddConnection({ onClose, onMade }: { onClose: () => void; onMade: () => void }) {
  const [made, setMade] = useState<Sender | null>(null);
  const connectors = useConnectors();
  const isReady = made !== null && (made.kind === "token" || missingFields(made.connection, connectors.data).length === 0);
  return (
    <Dialog title={titleOf(made, connectors.data)} onClose={onClose}>
      {made === null ? (
        <SenderForm
          tokenName="My product"
          onMade={(sender) => {
            setMade(sender);
            onMade();
          }}
        />
      ) : (
        <div class="form">
          <SenderMade sender={made} onLeave={onClose} />
          {isReady ? <SendTest sender={made} onSend={onMade} /> : null}
        </div>
      )}
    </Dialog>
  );
}

/** A minute may be missed by a restart; several are a sign. */
const canaryLateMs = 300_000;

/** How long an event takes to be seen, measured by one of our own each minute. */
function CanaryText({ canary }: { canary: Canary | null }) {
  const now = useNow();
  if (canary === null) return null;
  const exact = `Half within ${secondsText(canary.p50Ms)}, 95 % within ${secondsText(canary.p95Ms)}, 99 % within ${secondsText(canary.p99Ms)}, of ${plural(canary.seen, "test event")} in 24 hours`;
  return (
    <span title={exact}>
      · events are visible after {secondsText(canary.p50Ms)} (95 % within {secondsText(canary.p95Ms)})
      {now - Date.parse(canary.lastAt) > canaryLateMs ? (
        <>
          {" "}
          <StateBadge tone="bad" icon="alert">
            last test event <Age at={canary.lastAt} />
          </StateBadge>
        </>
      ) : null}
    </span>
  );
}

/** Timers that came late: what time alone changes was published late for the accounts of these shards. */
function OverdueText({ alarms }: { alarms: Sources["overdueAlarms"] }) {
  const [newest] = alarms ?? [];
  if (alarms === null || newest === undefined) return null;
  const longest = Math.max(...alarms.map(({ overdueMs }) => overdueMs));
  const meaning = `A score that changes with time alone was up to ${durationText(longest)} late in the lists, for the accounts of ${plural(alarms.length, "shard")} (${alarms.map(({ shard }) => shard).join(", ")}). The timers have been set again. Often: the machine is overloaded.`;
  return (
    <span title={meaning}>
      {" "}
      <StateBadge tone="warn" icon="alert">
        {plural(alarms.length, "timer")} late by up to {durationText(longest)}, last <Age at={newest.at} />
      </StateBadge>
    </span>
  );
}

export function SourcesPage() {
  const { query } = usePlace();
  const session = useSession();
  const sources = useResource("sources", (signal) => api.sources(signal));
  const connections = useResource("connections", async (signal) =>
    readAll((cursor) => api.connections({ limit: 200, cursor }, signal), connectionsMax),
  );
  useRowWalk();
  useEvery(readAgainMs, sources.reload);
  useNews((news) => {
    if (news.type === "source.status")
      sources.change((data) => ({ ...data, items: data.items.map((item) => (sameStream(item, news.data) ? news.data : item)) }));
    if (news.type === "reset") sources.reload();
  }, []);
  const refresh = (): void => {
    sources.reload();
    connections.reload();
  };
  const mayAdd = may(session, "admin");
  return (
    <>
      <header class="page-head">
        <h1>Sources</h1>
        <p class="quiet">
          {sources.data === null ? (
            ""
          ) : (
            <>
              as of <Age at={sources.data.asOf} /> <CanaryText canary={sources.data.canary} />
              <OverdueText alarms={sources.data.overdueAlarms} />
            </>
          )}
        </p>
        <div class="actions">
          <button type="button" class="button" onClick={() => setQuery({ import: "1" }, "push")}>
            Import accounts
          </button>
          <a class="button" href="/settings#tokens">
            Tokens
          </a>
          <button
            type="button"
            class="button button-main"
            onClick={() => setQuery({ add: "1" }, "push")}
            disabled={!mayAdd}
            title={mayAdd ? undefined : "Needs a token with the scope admin"}
          >
            <Icon name="start" /> Add connection
          </button>
        </div>
      </header>
      <section aria-labelledby="streams">
        <h2 id="streams" class="unseen">
          Streams
        </h2>
        <Faces
          of={sources}
          what="The state of the sources"
          works="Events are still taken in at every door."
          skeleton={<Skeleton rows={5} />}
        >
          {(data) =>
            data.items.length === 0 ? (
              <Empty title="Nothing is connected yet">
                <p>Connect a help desk or an analytics tool, or send events yourself. The first run leads you through it.</p>
                <a class="button button-main" href="/welcome">
                  Make the first connection
                </a>
              </Empty>
            ) : (
              <SourceTable
                items={data.items}
                connections={connections.data ?? []}
                mayChange={mayAdd}
                mayRelease={may(session, "write")}
                onChanged={refresh}
              />
            )
          }
        </Faces>
      </section>
      {/* Read at once, shown below what they would else be pushed down by. */}
      <div hidden={sources.data === null && sources.error === null}>
        <Deliveries connection={query.get("connection")} status={query.get("status")} sources={sources.data?.items ?? []} />
      </div>
      {query.has("add") ? <AddConnection onClose={() => setQuery({ add: null })} onMade={refresh} /> : null}
      {query.has("import") ? <ImportAccounts onClose={() => setQuery({ import: null })} /> : null}
    </>
  );
}
