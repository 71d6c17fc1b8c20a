import { useRef, useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { Connection, Connector } from "../../api-types.ts";
import { type Resource, usePages, useResource } from "../../resource.ts";
import { setQuery, usePlace } from "../../router.ts";
import { ActionError, CopyField, Dialog, Field, faultOf, formText, useAction } from "../../ui/controls.tsx";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { Age, StateBadge } from "../../ui/figures.tsx";
import { Icon } from "../../ui/icons.tsx";
import { More } from "../../ui/more.tsx";
import { ConnectionFields, readFields, settingText, shownFaultsOf, useConnectors } from "../sources/connection-form.tsx";
import { AddConnection } from "../sources/sources-page.tsx";

function EditDialog({
  connection,
  connector,
  onClose,
  onDone,
}: {
  connection: Connection;
  connector: Connector | undefined;
  onClose: () => void;
  onDone: () => void;
}) {
  const form = useRef<HTMLFormElement>(null);
  const [deleting, setDeleting] = useState(false);
  const save = useAction(async () => {
    if (form.current === null) return;
    const { settings: typed, secrets } = readFields(form.current);
    // Only what was touched is sent: a number that came by the API must not become a text by being looked at. null takes a setting away.
    const settings: Record<string, unknown> = {};
    for (const { key } of connector?.settings ?? []) {
      const text = typed[key] ?? "";
      if (text !== settingText(connection.settings[key])) settings[key] = text === "" ? null : text;
    }
    const name = formText(new FormData(form.current), "name");
    await api.changeConnection(connection.id, { name, settings, ...(Object.keys(secrets).length === 0 ? {} : { secrets }) });
    onDone();
  });
  const remove = useAction(async () => {
    await api.deleteConnection(connection.id);
    onDone();
  });
  return (
    <Dialog title={connection.name} onClose={onClose}>
      {connection.webhookUrl === null ? null : <CopyField label="Webhook URL" value={connection.webhookUrl} />}
      <form
        ref={form}
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save.start();
        }}
      >
        <Field label="Name" error={faultOf(save.error, "/name")}>
          {(ids) => <input {...ids} name="name" required maxLength={120} defaultValue={connection.name} />}
        </Field>
        {connector === undefined ? (
          <p class="hint">What else it is set up with cannot be read now; its name can be changed.</p>
        ) : (
          <ConnectionFields connector={connector} secretsSet={connection.secrets} values={connection.settings} error={save.error} />
        )}
        <ActionError error={save.error ?? remove.error} shown={shownFaultsOf(connector)} />
        <div class="actions">
          <button type="submit" class="button button-main" disabled={save.busy}>
            Save
          </button>
          {deleting ? (
            <button type="button" class="button" disabled={remove.busy} onClick={() => void remove.start()}>
              Delete for good: its sender is refused from now on
            </button>
          ) : (
            <button type="button" class="button" onClick={() => setDeleting(true)}>
              Delete…
            </button>
          )}
        </div>
      </form>
    </Dialog>
  );
}

/**
 * The connection whose form is open, read by its id where the list as far as it is read does not have it. Never one from an earlier read:
 * what is saved from the form would undo what was changed since.
 */
function useEdited(id: string | null, list: Resource<readonly Connection[]>): Pick<Resource<Connection>, "data" | "error"> {
  const listed = list.data?.find((connection) => connection.id === id) ?? null;
  const isMissing = id !== null && listed === null && (list.data !== null || list.error !== null);
  const asked = useResource(isMissing ? `connection ${id}` : null, (signal) => api.connection(id ?? "", signal));
  return { data: listed ?? (asked.loading || asked.error !== null ? null : asked.data), error: asked.error };
}

export function Connections({ mayChange }: { mayChange: boolean }) {
  const connections = usePages("connection list", (cursor, signal) => api.connections({ limit: 100, cursor }, signal));
  const connectors = useConnectors();
  // In the address, so that a page that finds a secret missing can lead straight to its field.
  const edited = usePlace().query.get("edit");
  const editing = useEdited(mayChange ? edited : null, connections);
  const edit = (id: string | null): void => setQuery({ edit: id }, id === null ? "replace" : "push");
  const [adding, setAdding] = useState(false);
  const titleOf = (name: string): string => connectors.data?.find((connector) => connector.name === name)?.title ?? name;
  return (
    <section class="section" aria-labelledby="connections">
      <div class="section-head">
        <h2 id="connections">Connections</h2>
        <div class="actions">
          <button type="button" class="button" disabled={!mayChange} onClick={() => setAdding(true)}>
            <Icon name="start" /> Add connection
          </button>
        </div>
      </div>
      <Faces of={connections} what="The connections" works="Events are still taken in." skeleton={<Skeleton rows={3} />}>
        {(items) =>
          items.length === 0 ? (
            <Empty title="No connections">
              <p>A connection gives one sender its own webhook URL and secrets.</p>
            </Empty>
          ) : (
            <table class="table tokens cards">
              <caption class="unseen">Connections</caption>
              <thead>
                <tr>
                  <th scope="col">Name</th>
                  <th scope="col" class="connection-kind">
                    Kind
                  </th>
                  <th scope="col" class="source-status">
                    State
                  </th>
                  <th scope="col">Secrets stored</th>
                  <th scope="col" class="num letter-age">
                    Changed
                  </th>
                  <th scope="col" class="letter-source">
                    <span class="unseen">Edit</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {items.map((connection) => (
                  <tr key={connection.id}>
                    <th scope="row">
                      {connection.name} <span class="mono quiet">{connection.id}</span>
                    </th>
                    <td>{titleOf(connection.connector)}</td>
                    <td>
                      <StateBadge
                        tone={connection.status === "active" ? "good" : "warn"}
                        icon={connection.status === "active" ? "healthy" : "pause"}
                      >
                        {connection.status === "active" ? "Active" : "Paused"}
                      </StateBadge>
                    </td>
                    <td data-label="Secrets">
                      {connection.secrets.length === 0 ? <span class="quiet">none</span> : connection.secrets.join(", ")}
                    </td>
                    <td class="num" data-label="Changed">
                      <Age at={connection.updatedAt} />
                    </td>
                    <td>
                      <button
                        type="button"
                        class="button button-small"
                        disabled={!mayChange}
                        onClick={() => edit(connection.id)}
                        aria-label={`Edit ${connection.name}`}
                      >
                        Edit
                      </button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Faces>
      <More of={connections} />
      {adding ? <AddConnection onClose={() => setAdding(false)} onMade={connections.reload} /> : null}
      <ActionError error={editing.error} />
      {editing.data === null || (connectors.data === null && connectors.error === null) ? null : (
        <EditDialog
          key={editing.data.id}
          connection={editing.data}
          connector={connectors.data?.find(({ name }) => name === editing.data?.connector)}
          onClose={() => edit(null)}
          onDone={() => {
            edit(null);
            connections.reload();
          }}
        />
      )}
    </section>
  );
}
