import { useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { Connection, Connector, Source, SourceError, SourceStatus } from "../../api-types.ts";
import { useNow } from "../../clock.ts";
import { detailText } from "../../faults.ts";
import { countText, durationText, percentText } from "../../format.ts";
import { setQuery } from "../../router.ts";
import { sourceWords } from "../../words.ts";
import { ActionError, useAction } from "../../ui/controls.tsx";
import { Age, StateBadge, type Tone } from "../../ui/figures.tsx";
import { Icon, type IconName } from "../../ui/icons.tsx";
import { faultCountText, lastFaultText } from "./fault-words.ts";
import { clockAdvice } from "./clock-words.ts";
import { editPath, missingFields, missingText, useConnectors } from "./connection-form.tsx";
import { kindAdvice } from "./kind-words.ts";
import { SourceDays } from "./source-days.tsx";

const tones: Readonly<Record<SourceStatus, Tone>> = {
  fresh: "good",
  quiet: "none",
  idle: "warn",
  late: "bad",
  imported: "none",
  waiting: "none",
  paused: "warn",
  ended: "none",
};
const icons: Readonly<Record<SourceStatus, IconName>> = {
  fresh: "healthy",
  quiet: "late",
  idle: "late",
  late: "alert",
  imported: "healthy",
  waiting: "late",
  paused: "pause",
  ended: "check",
};

const secondMs = 1000;

/** What brings the first event; a reader who may not see the connection has no button for its URL. */
function firstStepText(connection: Connection | undefined): string {
  if (connection === undefined) return "Paste the webhook URL at the sender and let it send a test.";
  return connection.webhookUrl === null
    ? "Point the sender's SDK at this host."
    : "Copy its webhook URL by the button URL, paste it at the sender and let it send a test.";
}

/** What the state means, and what a person can do about it. */
function adviceOf(source: Source, connection: Connection | undefined): string | null {
  const target = durationText(source.freshnessTargetSeconds * secondMs);
  if (source.status === "late")
    return `Its events arrive more than ${target} after they happened. Look whether the sender is held up or resends old events.`;
  if (source.status === "quiet")
    return `Nothing for longer than ${target}; what came before was in time. Fine if nobody works now, else check that the sender still sends.`;
  if (source.status === "idle" && source.awaited)
    return "Nothing for a week or longer. Scores wait for it: they hold what it brought and count it less each day. If it will not come back, stop waiting for it.";
  if (source.status === "ended")
    return "Nothing waits for it: it was revoked, has expired, or somebody said that it will not come back. It counts again with its next event.";
  if (source.status === "imported") return "History was loaded; nothing live has come. Fine for a one-off import.";
  if (source.status === "waiting") return `Nothing has come yet. ${firstStepText(connection)}`;
  if (source.status === "paused") return "Paused by a person: its events are refused until it is resumed.";
  return null;
}

function Actions({
  source,
  connection,
  connectors,
  mayChange,
  mayRelease,
  onChanged,
}: {
  source: Source;
  connection: Connection | undefined;
  connectors: readonly Connector[] | null;
  mayChange: boolean;
  mayRelease: boolean;
  onChanged: () => void;
}) {
  const [copied, setCopied] = useState(false);
  const [tested, setTested] = useState<string | null>(null);
  const toggle = useAction(async () => {
    await (source.connectionStatus === "paused" ? api.resumeConnection(source.connectionId) : api.pauseConnection(source.connectionId));
    onChanged();
  });
  const manifest = connectors?.find((one) => one.name === source.connector);
  const fieldTitle = (key: string): string =>
    [...(manifest?.secrets ?? []), ...(manifest?.settings ?? [])].find((field) => field.key === key)?.title ?? key;
  const test = useAction(async () => {
    const result = await api.testConnection(source.connectionId);
    setTested(result.ok ? "Nothing is missing." : `Missing: ${result.missing.map(({ name }) => fieldTitle(name)).join(", ")}.`);
  });
  const copy = useAction(async () => {
    await navigator.clipboard.writeText(connection?.webhookUrl ?? "");
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  });
  const release = useAction(async () => {
    await api.releaseSource(source.connectionId);
    onChanged();
  });
  const stop =
    source.awaited && source.status === "idle" ? (
      <button
        type="button"
        class="button button-small"
        disabled={!mayRelease || release.busy}
        onClick={() => void release.start()}
        aria-label={`Stop waiting for ${source.name}`}
      >
        Stop waiting
      </button>
    ) : null;
  if (source.connectionStatus === null)
    return (
      <>
        <span class="row-actions">
          <span class="quiet">Ingest token</span> {stop}
        </span>
        <ActionError error={release.error} />
      </>
    );
  return (
    <>
      <span class="row-actions">
        {stop}
        {connection?.webhookUrl === null || connection === undefined ? null : (
          <button
            type="button"
            class="button button-small"
            onClick={() => void copy.start()}
            title={connection.webhookUrl}
            aria-label={`Copy the webhook URL of ${source.name}`}
          >
            <Icon name={copied ? "check" : "copy"} /> {copied ? "Copied" : "URL"}
          </button>
        )}
        <button
          type="button"
          class="button button-small"
          disabled={!mayChange || test.busy}
          onClick={() => void test.start()}
          aria-label={`Check ${source.name}`}
        >
          Check
        </button>
        <button
          type="button"
          class="button button-small"
          disabled={!mayChange || toggle.busy}
          onClick={() => void toggle.start()}
          aria-label={`${source.connectionStatus === "paused" ? "Resume" : "Pause"} ${source.name}`}
        >
          <Icon name={source.connectionStatus === "paused" ? "play" : "pause"} />{" "}
          {source.connectionStatus === "paused" ? "Resume" : "Pause"}
        </button>
      </span>
      {tested === null ? null : (
        <span class="hint" role="status">
          {tested}
        </span>
      )}
      <ActionError error={toggle.error ?? test.error ?? release.error} />
    </>
  );
}

/** A connection's error is told once, at its first stream. */
const isToldAbove = (items: readonly Source[], index: number): boolean =>
  items.slice(0, index).some((one) => one.connectionId === items[index]?.connectionId && one.lastError?.at === items[index]?.lastError?.at);

/** How much went wrong in a day, and what did last, in plain words with what to do. */
function LastError({ error }: { error: SourceError }) {
  return (
    <span class="hint source-error">
      <strong>In 24 h: {faultCountText(error)}.</strong> The last, <Age at={error.at} />: {lastFaultText[error.kind]}.{" "}
      {detailText(error.detail)}{" "}
      {error.kind === "quarantined" || error.kind === "deadLettered" ? <a href="/dead-letters">Look and decide</a> : null}
    </span>
  );
}

export function SourceTable({
  items,
  connections,
  mayChange,
  mayRelease,
  onChanged,
}: {
  items: readonly Source[];
  connections: readonly Connection[];
  mayChange: boolean;
  mayRelease: boolean;
  onChanged: () => void;
}) {
  const now = useNow();
  const connectors = useConnectors();
  const connectionOf = new Map(connections.map((connection) => [connection.id, connection]));
  return (
    <div class="table-wrap">
      <table class="table sources cards">
        <caption class="unseen">Freshness of each stream</caption>
        <thead>
          <tr>
            <th scope="col">Source</th>
            <th scope="col" class="source-status">
              Status
            </th>
            <th scope="col" class="num source-lag" title="How far its newest event is behind now, and how far it may be">
              Newest event, target
            </th>
            <th scope="col" class="num source-received">
              Last received
            </th>
            <th scope="col" class="source-days">
              Last 14 days
            </th>
            <th scope="col" class="num source-complete" title="Accepted of all that was received">
              Complete
            </th>
            <th scope="col" class="source-actions">
              <span class="unseen">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((source, index) => {
            const isFirst = items.findIndex((one) => one.connectionId === source.connectionId) === index;
            const connection = connectionOf.get(source.connectionId);
            const missing = isFirst && connection !== undefined ? missingFields(connection, connectors.data) : [];
            const advice = adviceOf(source, connection);
            const error = isToldAbove(items, index) ? null : source.lastError;
            const clock = clockAdvice(source);
            const kinds = source.awaited ? source.kinds.flatMap((kind) => kindAdvice(kind, now) ?? []) : [];
            const noted = advice !== null || clock !== null || error !== null || kinds.length > 0 || missing.length > 0;
            const key = `${source.connectionId} ${source.stream}`;
            return [
              <tr key={key} class={noted ? "source-noted" : undefined}>
                <th scope="row" class="wrap">
                  <button
                    type="button"
                    class="text-button"
                    data-row={`${source.connectionId}/${source.stream}`}
                    onClick={() => setQuery({ connection: source.connectionId })}
                    title="Show its deliveries"
                  >
                    {source.name}
                  </button>{" "}
                  <span class="quiet">
                    {source.connector}
                    {source.stream === null ? "" : ` / ${source.stream}`}
                  </span>
                </th>
                <td>
                  <StateBadge tone={tones[source.status]} icon={icons[source.status]}>
                    {sourceWords[source.status]}
                  </StateBadge>
                </td>
                <td class="num source-lag" data-label="Newest event">
                  <Age at={source.watermark} /> <span class="quiet">of {durationText(source.freshnessTargetSeconds * secondMs)}</span>
                </td>
                <td class="num source-received" data-label="Last received">
                  <Age at={source.lastReceivedAt} never="Never" />
                </td>
                <td class="source-days card-wide">
                  <SourceDays days={source.completenessDays} />
                </td>
                <td
                  class="num source-complete"
                  data-label="Complete"
                  title={`Of what it sent today and yesterday, the share that could be used. Ever, ${countText(source.accepted)} of ${countText(source.accepted + source.rejected)} received were accepted`}
                >
                  {percentText(source.completeness, 2)}
                </td>
                <td class="wrap card-wide">
                  {isFirst ? (
                    <Actions
                      source={source}
                      connection={connection}
                      connectors={connectors.data}
                      mayChange={mayChange}
                      mayRelease={mayRelease}
                      onChanged={onChanged}
                    />
                  ) : null}
                </td>
              </tr>,
              noted ? (
                <tr key={`${key} note`} class="source-note">
                  <td colSpan={7} class="wrap card-wide">
                    {missing.map((field) => (
                      <span class="hint hint-error" key={field.key}>
                        <strong>{field.title} is missing:</strong> {connection === undefined ? "" : missingText(connection)} until it is
                        stored. <a href={editPath(source.connectionId)}>Add it</a>
                      </span>
                    ))}
                    {advice === null ? null : <span class="hint">{advice}</span>}
                    {kinds.map((text) => (
                      <span class="hint" key={text}>
                        {text}
                      </span>
                    ))}
                    {clock === null ? null : (
                      <span class="hint source-clock">
                        <strong>Clock:</strong> {clock}
                      </span>
                    )}
                    {error === null ? null : <LastError error={error} />}
                  </td>
                </tr>
              ) : null,
            ];
          })}
        </tbody>
      </table>
    </div>
  );
}
