import { useEffect } from "preact/hooks";
import { api } from "../../api.ts";
import type { ConfigContent, ConfigKind } from "../../api-types.ts";
import { useRowWalk } from "../../keys.tsx";
import { hrefWith, usePlace } from "../../router.ts";
import { useResource } from "../../resource.ts";
import { may, useSession } from "../../session.ts";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { Icon } from "../../ui/icons.tsx";
import { VersionHistory } from "./history.tsx";
import { Lifecycle, Standing } from "./lifecycle.tsx";
import { Shadow } from "./shadow.tsx";
import { ScorecardEditor } from "./scorecard-editor.tsx";
import { MeasureEditor } from "./measure-editor.tsx";
import { SegmentEditor } from "./segment-editor.tsx";
import { SegmentList } from "./segment-list.tsx";
import { kindWords, templateOf } from "./kinds.ts";
import { ShadowTogether } from "./together.tsx";
import { TextEditor } from "./text-editor.tsx";
import { useCheck } from "./use-check.ts";
import { type Editing, useDocument } from "./use-document.ts";

const tabsOf: Readonly<Record<ConfigKind, readonly (readonly [key: string, word: string])[]>> = {
  scorecards: [
    ["weights", "Weights"],
    ["rules", "Bands and caps"],
    ["text", "As text"],
    ["shadow", "Shadow"],
    ["versions", "Versions"],
  ],
  segments: [
    ["who", "Who has which"],
    ["text", "As text"],
    ["shadow", "Shadow"],
    ["versions", "Versions"],
  ],
  calendars: [
    ["text", "As text"],
    ["shadow", "Shadow"],
    ["versions", "Versions"],
  ],
  measures: [
    ["formula", "Formula"],
    ["text", "As text"],
    ["shadow", "Shadow"],
    ["versions", "Versions"],
  ],
};

/** Links, because each is a place of its own: it can be opened beside the others. */
function Tabs({ kind, active }: { kind: ConfigKind; active: string }) {
  return (
    <nav class="tabs" aria-label="Parts of the document">
      {tabsOf[kind].map(([key, word]) => (
        <a key={key} href={hrefWith({ tab: key })} aria-current={key === active ? "page" : undefined}>
          {word}
        </a>
      ))}
    </nav>
  );
}

/** An older version that is looked at; null while the page shows what stands. */
function useOldVersion(editing: Editing, wanted: string | null): ConfigContent | null {
  const version = wanted !== null && /^\d{1,9}$/.test(wanted) ? Number(wanted) : null;
  const old = useResource(version === null ? null : `config ${editing.kind}/${editing.key} ${version}`, (signal) =>
    api.config(editing.kind, editing.key, version ?? 0, signal),
  );
  return version === null ? null : (old.data?.document ?? null);
}

/** What a new document begins with: a copy of the one named in the address, or the least that can be published. */
function useBeginning(kind: ConfigKind, from: string | null, wanted: boolean): ConfigContent | null {
  const copied = useResource(wanted && from !== null ? `config ${kind}/${from} copied` : null, (signal) =>
    api.config(kind, from ?? "", "published", signal),
  );
  if (!wanted) return null;
  return from === null ? templateOf(kind) : (copied.data?.document ?? null);
}

