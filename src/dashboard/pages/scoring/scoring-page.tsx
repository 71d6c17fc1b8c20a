import { useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { ConfigKind, ConfigStamp, ConfigSummary } from "../../api-types.ts";
import { useRowWalk } from "../../keys.tsx";
import { plural } from "../../format.ts";
import { navigate } from "../../router.ts";
import { useResource } from "../../resource.ts";
import { may, useSession } from "../../session.ts";
import { segmentText } from "../../words.ts";
import { Dialog, Field, formText } from "../../ui/controls.tsx";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { Age, StateBadge } from "../../ui/figures.tsx";
import { Icon } from "../../ui/icons.tsx";
import { type Holders, holdersOf } from "./assignment.ts";
import { kindWords } from "./kinds.ts";
import { useBook } from "./scorecard-editor.tsx";
import { SegmentList } from "./segment-list.tsx";
import { DraftsTogether, ShadowTogether } from "./together.tsx";

const documentPath = (kind: ConfigKind, key: string): string => `/settings/${kind}/${encodeURIComponent(key)}`;
const keyPattern = "[a-z][a-z0-9_]{0,63}";

const holdersText = ({ isDefault, segments, accounts }: Holders): string => {
  if (isDefault) return `Everybody without another: ${plural(accounts, "account")}`;
  return segments.length === 0
    ? "Nobody"
    : `${segments.map((one) => (one === null ? "no segment" : segmentText(one))).join(", ")}: ${plural(accounts, "account")}`;
};

function Published({ stamp }: { stamp: ConfigStamp | null }) {
  if (stamp === null) return <span class="quiet">Never</span>;
  return stamp.version === 0 ? (
    <span class="quiet">As shipped</span>
  ) : (
    <>
      Version {stamp.version}, <Age at={stamp.at} />
    </>
  );
}

function Draft({ stamp }: { stamp: ConfigStamp | null }) {
  if (stamp === null) return <span class="quiet">None</span>;
  const inShadow = stamp.status === "shadow";
  return (
    <StateBadge tone="warn" icon={inShadow ? "play" : "late"}>
      {inShadow ? "In shadow" : "Draft"}
    </StateBadge>
  );
}

/** A new document gets its key here and is begun on its own page; nothing is stored before it is saved there. */
function NewDialog({ kind, copies, onClose }: { kind: ConfigKind; copies: readonly ConfigSummary[]; onClose: () => void }) {
  return (
    <Dialog title={`New ${kindWords[kind].one}`} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          const from = formText(form, "from");
          onClose();
          navigate(`${documentPath(kind, formText(form, "key"))}?new=1${from === "" ? "" : `&from=${encodeURIComponent(from)}`}`);
        }}
      >
        <Field label="Key" hint="How other documents name it: small letters, digits and _, such as strategic_accounts.">
          {(ids) => <input {...ids} name="key" required pattern={keyPattern} autocomplete="off" spellcheck={false} />}
        </Field>
        {kind === "scorecards" ? (
          <Field label="Begin as a copy of">
            {(ids) => (
              <select {...ids} name="from">
                {copies
                  .filter((one) => one.published !== null)
                  .map((one) => (
                    <option key={one.key} value={one.key}>
                      {one.title}
                    </option>
                  ))}
              </select>
            )}
          </Field>
        ) : null}
        <button type="submit" class="button button-main">
          Begin
        </button>
      </form>
    </Dialog>
  );
}

function DocumentList({
  kind,
  heading,
  empty,
  holdersFor,
}: {
  kind: ConfigKind;
  heading: string;
  empty: string;
  holdersFor?: (key: string) => string;
}) {
  const mayWrite = may(useSession(), "write");
  const documents = useResource(`configs ${kind}`, (signal) => api.configs(kind, signal));
  const [making, setMaking] = useState(false);
  return (
    <section class="section" aria-labelledby={kind}>
      <div class="section-head">
        <h2 id={kind}>{heading}</h2>
        <p class="quiet">{kindWords[kind].about}</p>
        <div class="actions">
          <button type="button" class="button" disabled={!mayWrite || documents.data === null} onClick={() => setMaking(true)}>
            <Icon name="start" /> New {kindWords[kind].one}
          </button>
        </div>
      </div>
      <Faces of={documents} what={heading} works="Scores are still computed by what is in force." skeleton={<Skeleton rows={4} />}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="quiet">{empty}</p>
          ) : (
            <table class="table cards documents">
              <caption class="unseen">{heading}</caption>
              <thead>
                <tr>
                  <th scope="col">Title</th>
                  {holdersFor === undefined ? null : <th scope="col">Who has it</th>}
                  <th scope="col">In force</th>
                  <th scope="col" class="source-status">
                    Draft
                  </th>
                </tr>
              </thead>
              <tbody>
                {items.map((item) => (
                  <tr key={item.key}>
                    <th scope="row">
                      <a href={documentPath(kind, item.key)} data-row={`${kind} ${item.key}`}>
                        {item.title}
                      </a>{" "}
                      <span class="mono quiet">{item.key}</span>
                    </th>
                    {holdersFor === undefined ? null : <td class="wrap card-wide">{holdersFor(item.key)}</td>}
                    <td data-label="In force">
                      <Published stamp={item.published} />
                    </td>
                    <td data-label="Draft">
                      <Draft stamp={item.draft} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Faces>
      {making ? <NewDialog kind={kind} copies={documents.data?.items ?? []} onClose={() => setMaking(false)} /> : null}
    </section>
  );
}

/** How accounts are scored: scorecards, who has which, calendars, measures of one's own. */
export function ScoringPage() {
  useRowWalk();
  const { segments, portfolio, error } = useBook();
  const holdersFor = (key: string): string =>
    portfolio === null ? (error === null ? "…" : "not readable now") : holdersText(holdersOf(key, segments, portfolio));
  return (
    <>
      <p class="crumb">
        <a href="/settings">
          <Icon name="back" /> Settings
        </a>
      </p>
      <header class="page-head">
        <h1>Scoring</h1>
        <p class="quiet">Open a scorecard to move its weights and see at once what that does to real accounts.</p>
      </header>
      <DocumentList kind="scorecards" heading="Scorecards" empty="There is none." holdersFor={holdersFor} />
      <section class="section" aria-labelledby="segments">
        <div class="section-head">
          <h2 id="segments">Segments</h2>
          <p class="quiet">{kindWords.segments.about}</p>
          <div class="actions">
            <a class="button" href={documentPath("segments", "segments") + (segments === null ? "?new=1" : "")} data-row="segments">
              {segments === null ? "Begin" : "Open"}
            </a>
          </div>
        </div>
        {segments === null && error !== null ? (
          <Empty title="The segments could not be read">
            <p>{error.detail}</p>
          </Empty>
        ) : segments === null ? (
          <p class="quiet">None: every account is scored by the scorecard “standard”.</p>
        ) : (
          <SegmentList document={segments} />
        )}
      </section>
      <DraftsTogether accountsOf={(key) => (portfolio === null ? null : holdersOf(key, segments, portfolio).accounts)} />
      <ShadowTogether />
      <DocumentList kind="calendars" heading="Calendars" empty="There is none." />
      <DocumentList
        kind="measures"
        heading="Measures of your own"
        empty="None yet. A measure is a formula over an account, such as answers per seat; a scorecard then names it by its key."
      />
    </>
  );
}
