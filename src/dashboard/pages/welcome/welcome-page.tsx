import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { may, useSession } from "../../session.ts";
import { Icon } from "../../ui/icons.tsx";
import { missingFields, useConnectors } from "../sources/connection-form.tsx";
import { SenderForm, SenderMade, SendTest, type Sender } from "../sources/sender-form.tsx";
import { Arrivals, MovedScore, useArrivals, useMoved } from "./arrival.tsx";
import { testAccountId } from "./test-event.ts";

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

export function WelcomePage() {
  const session = useSession();
  const connectors = useConnectors();
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
          {sender !== null ? <SenderMade sender={sender} /> : <SenderForm tokenName="First run" onMade={setSender} />}
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
