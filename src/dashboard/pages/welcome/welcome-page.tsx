import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { Connection, Connector, NewToken } from "../../api-types.ts";
import { may, useSession } from "../../session.ts";
import { ActionError, CopyBlock, CopyField, useAction } from "../../ui/controls.tsx";
import { Faces, Skeleton } from "../../ui/faces.tsx";
import { Icon } from "../../ui/icons.tsx";
import { ConnectionMade, ConnectorForm, missingFields, useConnectors } from "../sources/connection-form.tsx";
import { Arrivals, MovedScore, useArrivals, useMoved } from "./arrival.tsx";
import { canSign, nativeCurl, nativeTest, newTestEvent, testAccount, testAccountId, zendeskCurl, zendeskTest } from "./test-event.ts";
import { freeName } from "./free-name.ts";

const native = "native";
const zendesk = "zendesk";

/** What the steps have made so far. */
type Sender =
  | { readonly kind: "token"; readonly token: NewToken }
  | { readonly kind: "connection"; readonly connection: Connection; readonly secrets: Readonly<Record<string, string>> };

function Step({
  number,
  title,
  done,
  ready,
  children,
}: {
  number: number;
  title: string;
  done: boolean;
  ready: boolean;
  children: ComponentChildren;
}) {
  return (
    <li class={ready ? "step" : "step step-later"}>
      <span class={done ? "step-number step-done" : "step-number"} aria-hidden="true">
        {done ? <Icon name="check" /> : number}
      </span>
      <section aria-label={title}>
        <h2>
          {title}
          {done ? <span class="unseen"> (done)</span> : null}
        </h2>
        {ready ? children : null}
      </section>
    </li>
  );
}

