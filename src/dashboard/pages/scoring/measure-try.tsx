import { useEffect, useState } from "preact/hooks";
import { ApiError, api } from "../../api.ts";
import type { ConfigContent, MeasureTrial } from "../../api-types.ts";
import { valueText } from "../../format.ts";
import { accountPath, setQuery, usePlace } from "../../router.ts";
import { AccountInput } from "../../ui/account-input.tsx";
import { Field } from "../../ui/controls.tsx";
import { windowText } from "../account/measure-points.ts";
import { settleMs } from "./use-check.ts";
import { Coded } from "../../ui/coded.tsx";

type Answer = { readonly trial: MeasureTrial | null; readonly error: ApiError | null; readonly busy: boolean };

/** What the server says of the measure as it stands, asked whenever it has stopped changing. */
function useTrial(key: string, document: ConfigContent, accountId: string | null): Answer {
  const [answer, setAnswer] = useState<Answer>({ trial: null, error: null, busy: false });
  useEffect(() => {
    if (accountId === null) return setAnswer({ trial: null, error: null, busy: false });
    const controller = new AbortController();
    setAnswer((before) => ({ ...before, busy: true }));
    const timer = setTimeout(() => {
      api.testMeasure({ measure: document, key, accountId }, controller.signal).then(
        (trial) => setAnswer({ trial, error: null, busy: false }),
        (error: unknown) => {
          if (!controller.signal.aborted && error instanceof ApiError) setAnswer({ trial: null, error, busy: false });
        },
      );
    }, settleMs);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [key, document, accountId]);
  return answer;
}

function Result({ trial, accountId }: { trial: MeasureTrial; accountId: string }) {
  const { value, unit, window, status, note } = trial;
  return (
    <>
      <p class="measure-trial">
        <strong class="num">{value === null ? "No value" : valueText(value, unit)}</strong> for{" "}
        <a href={accountPath(accountId)}>{accountId}</a>
      </p>
      {note === undefined ? null : (
        <p class="hint">
          <Coded text={note} />
        </p>
      )}
      {status === "stale" ? <p class="hint">Held: its source is behind.</p> : null}
      <p class="hint">{window === null ? "It looks at how things stand." : `It looks back on ${windowText({ window })}.`}</p>
    </>
  );
}

/**
 * The value of a measure for an account of one's choice, at this moment. Nothing is stored.
 *
 * @param stuck it cannot be tried as it stands
 */
export function MeasureTry({ measureKey, document, stuck }: { measureKey: string; document: ConfigContent; stuck: boolean }) {
  const { query } = usePlace();
  const chosen = query.get("account");
  const [id, setId] = useState(chosen ?? "");
  const { trial, error, busy } = useTrial(measureKey, document, stuck ? null : chosen);
  return (
    <section class="preview" aria-labelledby="measure-try">
      <h2 id="measure-try">Try it on an account</h2>
      <form
        class="add-account"
        onSubmit={(event) => {
          event.preventDefault();
          setQuery({ account: id.trim() });
        }}
      >
        <Field label="Account" error={error?.status === 404 ? "There is no such account." : undefined}>
          {(ids) => <AccountInput ids={ids} value={id} onValue={setId} />}
        </Field>
        <button type="submit" class="button" disabled={id.trim() === ""}>
          Try
        </button>
      </form>
      <div role="status" aria-busy={busy}>
        {chosen === null ? (
          <p class="quiet">Its value shows here, and follows what you write. Nothing is stored.</p>
        ) : stuck ? (
          <p class="quiet">What is marked has to be mended before it can be tried.</p>
        ) : error !== null && error.status !== 404 ? (
          <p class="hint hint-error">{error.detail}</p>
        ) : trial === null ? (
          <p class="quiet">…</p>
        ) : (
          <Result trial={trial} accountId={chosen} />
        )}
      </div>
    </section>
  );
}
