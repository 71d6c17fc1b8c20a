import { useRef, useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { NewToken, Scope, Token } from "../../api-types.ts";
import { serverNow } from "../../clock.ts";
import { usePages } from "../../resource.ts";
import { ActionError, CopyField, Dialog, Field, faultOf, formText, useAction } from "../../ui/controls.tsx";
import { Empty, Failed, Faces, Skeleton } from "../../ui/faces.tsx";
import { Age, StateBadge } from "../../ui/figures.tsx";
import { Icon } from "../../ui/icons.tsx";
import { More } from "../../ui/more.tsx";

/** Scopes contain nothing but themselves, `admin` apart: who is to change something has to see it too. */
const choices: readonly { readonly name: string; readonly scopes: readonly Scope[]; readonly meaning: string }[] = [
  { name: "ingest", scopes: ["ingest"], meaning: "Send events. Nothing else: safe to put into your product's server." },
  { name: "read", scopes: ["read"], meaning: "Look at everything, change nothing." },
  { name: "write", scopes: ["read", "write"], meaning: "Look, and change accounts, links and dead letters." },
  { name: "admin", scopes: ["admin"], meaning: "Everything, tokens and connections too." },
];

function NewTokenDialog({ onClose, onMade }: { onClose: () => void; onMade: () => void }) {
  const form = useRef<HTMLFormElement>(null);
  const [made, setMade] = useState<NewToken | null>(null);
  const action = useAction(async () => {
    if (form.current === null) return;
    const data = new FormData(form.current);
    const expires = formText(data, "expires");
    setMade(
      await api.createToken({
        name: formText(data, "name"),
        scopes: choices.find(({ name }) => name === formText(data, "scope"))?.scopes ?? [],
        ...(expires === "" ? {} : { expiresAt: new Date(expires).toISOString() }),
      }),
    );
    onMade();
  });
  if (made !== null) {
    return (
      <Dialog title="Copy the token now" onClose={onClose}>
        <p>It is shown this one time. Only a fingerprint of it is stored.</p>
        <CopyField label={`Token “${made.name}”`} value={made.token} secret />
      </Dialog>
    );
  }
  return (
    <Dialog title="New token" onClose={onClose}>
      <form
        ref={form}
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void action.start();
        }}
      >
        <Field label="Name" hint="Who or what will use it." error={faultOf(action.error, "/name")}>
          {(ids) => <input {...ids} name="name" required maxLength={120} />}
        </Field>
        <fieldset class="choices">
          <legend>It may</legend>
          {choices.map(({ name, meaning }) => (
            <label key={name} class="choice">
              <input type="radio" name="scope" value={name} defaultChecked={name === "ingest"} />
              <span>
                {name} <span class="hint">{meaning}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <Field label="Ends (optional)" hint="As that day begins, in UTC." error={faultOf(action.error, "/expiresAt")}>
          {(ids) => <input {...ids} name="expires" type="date" />}
        </Field>
        <ActionError error={action.error} shown={["/name", "/expiresAt"]} />
        <button type="submit" class="button button-main" disabled={action.busy}>
          Make token
        </button>
      </form>
    </Dialog>
  );
}

function stateOf(token: Token): { tone: "good" | "none" | "bad"; word: string } {
  if (token.revokedAt !== null) return { tone: "none", word: "Revoked" };
  if (token.expiresAt !== null && Date.parse(token.expiresAt) < serverNow()) return { tone: "bad", word: "Ended" };
  return { tone: "good", word: "Works" };
}

function Row({ token, mayChange, onRevoke }: { token: Token; mayChange: boolean; onRevoke: (token: Token) => void }) {
  const state = stateOf(token);
  return (
    <tr>
      <th scope="row">
        {token.name} <span class="mono quiet">{token.id}</span>
      </th>
      <td>{token.scopes.join(", ")}</td>
      <td>
        <StateBadge tone={state.tone}>{state.word}</StateBadge>
      </td>
      <td class="num" data-label="Made">
        <Age at={token.createdAt} />
      </td>
      <td class="num" data-label="Ends">
        <Age at={token.expiresAt} never="never" />
      </td>
      <td>
        {token.revokedAt === null ? (
          <button
            type="button"
            class="button button-small"
            disabled={!mayChange}
            onClick={() => onRevoke(token)}
            aria-label={`Revoke ${token.name}`}
          >
            Revoke…
          </button>
        ) : null}
      </td>
    </tr>
  );
}

function RevokeDialog({ token, onClose, onDone }: { token: Token; onClose: () => void; onDone: () => void }) {
  const action = useAction(async () => {
    await api.revokeToken(token.id);
    onDone();
  });
  return (
    <Dialog title={`Revoke “${token.name}”`} onClose={onClose}>
      <p>Whoever uses it is refused from the next request on. This cannot be taken back.</p>
      <ActionError error={action.error} />
      <div class="actions">
        <button type="button" class="button button-main" disabled={action.busy} onClick={() => void action.start()}>
          Revoke
        </button>
        <button type="button" class="button" onClick={onClose}>
          Keep it
        </button>
      </div>
    </Dialog>
  );
}

export function Tokens({ mayChange }: { mayChange: boolean }) {
  const tokens = usePages("tokens", (cursor, signal) => api.tokens({ limit: 100, cursor }, signal));
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<Token | null>(null);
  const refused = tokens.error?.status === 403;
  return (
    <section class="section" aria-labelledby="tokens">
      <div class="section-head">
        <h2 id="tokens">Tokens</h2>
        <div class="actions">
          <button type="button" class="button" disabled={!mayChange} onClick={() => setMaking(true)}>
            <Icon name="start" /> New token
          </button>
        </div>
      </div>
      {refused && tokens.error !== null ? (
        <Failed
          what="The tokens"
          error={tokens.error}
          since={null}
          works="Only a token with the scope admin sees them."
          retry={tokens.reload}
        />
      ) : (
        <Faces of={tokens} what="The tokens" skeleton={<Skeleton rows={3} />}>
          {(items) =>
            items.length === 0 ? (
              <Empty title="No tokens" />
            ) : (
              <table class="table tokens cards">
                <caption class="unseen">Tokens</caption>
                <thead>
                  <tr>
                    <th scope="col">Name</th>
                    <th scope="col" class="letter-source">
                      May
                    </th>
                    <th scope="col" class="source-status">
                      State
                    </th>
                    <th scope="col" class="num letter-age">
                      Made
                    </th>
                    <th scope="col" class="num letter-age">
                      Ends
                    </th>
                    <th scope="col" class="letter-source">
                      <span class="unseen">Revoke</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((token) => (
                    <Row key={token.id} token={token} mayChange={mayChange} onRevoke={setRevoking} />
                  ))}
                </tbody>
              </table>
            )
          }
        </Faces>
      )}
      <More of={tokens} />
      {making ? <NewTokenDialog onClose={() => setMaking(false)} onMade={tokens.reload} /> : null}
      {revoking === null ? null : (
        <RevokeDialog
          token={revoking}
          onClose={() => setRevoking(null)}
          onDone={() => {
            setRevoking(null);
            tokens.reload();
          }}
        />
      )}
    </section>
  );
}
