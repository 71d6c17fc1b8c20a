import { useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { ConfigDocument, ConfigVersion } from "../../api-types.ts";
import { hrefWith, setQuery } from "../../router.ts";
import { usePages, useResource } from "../../resource.ts";
import { vendorText } from "../../words.ts";
import { Author } from "../../ui/author.tsx";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { Age } from "../../ui/figures.tsx";
import { More } from "../../ui/more.tsx";
import { InForceDialog } from "./lifecycle.tsx";
import type { Editing } from "./use-document.ts";

function RollBack({ editing, version, onClose }: { editing: Editing; version: number; onClose: () => void }) {
  const old = useResource(`config ${editing.kind}/${editing.key} ${version}`, (signal) =>
    api.config(editing.kind, editing.key, version, signal),
  );
  if (old.data === null)
    return (
      <Faces of={old} what="The version" skeleton={<Skeleton rows={1} />}>
        {() => null}
      </Faces>
    );
  return (
    <InForceDialog
      title={version === 0 ? "Back to the shipped scorecard" : `Back to version ${version}`}
      verb="Put it in force"
      kind={editing.kind}
      published={editing.versions.data?.published?.document ?? null}
      next={old.data.document}
      id={editing.key}
      run={async (note) => {
        await api.rollBackConfig(editing.kind, editing.key, { version, ...(note === "" ? {} : { note }) });
        editing.versions.reload();
        setQuery({ version: null });
      }}
      onClose={onClose}
    />
  );
}

const isPast = (item: ConfigVersion, published: ConfigDocument | null): boolean =>
  item.status === "retired" || (item.status === "published" && item.version !== published?.version);

/** Every version of a document, the newest first, and the way back to one. What ships is version 0. */
export function VersionHistory({ editing, mayPublish }: { editing: Editing; mayPublish: boolean }) {
  const { kind, key } = editing;
  const published = editing.versions.data?.published ?? null;
  const inForce = published?.version ?? null;
  const versions = usePages(`history ${kind}/${key} ${inForce} ${editing.versions.data?.draft?.revision ?? 0}`, (cursor, signal) =>
    api.configHistory(kind, key, { limit: 50, cursor }, signal),
  );
  const [back, setBack] = useState<number | null>(null);
  return (
    <section class="section" aria-labelledby="history">
      <div class="section-head">
        <h2 id="history">Versions</h2>
        {mayPublish && kind === "scorecards" && inForce !== null && inForce > 0 ? (
          <button type="button" class="button button-small" onClick={() => setBack(0)}>
            Back to the shipped scorecard…
          </button>
        ) : null}
      </div>
      <Faces of={versions} what="The history" skeleton={<Skeleton rows={3} />}>
        {(items) =>
          items.length === 0 ? (
            <Empty title="Nothing was published yet">
              <p>What ships is in force. Each publication is listed here, with who made it and why, and can be brought back.</p>
            </Empty>
          ) : (
            <table class="table cards versions">
              <caption class="unseen">Versions</caption>
              <thead>
                <tr>
                  <th scope="col">Version</th>
                  <th scope="col">State</th>
                  <th scope="col">When</th>
                  <th scope="col">By</th>
                  <th scope="col">Note</th>
                  <th scope="col">
                    <span class="unseen">Roll back</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {items.map((item) => (
                  <tr key={item.version}>
                    <th scope="row">
                      <a href={hrefWith({ version: String(item.version), tab: null })} data-row={String(item.version)}>
                        Version {item.version}
                      </a>
                    </th>
                    <td>{item.version === inForce ? "In force" : vendorText(item.status)}</td>
                    <td>
                      <Age at={item.at} />
                    </td>
                    <td>
                      <Author id={item.author} />
                    </td>
                    <td class="wrap card-wide">{item.note ?? ""}</td>
                    <td>
                      {mayPublish && isPast(item, published) ? (
                        <button
                          type="button"
                          class="button button-small"
                          aria-label={`Back to version ${item.version}`}
                          onClick={() => setBack(item.version)}
                        >
                          Back to this…
                        </button>
                      ) : null}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Faces>
      <More of={versions} />
      {back === null ? null : <RollBack editing={editing} version={back} onClose={() => setBack(null)} />}
    </section>
  );
}
