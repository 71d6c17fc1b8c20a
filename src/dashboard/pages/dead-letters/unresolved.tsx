import { useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { UnresolvedKey } from "../../api-types.ts";
import { countText, plural } from "../../format.ts";
import { accountPath } from "../../router.ts";
import { usePages } from "../../resource.ts";
import { keyKindText } from "../../words.ts";
import { AccountInput } from "../../ui/account-input.tsx";
import { ActionError, Dialog, Field, faultOf, useAction } from "../../ui/controls.tsx";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { Age, StateBadge } from "../../ui/figures.tsx";
import { accountIdOf } from "../../ui/named-account.ts";
import { More } from "../../ui/more.tsx";
import { sharedText } from "./key-words.ts";

function LinkDialog({
  unresolved,
  onClose,
  onLinked,
}: {
  unresolved: UnresolvedKey;
  onClose: () => void;
  onLinked: (text: string) => void;
}) {
  const [accountId, setAccountId] = useState(unresolved.accountIds[0] ?? "");
  const [reason, setReason] = useState("");
  const action = useAction(async () => {
    const answer = await api.link(unresolved.key, await accountIdOf(accountId), reason.trim());
    onLinked(
      `${keyKindText(answer.key.kind)} ${answer.key.value} is linked to ${answer.accountId}; ${plural(answer.drainedEvents, "event")} on the way to it.`,
    );
  });
  return (
    <Dialog title={`Link ${unresolved.key.value}`} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void action.start();
        }}
      >
        <p>
          {plural(unresolved.waitingEvents, "waiting event")} will be counted in the account you choose, and so will every later one with
          this {keyKindText(unresolved.key.kind).toLowerCase()}.
        </p>
        {unresolved.accountIds.length > 1 ? (
          <p class="hint">It points at several accounts now: {unresolved.accountIds.join(", ")}. Your choice settles it.</p>
        ) : null}
        <Field label="Account" hint="Type a name, an id or a domain." error={faultOf(action.error, "/accountId")}>
          {(ids) => <AccountInput ids={ids} value={accountId} onValue={setAccountId} />}
        </Field>
        <Field label="Reason (optional)" error={faultOf(action.error, "/reason")}>
          {(ids) => <input {...ids} maxLength={500} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />}
        </Field>
        <ActionError error={action.error} shown={["/accountId", "/reason"]} />
        <button type="submit" class="button button-main" disabled={action.busy}>
          Link to account
        </button>
      </form>
    </Dialog>
  );
}

/** Keys whose events wait because no account is known for them yet. */
export function Unresolved({ mayWrite }: { mayWrite: boolean }) {
  const keys = usePages("unresolved", (cursor, signal) => api.unresolved({ limit: 50, cursor }, signal));
  const [linking, setLinking] = useState<UnresolvedKey | null>(null);
  const [told, setTold] = useState<string | null>(null);
  return (
    <section class="section" aria-labelledby="unresolved">
      <div class="section-head">
        <h2 id="unresolved">Events without an account</h2>
        {told === null ? null : (
          <p role="status">
            <StateBadge tone="good">{told}</StateBadge>
          </p>
        )}
      </div>
      <Faces of={keys} what="The list of unknown keys" skeleton={<Skeleton rows={3} />}>
        {(items) =>
          items.length === 0 ? (
            <Empty title="Every event found its account">
              <p>When a domain, a user or a vendor's id is met that belongs to no account yet, its events wait here until you link it.</p>
            </Empty>
          ) : (
            <table class="table letters cards">
              <caption class="unseen">Keys with waiting events</caption>
              <thead>
                <tr>
                  <th scope="col">Key</th>
                  <th scope="col" class="key-state">
                    State
                  </th>
                  <th scope="col" class="num letter-age">
                    Waiting
                  </th>
                  <th scope="col" class="num letter-age">
                    Since
                  </th>
                  <th scope="col" class="key-link">
                    <span class="unseen">Link</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {items.map((item) => (
                  <tr key={`${item.key.kind} ${item.key.value}`}>
                    <th scope="row">
                      <span class="quiet">{keyKindText(item.key.kind)}</span> {item.key.value}
                    </th>
                    <td class="wrap">
                      <StateBadge tone={item.status === "ambiguous" ? "warn" : "none"}>
                        {item.status === "ambiguous" ? "Several accounts" : "No account"}
                      </StateBadge>
                      {item.accountIds.map((id) => (
                        <a key={id} class="account-link" href={accountPath(id)}>
                          {id}
                        </a>
                      ))}
                      {item.alsoUnder.length === 0 ? null : <span class="hint">{sharedText(item)}</span>}
                    </td>
                    <td class="num" data-label="Waiting">
                      {countText(item.waitingEvents)}
                    </td>
                    <td class="num" data-label="Since">
                      <Age at={item.since} />
                    </td>
                    <td>
                      <button
                        type="button"
                        class="button button-small"
                        disabled={!mayWrite}
                        data-row={`${item.key.kind} ${item.key.value}`}
                        onClick={() => setLinking(item)}
                        aria-label={`Link to account: ${item.key.value}`}
                      >
                        Link to account
                      </button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Faces>
      <More of={keys} />
      {linking === null ? null : (
        <LinkDialog
          unresolved={linking}
          onClose={() => setLinking(null)}
          onLinked={(text) => {
            setTold(text);
            setLinking(null);
            keys.reload();
          }}
        />
      )}
    </section>
  );
}
