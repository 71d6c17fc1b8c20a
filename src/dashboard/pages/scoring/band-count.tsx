import { useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { ConfigContent, ConfigKind } from "../../api-types.ts";
import { countText, plural } from "../../format.ts";
import { useResource } from "../../resource.ts";
import { Faces, Skeleton } from "../../ui/faces.tsx";
import { flowsText } from "./comparison.ts";

/** How many accounts would change band, asked of all of them while the dialog stands; nobody has to wait for it. */
export function BandCount({ kind, id, next }: { kind: ConfigKind; id: string; next: ConfigContent }) {
  const found = useResource(`compare ${kind}/${id} ${JSON.stringify(next)}`, (signal) => api.compare(kind, id, next, signal));
  return (
    <Faces of={found} what="How many accounts would change band" skeleton={<Skeleton rows={1} kind="line" />}>
      {({ accounts, changed, bands, complete }) => (
        <div role="status">
          {accounts === 0 ? (
            <p>
              {kind === "scorecards" ? "No account is judged by it: nothing moves until the segments name it." : "There is no account yet."}
            </p>
          ) : (
            <p>
              <strong>{flowsText({ accounts, changed, bands })}</strong>
            </p>
          )}
          {complete ? null : <p class="hint">Some accounts could not be asked in time. The figures are about the others.</p>}
        </div>
      )}
    </Faces>
  );
}

/** The same, asked only when somebody wants to know: it reads every account. A document changed since is asked about anew. */
export function CountAll({ kind, id, next, disabled }: { kind: ConfigKind; id: string; next: ConfigContent; disabled: boolean }) {
  const [asked, setAsked] = useState<ConfigContent | null>(null);
  return (
    <div class="count-all">
      <button type="button" class="button button-small" disabled={disabled} onClick={() => setAsked(next)}>
        Count all accounts
      </button>
      {asked === next && !disabled ? <BandCount kind={kind} id={id} next={next} /> : null}
    </div>
  );
}

/** The same where a shadow knows it of all accounts that were scored since it began. */
export function ShadowCount({ kind, id }: { kind: ConfigKind; id: string }) {
  const report = useResource(`shadow ${kind}/${id}`, (signal) => api.shadow(kind, id, signal));
  return (
    <Faces of={report} what="The comparison in shadow" skeleton={<Skeleton rows={1} kind="line" />}>
      {({ changed, accounts }) => (
        <p>
          <strong>
            In shadow {countText(changed)} of {plural(accounts, "account")} changed band.
          </strong>
        </p>
      )}
    </Faces>
  );
}