function Editor({ editing, tab }: { editing: Editing; tab: string }) {
  const { query } = usePlace();
  const session = useSession();
  const mayWrite = may(session, "write");
  const mayPublish = may(session, "admin");
  const { kind, key, versions, edit } = editing;
  const stored = versions.data?.draft?.document ?? versions.data?.published?.document ?? null;
  const beginning = useBeginning(
    kind,
    query.get("from"),
    versions.data !== null && stored === null && edit === null && query.get("new") !== null,
  );
  useEffect(() => {
    if (beginning !== null) editing.change(beginning);
  }, [beginning]);
  const old = useOldVersion(editing, query.get("version"));
  const next = old ?? edit?.document ?? stored;
  const check = useCheck(kind, key, old === null && (kind === "scorecards" || (edit !== null && mayWrite)) ? next : null);
  if (next === null)
    return beginning === null && query.get("new") === null ? (
      <Empty title={`There is no ${kindWords[kind].one} “${key}”`}>
        <p>It may have been thrown away before it was published, or the link is mistyped.</p>
        <a class="button" href="/settings/scorecards">
          Go to scoring
        </a>
      </Empty>
    ) : (
      <Skeleton rows={4} />
    );
  const readOnly = old !== null || versions.data?.draft?.status === "shadow";
  return (
    <>
      {old === null ? null : (
        <div class="notice" role="status">
          <span>
            You look at {query.get("version") === "0" ? "what ships" : `version ${query.get("version")}, as it was published`}. It is not
            changed here.
          </span>
          <a class="button button-small" href={hrefWith({ version: null })}>
            Back to what stands
          </a>
        </div>
      )}
      {old === null && versions.data?.draft?.status === "shadow" ? (
        <div class="notice" role="status">
          <span>The draft runs in shadow. To change it, end the shadow first; the draft stays.</span>
        </div>
      ) : null}
      {kind === "scorecards" ? (
        <ScorecardEditor
          editing={editing}
          next={next}
          check={old === null ? check : { ...check, state: "good" }}
          readOnly={readOnly}
          tab={tab}
          mayWrite={mayWrite && old === null}
          mayPublish={mayPublish && old === null}
        />
      ) : (
        <>
          <Lifecycle
            editing={editing}
            next={next}
            faulty={check.state === "faulty" || edit?.unreadable != null}
            mayWrite={mayWrite}
            mayPublish={mayPublish}
            summary={check.state === "good" ? "It could be published as it stands." : ""}
          />
          {tab === "versions" ? (
            <VersionHistory editing={editing} mayPublish={mayPublish} />
          ) : tab === "shadow" ? (
            <>
              <Shadow kind={kind} id={key} draft={versions.data?.draft ?? null} accounts={null} />
              <ShadowTogether />
            </>
          ) : kind === "measures" ? (
            <MeasureEditor editing={editing} next={next} check={check} readOnly={readOnly || !mayWrite} tab={tab} />
          ) : tab === "who" ? (
            <SegmentEditor editing={editing} next={next} check={check} readOnly={readOnly || !mayWrite} />
          ) : (
            <>
              {kind === "segments" && edit?.unreadable == null ? <SegmentList document={next} /> : null}
              <TextEditor document={next} edit={edit} faults={check.faults} readOnly={readOnly || !mayWrite} onText={editing.changeText} />
            </>
          )}
        </>
      )}
    </>
  );
}

/** One configured document: a scorecard with sliders and a preview, a measure as a formula that can be tried, of segments who has which scorecard, the rest as text. */
export function DocumentPage({ kind, id }: { kind: ConfigKind; id: string }) {
  useRowWalk();
  const { query } = usePlace();
  const editing = useDocument(kind, id);
  const { versions } = editing;
  const asked = query.get("tab");
  const tab = tabsOf[kind].find(([key]) => key === asked)?.[0] ?? tabsOf[kind][0]?.[0] ?? "text";
  const shown = editing.edit?.document ?? versions.data?.draft?.document ?? versions.data?.published?.document;
  const title = typeof shown?.["title"] === "string" && shown["title"] !== "" ? shown["title"] : id;
  useEffect(() => {
    document.title = `${title} – Pulseline`;
  }, [title]);
  return (
    <>
      <p class="crumb">
        <a href="/settings/scorecards">
          <Icon name="back" /> Scoring
        </a>
      </p>
      <header class="page-head">
        <h1>{title}</h1>
        <p class="quiet">
          {kindWords[kind].title} <span class="mono">{id}</span>
        </p>
      </header>
      <Faces of={versions} what="The document" works="Scores are still computed by what is in force." skeleton={<Skeleton rows={6} />}>
        {({ published, draft }) => (
          <>
            <Standing published={published} draft={draft} />
            <Tabs kind={kind} active={tab} />
            <Editor editing={editing} tab={tab} />
          </>
        )}
      </Faces>
    </>
  );
}
