import { useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { HealthReading, Verdict } from "../../api-types.ts";
import { serverNow } from "../../clock.ts";
import { dayText } from "../../format.ts";
import { may, useSession } from "../../session.ts";
import { bandWords, nextBandText, opinionWords } from "../../words.ts";
import { Author } from "../../ui/author.tsx";
import { ActionError, Dialog, Field, faultOf, formText, useAction } from "../../ui/controls.tsx";
import { Age } from "../../ui/figures.tsx";

const dayMs = 86_400_000;
const overrideDays = [7, 30, 90, 180] as const;
const overrideDaysAssumed = 30;
const opinionAssumed = 3;

function Said({ verdict, children }: { verdict: Verdict; children: string }) {
  return (
    <>
      <strong>{children}</strong>
      {verdict.reason === null ? "" : `: ${verdict.reason}`}{" "}
      <span class="quiet">
        (by <Author id={verdict.author} />, <Age at={verdict.at} />, until{" "}
        <time title={verdict.expiresAt}>{dayText(Date.parse(verdict.expiresAt))}</time>)
      </span>
    </>
  );
}

function OverrideDialog({ id, health, onClose, onSaved }: { id: string; health: HealthReading; onClose: () => void; onSaved: () => void }) {
  const save = useAction(async (form: FormData) => {
    await api.override(id, {
      value: Number(formText(form, "value")),
      reason: formText(form, "reason"),
      expiresAt: new Date(serverNow() + Number(formText(form, "days")) * dayMs).toISOString(),
    });
    onSaved();
  });
  return (
    <Dialog title="Override the score" onClose={onClose}>
      <p>Your value is shown in place of the computed one until it expires. The computed score goes on beside it.</p>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save.start(new FormData(event.currentTarget));
        }}
      >
        <Field label="Score, 0 to 100" error={faultOf(save.error, "/value")}>
          {(ids) => (
            <input
              {...ids}
              name="value"
              type="number"
              min={0}
              max={100}
              step="any"
              required
              defaultValue={health.score?.toFixed(0) ?? ""}
            />
          )}
        </Field>
        <Field label="Reason" hint="Shown to everybody who sees the score." error={faultOf(save.error, "/reason")}>
          {(ids) => <input {...ids} name="reason" required maxLength={2000} />}
        </Field>
        <Field label="Until" error={faultOf(save.error, "/expiresAt")}>
          {(ids) => (
            <select {...ids} name="days">
              {overrideDays.map((days) => (
                <option key={days} value={days} selected={days === overrideDaysAssumed}>
                  in {days} days
                </option>
              ))}
            </select>
          )}
        </Field>
        <button type="submit" class="button button-main" disabled={save.busy}>
          Override
        </button>
        <ActionError error={save.error} shown={["/value", "/reason", "/expiresAt"]} />
      </form>
    </Dialog>
  );
}

function OpinionDialog({ id, onClose, onSaved }: { id: string; onClose: () => void; onSaved: () => void }) {
  const save = useAction(async (form: FormData) => {
    const reason = formText(form, "reason");
    await api.opinion(id, { value: Number(formText(form, "value")), ...(reason === "" ? {} : { reason }) });
    onSaved();
  });
  return (
    <Dialog title="How is the relationship?" onClose={onClose}>
      <p>Your opinion stands beside the score for 90 days and does not move it.</p>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save.start(new FormData(event.currentTarget));
        }}
      >
        <Field label="Opinion">
          {(ids) => (
            <select {...ids} name="value">
              {opinionWords.map((word, i) => (
                <option key={word} value={i + 1} selected={i + 1 === opinionAssumed}>
                  {i + 1} – {word}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Why (optional)" error={faultOf(save.error, "/reason")}>
          {(ids) => <input {...ids} name="reason" maxLength={2000} />}
        </Field>
        <button type="submit" class="button button-main" disabled={save.busy}>
          Save
        </button>
        <ActionError error={save.error} shown={["/reason"]} />
      </form>
    </Dialog>
  );
}

/** What would lead to the next band, and what people say beside what is computed. */
export function Verdicts({ id, health, onChange }: { id: string; health: HealthReading; onChange: () => void }) {
  const [dialog, setDialog] = useState<"override" | "opinion" | null>(null);
  const mayWrite = may(useSession(), "write");
  const saved = (): void => {
    setDialog(null);
    onChange();
  };
  const withdraw = useAction(async (what: "override" | "opinion") => {
    await (what === "override" ? api.withdrawOverride(id) : api.withdrawOpinion(id));
    onChange();
  });
  const { override, opinion, nextBand } = health;
  const button = (what: "override" | "opinion", standing: boolean) =>
    !mayWrite ? null : standing ? (
      <button type="button" class="button button-small" disabled={withdraw.busy} onClick={() => void withdraw.start(what)}>
        Withdraw
      </button>
    ) : (
      <button type="button" class="button button-small" onClick={() => setDialog(what)}>
        {what === "override" ? "Override" : "Say"}
      </button>
    );
  return (
    <dl class="verdicts">
      {nextBand === null ? null : (
        <div>
          <dt>To “{bandWords[nextBand.band]}”</dt>
          <dd>
            {nextBandText(nextBand)}
            {nextBand.heldBy?.kind === "confidence" ? (
              <>
                {" "}
                <a href="/sources">To the sources</a>
              </>
            ) : null}
          </dd>
        </div>
      )}
      <div>
        <dt>Override</dt>
        <dd>
          {override === null ? (
            <span class="quiet">None: the score is the computed one. </span>
          ) : (
            <Said verdict={override}>{`${override.value} instead of ${health.computedScore?.toFixed(1) ?? "no score"}`}</Said>
          )}{" "}
          {button("override", override !== null)}
        </dd>
      </div>
      <div>
        <dt>Opinion</dt>
        <dd>
          {opinion === null ? (
            <span class="quiet">Nobody has said how the relationship is. </span>
          ) : (
            <Said verdict={opinion}>{`${opinion.value} of 5, ${opinionWords[opinion.value - 1] ?? ""}`}</Said>
          )}{" "}
          {button("opinion", opinion !== null)}
        </dd>
      </div>
      <ActionError error={withdraw.error} />
      {dialog === "override" ? <OverrideDialog id={id} health={health} onClose={() => setDialog(null)} onSaved={saved} /> : null}
      {dialog === "opinion" ? <OpinionDialog id={id} onClose={() => setDialog(null)} onSaved={saved} /> : null}
    </dl>
  );
}
