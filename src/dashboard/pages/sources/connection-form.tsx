import { useRef } from "preact/hooks";
import { type ApiError, api } from "../../api.ts";
import type { Connection, Connector, ConnectorField } from "../../api-types.ts";
import { useResource } from "../../resource.ts";
import { ActionError, CopyBlock, CopyField, Field, faultOf, useAction } from "../../ui/controls.tsx";
import { Coded } from "../../ui/coded.tsx";
import { StateBadge } from "../../ui/figures.tsx";
import { mixpanelLine } from "./sdk-line.ts";

export const useConnectors = () => useResource("connectors", async (signal) => (await api.connectors(signal)).items);

const settingPrefix = "setting.";
const secretPrefix = "secret.";

const filled = (form: FormData, prefix: string): Record<string, string> =>
  Object.fromEntries(
    [...form].flatMap(([name, value]) =>
      name.startsWith(prefix) && typeof value === "string" && value !== "" ? [[name.slice(prefix.length), value]] : [],
    ),
  );

export const readFields = (form: HTMLFormElement): { settings: Record<string, string>; secrets: Record<string, string> } => {
  const data = new FormData(form);
  return { settings: filled(data, settingPrefix), secrets: filled(data, secretPrefix) };
};

/** A stored setting as a person edits it: text as text, everything else as JSON. */
export const settingText = (value: unknown): string =>
  typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);

function SettingField({ field, value, fault }: { field: ConnectorField; value: unknown; fault: string | undefined }) {
  return (
    <Field label={field.title} hint={field.description === "" ? undefined : field.description} error={fault}>
      {(ids) => <input {...ids} name={settingPrefix + field.key} autocomplete="off" spellcheck={false} defaultValue={settingText(value)} />}
    </Field>
  );
}

function SecretField({ field, isSet, fault }: { field: ConnectorField; isSet: boolean; fault: string | undefined }) {
  const hint = [field.description, isSet ? "One is stored; leave empty to keep it." : ""].filter((text) => text !== "").join(" ");
  return (
    <Field label={field.title} hint={hint === "" ? undefined : hint} error={fault}>
      {(ids) => <input {...ids} name={secretPrefix + field.key} type="password" autocomplete="off" spellcheck={false} />}
    </Field>
  );
}

/** Settings and secrets of one connector as its manifest describes them: the required ones in sight, the others one click away. */
export function ConnectionFields({
  connector,
  secretsSet = [],
  values = {},
  error,
}: {
  connector: Connector;
  secretsSet?: readonly string[];
  values?: Readonly<Record<string, unknown>>;
  error: ApiError | null;
}) {
  const fields = (required: boolean) => (
    <>
      {connector.secrets.map((field) =>
        field.required === required ? (
          <SecretField
            key={field.key}
            field={field}
            isSet={secretsSet.includes(field.key)}
            fault={faultOf(error, `/secrets/${field.key}`)}
          />
        ) : null,
      )}
      {connector.settings.map((field) =>
        field.required === required ? (
          <SettingField key={field.key} field={field} value={values[field.key]} fault={faultOf(error, `/settings/${field.key}`)} />
        ) : null,
      )}
    </>
  );
  const hasOptional = [...connector.settings, ...connector.secrets].some((field) => !field.required);
  return (
    <>
      {fields(true)}
      {hasOptional ? (
        <details class="more">
          <summary>Optional settings and secrets</summary>
          <div class="form">{fields(false)}</div>
        </details>
      ) : null}
    </>
  );
}

/** What the fields of a connector say for themselves when the server refuses them. */
export const shownFaultsOf = (connector: Connector | undefined): string[] => [
  "/name",
  ...(connector?.secrets ?? []).map((field) => `/secrets/${field.key}`),
  ...(connector?.settings ?? []).map((field) => `/settings/${field.key}`),
];

type Made = (connection: Connection, secrets: Readonly<Record<string, string>>) => void;

export function ConnectorForm({ connector, onMade }: { connector: Connector; onMade: Made }) {
  const form = useRef<HTMLFormElement>(null);
  const action = useAction(async () => {
    if (form.current === null) return;
    const name = new FormData(form.current).get("name");
    const fields = readFields(form.current);
    onMade(
      await api.createConnection({
        connector: connector.name,
        name: typeof name === "string" && name !== "" ? name : connector.title,
        ...fields,
      }),
      fields.secrets,
    );
  });
  return (
    <form
      ref={form}
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void action.start();
      }}
    >
      <p class="quiet">
        <Coded text={connector.docs} />
      </p>
      <Field label="Name" hint="As it should be called on these pages." error={faultOf(action.error, "/name")}>
        {(ids) => <input {...ids} name="name" placeholder={connector.title} maxLength={120} />}
      </Field>
      <ConnectionFields connector={connector} error={action.error} />
      <p class="hint">
        Secrets are stored encrypted and never shown again. You can add them later: some vendors give theirs only after you pasted the
        webhook URL.
      </p>
      <ActionError error={action.error} shown={shownFaultsOf(connector)} />
      <button type="submit" class="button button-main" disabled={action.busy}>
        {action.busy ? "Making…" : "Make connection"}
      </button>
    </form>
  );
}

/** Without these nothing of a sender is taken: the required secrets and settings that are not stored. */
export function missingFields(connection: Connection, connectors: readonly Connector[] | null): readonly ConnectorField[] {
  const connector = connectors?.find((one) => one.name === connection.connector);
  const isStored = { secret: (key: string) => connection.secrets.includes(key), setting: (key: string) => key in connection.settings };
  return [
    ...(connector?.secrets.filter(({ required, key }) => required && !isStored.secret(key)) ?? []),
    ...(connector?.settings.filter(({ required, key }) => required && !isStored.setting(key)) ?? []),
  ];
}

/** What becomes of what is sent while a field is missing. */
export const missingText = ({ webhookUrl }: Pick<Connection, "webhookUrl">): string =>
  webhookUrl === null ? "nothing that is sent reaches this connection" : "its webhooks are refused";

/** Where a connection's name, settings and secrets are changed. */
export const editPath = (connectionId: string): string => `/settings?edit=${encodeURIComponent(connectionId)}`;

/** What makes the sender's SDK send here. */
function SdkLine({ connection }: { connection: Connection }) {
  if (connection.connector !== "mixpanel") return <CopyField label="Point the SDK at this host" value={location.origin} />;
  return <CopyBlock label="In your web page: point the SDK at this host" text={mixpanelLine(connection.settings, location.origin)} />;
}

/** What to do at the sender's side, now that the connection exists. */
export function ConnectionMade({ connection, onLeave }: { connection: Connection; onLeave?: () => void }) {
  const connectors = useConnectors();
  return (
    <div class="form">
      {connection.webhookUrl === null ? (
        <SdkLine connection={connection} />
      ) : (
        <CopyField label="Webhook URL: paste it at the sender" value={connection.webhookUrl} />
      )}
      {missingFields(connection, connectors.data).map((field) => (
        <p key={field.key}>
          <StateBadge tone="warn">Missing</StateBadge> {field.title}. <Coded text={field.description} /> Until it is stored{" "}
          {missingText(connection)}.{" "}
          <a href={editPath(connection.id)} onClick={onLeave}>
            Add it
          </a>
        </p>
      ))}
    </div>
  );
}
