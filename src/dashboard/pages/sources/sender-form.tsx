import { useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { Connection, Connector, NewToken } from "../../api-types.ts";
import { ActionError, CopyBlock, CopyField, useAction } from "../../ui/controls.tsx";
import { Faces, Skeleton } from "../../ui/faces.tsx";
import {
  canSign,
  nativeCurl,
  nativeTest,
  newTestEvent,
  testAccount,
  testAccountId,
  zendeskCurl,
  zendeskTest,
} from "../welcome/test-event.ts";
import { freeName } from "../welcome/free-name.ts";
import { ConnectionMade, ConnectorForm, useConnectors } from "./connection-form.tsx";

const native = "native";
const zendesk = "zendesk";

/** What sends events from now on: one's own code with a token, or a vendor by a connection. `secrets` are those just typed in. */
export type Sender =
  | { readonly kind: "token"; readonly token: NewToken }
  | { readonly kind: "connection"; readonly connection: Connection; readonly secrets: Readonly<Record<string, string>> };

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
      <legend class="unseen">What do you want to connect?</legend>
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

function MakeToken({ name: wanted, onMade }: { name: string; onMade: (token: NewToken) => void }) {
  const action = useAction(async () => {
    // A token is shown once: who comes again gets another one, by a name that tells it from the first.
    const { items } = await api.tokens({ limit: tokensLookedAt });
    const name = freeName(wanted, new Set(items.map((token) => token.name)));
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

/**
 * Whom to connect, and what that takes: the first run and the page of sources ask alike.
 *
 * @param tokenName what a token is called that is made here; a number follows where there is one of that name
 */
export function SenderForm({ tokenName, onMade }: { tokenName: string; onMade: (sender: Sender) => void }) {
  const connectors = useConnectors();
  const [chosen, setChosen] = useState(native);
  return (
    <Faces of={connectors} what="The list of connectors" skeleton={<Skeleton rows={3} kind="line" />}>
      {(items) => {
        const connector = items.find((one) => one.name === chosen);
        return (
          <>
            <Choose connectors={items} chosen={connector?.name ?? native} onChoose={setChosen} />
            {connector === undefined ? (
              <MakeToken name={tokenName} onMade={(token) => onMade({ kind: "token", token })} />
            ) : (
              <ConnectorForm
                key={connector.name}
                connector={connector}
                onMade={(connection, secrets) => onMade({ kind: "connection", connection, secrets })}
              />
            )}
          </>
        );
      }}
    </Faces>
  );
}

/** What to do at the sender's side now. */
export function SenderMade({ sender, onLeave }: { sender: Sender; onLeave?: () => void }) {
  if (sender.kind === "token") return <CopyField label="Ingest token: shown this one time, keep it" value={sender.token.token} secret />;
  return <ConnectionMade connection={sender.connection} {...(onLeave === undefined ? {} : { onLeave })} />;
}

/** The line to paste, and the button that sends the same from here. `onSend` hears the score that the test's account had before. */
export function SendTest({ sender, onSend }: { sender: Sender; onSend: (before: number | null) => void }) {
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
