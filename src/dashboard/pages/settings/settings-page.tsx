import { useRef, useState } from "preact/hooks";
import { ApiError, api } from "../../api.ts";
import type { Settings } from "../../api-types.ts";
import { countText } from "../../format.ts";
import { useResource } from "../../resource.ts";
import { may, useSession } from "../../session.ts";
import { ActionError, Field, faultOf, formText as text, useAction } from "../../ui/controls.tsx";
import { Faces, Skeleton } from "../../ui/faces.tsx";
import { StateBadge } from "../../ui/figures.tsx";
import { Connections } from "./connections.tsx";
import { Rates } from "./rates.tsx";
import { Tokens } from "./tokens.tsx";

const shownFaults = ["/publicUrl", "/timeZone", "/reportingCurrency", "/retention/archiveDays"];

/** What a person is told where the form shows what they typed no longer, or may not; null where it stands as it was and can be sent again. */
function withNews(error: unknown): ApiError | null {
  if (!(error instanceof ApiError)) return null;
  if (error.status === 409) return outdated;
  return error.passes && error.status !== 429 ? halfDone : null;
}
const halfDone = new ApiError({
  status: 503,
  title: "It is not certain what was saved",
  detail: "The server broke off. Once it answers, what it has kept is shown: look at it, then save again.",
});
const outdated = new ApiError({
  status: 409,
  title: "Somebody else has changed the settings",
  detail: "What they are now is shown; nothing of yours was saved.",
});

type FormProps = { settings: Settings; mayChange: boolean; onSaved: (settings: Settings) => void; onOutdated: () => void };

/** Whoever has saved meanwhile is not overwritten: what they set is shown, and the person looks at it before saving again. */
function SettingsForm({ settings, mayChange, onSaved, onOutdated }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  const [saved, setSaved] = useState(false);
  const action = useAction(async () => {
    if (form.current === null) return;
    setSaved(false);
    const data = new FormData(form.current);
    const publicUrl = text(data, "publicUrl");
    try {
      onSaved(
        await api.saveSettings({
          version: settings.version,
          timeZone: text(data, "timeZone"),
          reportingCurrency: text(data, "reportingCurrency").toUpperCase(),
          publicUrl: publicUrl === "" ? null : publicUrl,
          createAccountsFromEvents: data.get("createAccountsFromEvents") !== null,
          retention: { archiveDays: Number(text(data, "archiveDays")) },
        }),
      );
    } catch (error) {
      const news = withNews(error);
      if (news === null) throw error;
      onOutdated();
      throw news;
    }
    setSaved(true);
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
      {/* Other settings are other fields: what stands in them is what a person has typed. */}
      <fieldset key={settings.version} class="form" disabled={!mayChange}>
        <legend class="unseen">Settings</legend>
        <Field
          label="Public URL"
          hint="Where senders reach this server. Webhook URLs are built from it; empty means the address you use now."
          error={faultOf(action.error, "/publicUrl")}
        >
          {(ids) => <input {...ids} name="publicUrl" type="url" placeholder={location.origin} defaultValue={settings.publicUrl ?? ""} />}
        </Field>
        <Field
          label="Time zone"
          hint="The company's: calendars that run in an account's own zone take it where an account has none. Pages tell times in the zone of whoever looks."
          error={faultOf(action.error, "/timeZone")}
        >
          {(ids) => <input {...ids} name="timeZone" required list="zones" defaultValue={settings.timeZone} />}
        </Field>
        <datalist id="zones">
          {Intl.supportedValuesOf("timeZone").map((zone) => (
            <option key={zone} value={zone}>
              {zone}
            </option>
          ))}
        </datalist>
        <Field
          label="Reporting currency"
          hint="Three letters. Figures are told in it, converted by the rates below."
          error={faultOf(action.error, "/reportingCurrency")}
        >
          {(ids) => (
            <input
              {...ids}
              name="reportingCurrency"
              required
              pattern="[A-Za-z]{3}"
              maxLength={3}
              defaultValue={settings.reportingCurrency}
            />
          )}
        </Field>
        <Field
          label="Keep raw deliveries, days"
          hint="For replay and audit. Older ones are deleted."
          error={faultOf(action.error, "/retention/archiveDays")}
        >
          {(ids) => (
            <input
              {...ids}
              name="archiveDays"
              type="number"
              min={1}
              max={3650}
              required
              defaultValue={String(settings.retention.archiveDays)}
            />
          )}
        </Field>
        <label class="check">
          <input type="checkbox" name="createAccountsFromEvents" defaultChecked={settings.createAccountsFromEvents} />
          An event with an unknown account id creates that account
        </label>
        <p class="hint">
          Fixed when the server first started: {countText(settings.accountShards)} account groups. Intake runs in{" "}
          {countText(settings.intakeShards)}. Version {settings.version}.
        </p>
      </fieldset>
      <ActionError error={action.error} shown={shownFaults} />
      <div class="actions">
        <button type="submit" class="button button-main" disabled={!mayChange || action.busy}>
          {action.busy ? "Saving…" : "Save"}
        </button>
        <span role="status">{saved ? <StateBadge tone="good">Saved</StateBadge> : null}</span>
      </div>
      {mayChange ? null : <p class="hint">Your token may look, not change: that needs the scope admin.</p>}
    </form>
  );
}

export function SettingsPage() {
  const session = useSession();
  const mayChange = may(session, "admin");
  const settings = useResource("settings", (signal) => api.settings(signal));
  return (
    <>
      <header class="page-head">
        <h1>Settings</h1>
        <p class="quiet">{session.state === "signed_in" ? `Signed in with the token “${session.session.name}”` : ""}</p>
      </header>
      <section aria-labelledby="scoring">
        <div class="section-head">
          <h2 id="scoring">Scoring</h2>
          <p class="quiet">Scorecards, segments, calendars and measures: how facts become a score.</p>
          <div class="actions">
            <a class="button" href="/settings/scorecards">
              Open scoring
            </a>
            <a class="button" href="/settings/risk">
              Back-test
            </a>
            <a class="button" href="/settings/jobs">
              Jobs
            </a>
          </div>
        </div>
      </section>
      <Tokens mayChange={mayChange} />
      <Connections mayChange={mayChange} />
      <section class="section" aria-labelledby="general">
        <div class="section-head">
          <h2 id="general">General</h2>
        </div>
        <Faces of={settings} what="The settings" skeleton={<Skeleton rows={8} kind="line" />}>
          {(data) => (
            <SettingsForm
              settings={data}
              mayChange={mayChange}
              onSaved={(next) => settings.change(() => next)}
              onOutdated={settings.reload}
            />
          )}
        </Faces>
      </section>
      <Rates mayChange={mayChange} currency={settings.data?.reportingCurrency ?? null} />
    </>
  );
}