function Choose({ connectors, chosen, onChoose }: { connectors: readonly Connector[]; chosen: string; onChoose: (name: string) => void }) {
  const options = [
    { name: native, title: "Your own product", hint: "Send events from your code with one HTTP request." },
    ...connectors.map((one) => ({
      name: one.name,
      title: one.title,
      hint: one.receivesWebhooks ? "By signed webhooks." : "By its own SDK, pointed at this host.",
    })),
  ];
  return (
    <fieldset class="choices">
      <legend class="unseen">What do you want to connect first?</legend>
      {options.map((option) => (
        <label key={option.name} class="choice">
          <input type="radio" name="sender" checked={option.name === chosen} onChange={() => onChoose(option.name)} />
          <span>
            {option.title} <span class="hint">{option.hint}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

const tokensLookedAt = 200;

function MakeToken({ onMade }: { onMade: (token: NewToken) => void }) {
  const action = useAction(async () => {
    // A token is shown once: who comes again gets another one, by a name that tells it from the first.
    const { items } = await api.tokens({ limit: tokensLookedAt });
    const name = freeName("First run", new Set(items.map((token) => token.name)));
    onMade(await api.createToken({ name, scopes: ["ingest"] }));
  });
  return (
    <>
      <p>A token that may send events and nothing else.</p>
      <ActionError error={action.error} />
      <button type="button" class="button button-main" disabled={action.busy} onClick={() => void action.start()}>
        Make the token
      </button>
    </>
  );
}

function Made({ sender }: { sender: Sender }) {
  if (sender.kind === "token") return <CopyField label="Ingest token: shown this one time, keep it" value={sender.token.token} secret />;
  return <ConnectionMade connection={sender.connection} />;
}

/** The line to paste, and the button that sends the same from here. */
function SendTest({ sender, onSend }: { sender: Sender; onSend: (before: number | null) => void }) {
  const [pasted] = useState(newTestEvent);
  const action = useAction(async () => {
    // By the list: an account that does not exist yet is no error here.
    const known = await api.accounts({ q: testAccountId, limit: 10 });
    onSend(known.items.find((row) => row.id === testAccountId)?.score ?? null);
    if (sender.kind === "token") {
      const test = nativeTest(sender.token.token, newTestEvent());
      return api.sendThroughDoor(test.door, test.headers, test.body);
    }
    const secret = sender.secrets["webhookSecret"];
    if (secret === undefined || sender.connection.webhookUrl === null) return;
    // The vendor knows the company by its organization id: the account must bear it before the ticket comes.
    await api.saveAccount(testAccount);
    const test = await zendeskTest(sender.connection.webhookUrl, secret, newTestEvent());
    await api.sendThroughDoor(test.door, test.headers, test.body);
  });
  const button = (
    <>
      <ActionError error={action.error} />
      <button type="button" class="button button-main" disabled={action.busy} onClick={() => void action.start()}>
        {action.busy ? "Sending…" : "Send a test from here"}
      </button>
    </>
  );
  if (sender.kind === "token") {
    return (
      <>
        <CopyBlock label="Paste into a terminal" text={nativeCurl(location.origin, sender.token.token, pasted)} />
        {button}
      </>
    );
  }
  const secret = sender.secrets["webhookSecret"];
  if (sender.connection.connector !== zendesk || sender.connection.webhookUrl === null || secret === undefined)
    return <p>Let the sender send something, for instance by using the product that the SDK sits in.</p>;
  return (
    <>
      <CopyBlock label="Paste into a terminal: a signed ticket event" text={zendeskCurl(sender.connection.webhookUrl, secret, pasted)} />
      {canSign() ? button : <p class="hint">On plain http a browser cannot sign; use the lines above.</p>}
      <p class="hint">The test makes the account “{testAccount.name}” with the organization id 1, so that the ticket finds its company.</p>
    </>
  );
}

export function WelcomePage() {
  const session = useSession();
  const connectors = useConnectors();
  const [chosen, setChosen] = useState(native);
  const [sender, setSender] = useState<Sender | null>(null);
  const [before, setBefore] = useState<ReadonlyMap<string, number | null>>(new Map());
  const arrivals = useArrivals(sender === null ? null : sender.kind === "token" ? sender.token.id : sender.connection.id);
  const accountIds = [
    ...new Set([...arrivals.flatMap((delivery) => delivery.accountIds), ...(arrivals.length > 0 ? [testAccountId] : [])]),
  ];
  const moved = useMoved(accountIds, before);
  // What lacks a field takes nothing: there would be nothing to wait for.
  const isReady = sender !== null && (sender.kind === "token" || missingFields(sender.connection, connectors.data).length === 0);
  return (
    <div class="welcome">
      <header class="page-head">
        <h1>From the first event to a score</h1>
        <p class="quiet">
          Four steps, about two minutes. The token or connection you make can be taken back under Settings. The test’s account, “
          {testAccountId}”, stays: an account is never deleted, but you can merge it into another by the <a href="/api/docs">API</a>.
        </p>
      </header>
      {may(session, "admin") ? null : (
        <p class="notice notice-warn">Your token may only look. Sign in with a token of the scope admin to make a connection.</p>
      )}
      <ol class="steps">
        <Step number={1} title="Connect a sender" done={isReady} ready>
          {sender !== null ? (
            <Made sender={sender} />
          ) : (
            <Faces of={connectors} what="The list of connectors" skeleton={<Skeleton rows={3} kind="line" />}>
              {(items) => {
                const connector = items.find((one) => one.name === chosen);
                return (
                  <>
                    <Choose connectors={items} chosen={connector?.name ?? native} onChoose={setChosen} />
                    {connector === undefined ? (
                      <MakeToken onMade={(token) => setSender({ kind: "token", token })} />
                    ) : (
                      <ConnectorForm
                        key={connector.name}
                        connector={connector}
                        onMade={(connection, secrets) => setSender({ kind: "connection", connection, secrets })}
                      />
                    )}
                  </>
                );
              }}
            </Faces>
          )}
        </Step>
        <Step number={2} title="Send a test" done={arrivals.length > 0} ready={isReady}>
          {sender === null ? null : <SendTest sender={sender} onSend={(score) => setBefore(new Map([[testAccountId, score]]))} />}
        </Step>
        <Step number={3} title="See it arrive" done={arrivals.some((delivery) => delivery.status === "settled")} ready={isReady}>
          <Arrivals deliveries={arrivals} />
        </Step>
        <Step number={4} title="See the score it moved" done={moved.length > 0} ready={arrivals.length > 0}>
          {moved.length === 0 ? (
            <p class="waiting">The event is being counted…</p>
          ) : (
            <>
              {moved.map((one) => (
                <MovedScore key={one.row.id} moved={one} />
              ))}
              <p class="hint">
                A band needs half of the scorecard measured. If you only feed usage and tickets, the portfolio offers the scorecard made for
                that.
              </p>
            </>
          )}
        </Step>
      </ol>
    </div>
  );
}
