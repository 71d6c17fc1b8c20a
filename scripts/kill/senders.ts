import { randomBytes, randomUUID } from "node:crypto";
import { zendeskSignature } from "../demo/zendesk-sender.ts";
import type { Ledger } from "./ledger.ts";

export type Doors = {
  readonly url: string;
  readonly adminToken: string;
  readonly mixpanelToken: string;
  readonly mixpanelSecret: string;
  readonly zendeskConnectionId: string;
  readonly zendeskSecret: string;
};

type Outgoing = { readonly path: string; readonly headers: Record<string, string>; readonly body: string };
/** One request of some door: the events in it by the key under which the ledger and the timeline know them. */
type Parcel = { readonly account: string; readonly keys: readonly string[]; readonly outgoing: () => Outgoing };
type MakeParcel = (doors: Doors, account: string) => Parcel;

const nativeEventsPerRequest = 20;
/** So that the archive's four megabytes are reached every few seconds. */
const nativePaddingBytes = 1_500;
const mixpanelEventsPerRequest = 10;
/** Vendors' ids have at most 36 characters. */
export const mixpanelKeyChars = 36;
const answerWithinMs = 10_000;
const retryEveryMs = 150;
/** Every so many requests a sender does not try again after a failure: its events may count once or not at all. */
const givesUpEvery = 25;

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

const native: MakeParcel = ({ adminToken }, account) => {
  const keys = range(nativeEventsPerRequest).map(() => `n-${randomUUID()}`);
  const time = new Date().toISOString();
  const padding = randomBytes(nativePaddingBytes / 2).toString("hex");
  const body = JSON.stringify(
    keys.map((id) => ({
      id,
      type: "feature.used",
      time,
      account: { id: account },
      user: { id: `user-of-${account}` },
      data: { feature: "kill", padding },
    })),
  );
  return {
    account,
    keys,
    outgoing: () => ({ path: "/v1/events", headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" }, body }),
  };
};

const mixpanel: MakeParcel = ({ mixpanelToken, mixpanelSecret }, account) => {
  const keys = range(mixpanelEventsPerRequest).map(() => `m-${randomUUID()}`.slice(0, mixpanelKeyChars));
  const time = Date.now();
  const body = JSON.stringify(
    keys.map((key) => ({
      event: "Report Exported",
      properties: { distinct_id: `user-of-${account}`, token: mixpanelToken, $insert_id: key, time, company_id: account },
    })),
  );
  const authorization = `Basic ${Buffer.from(`${mixpanelSecret}:`).toString("base64")}`;
  return {
    account,
    keys,
    outgoing: () => ({ path: "/import?strict=1", headers: { authorization, "content-type": "application/json" }, body }),
  };
};

let ticket = 1_000;
const zendesk: MakeParcel = ({ zendeskConnectionId, zendeskSecret }, account) => {
  const id = randomUUID();
  const number = String(++ticket);
  const at = new Date().toISOString();
  const body = JSON.stringify({
    account_id: 22_129_848,
    detail: {
      id: number,
      status: "NEW",
      priority: "NORMAL",
      subject: "killed",
      requester_id: "1",
      organization_id: organizationOf(account),
      created_at: at,
      updated_at: at,
    },
    event: {},
    id,
    subject: `zen:ticket:${number}`,
    time: at,
    type: "zen:event-type:ticket.created",
    zendesk_event_version: "2022-11-06",
  });
  return {
    account,
    keys: [id],
    // Signed anew with each try, as the vendor does.
    outgoing: () => {
      const timestamp = `${new Date().toISOString().slice(0, 19)}Z`;
      const headers = {
        "content-type": "application/json",
        "x-zendesk-webhook-id": "kill-test",
        "x-zendesk-webhook-invocation-id": id,
        "x-zendesk-webhook-signature-timestamp": timestamp,
        "x-zendesk-webhook-signature": zendeskSignature(zendeskSecret, timestamp, body),
      };
      return { path: `/webhooks/zendesk/${zendeskConnectionId}`, headers, body };
    },
  };
};

/** The organization at Zendesk that belongs to an account. */
export const organizationOf = (account: string): string => String(9_000_000 + Number(account.replace(/\D/g, "")));

/** Senders to begin with; what stands twice sends twice as much. */
const lanes: readonly MakeParcel[] = [native, native, mixpanel, zendesk];

/** Senders that go on until they are told to stop, each one request at a time; anything but 2xx is sent again, the same bytes. */
export class Senders {
  private stopping = false;
  private readonly running: Promise<void>[];
  private readonly doors: Doors;
  private readonly ledger: Ledger;

  constructor(doors: Doors, ledger: Ledger, accounts: readonly string[]) {
    this.doors = doors;
    this.ledger = ledger;
    this.running = lanes.map((make, lane) => this.run(make, accounts, lane));
    // Told by `stop`; until then nobody waits for a sender, and one that was refused must not end the process before it is cleaned up.
    for (const sender of this.running) sender.catch(() => undefined);
  }

  /** Ends when every sender has its last answer, or `withinMs` is over: what is not answered then stays unacknowledged. */
  async stop(withinMs: number): Promise<void> {
    this.stopping = true;
    await Promise.race([Promise.all(this.running), new Promise((resolve) => setTimeout(resolve, withinMs))]);
  }

  private async run(make: MakeParcel, accounts: readonly string[], lane: number): Promise<void> {
    for (let count = 1; !this.stopping; count++) {
      const parcel = make(this.doors, accounts[(count * lanes.length + lane) % accounts.length] ?? "account-1");
      this.ledger.open(parcel.account, parcel.keys);
      this.ledger.requests += 1;
      if (await this.deliver(parcel, count % givesUpEvery === 0)) this.ledger.acknowledge(parcel.keys);
      else this.ledger.givenUp += 1;
    }
  }

  private async deliver({ outgoing }: Parcel, givesUp: boolean): Promise<boolean> {
    for (;;) {
      if (await this.isAccepted(outgoing())) return true;
      if (givesUp) return false;
      this.ledger.triesAgain += 1;
      await new Promise((resolve) => setTimeout(resolve, retryEveryMs));
    }
  }

  private async isAccepted({ path, headers, body }: Outgoing): Promise<boolean> {
    try {
      const response = await fetch(`${this.doors.url}${path}`, {
        method: "POST",
        headers,
        body,
        signal: AbortSignal.timeout(answerWithinMs),
      });
      const text = await response.text();
      if (response.ok && /"rejected":\[\{|"failed_records":\[\{/.test(text))
        throw new Rejected(`${path} rejected events of this test: ${text.slice(0, 300)}`);
      if (response.status >= 400 && response.status < 429) throw new Rejected(`${path} answered ${response.status}: ${text.slice(0, 300)}`);
      return response.ok;
    } catch (error) {
      if (error instanceof Rejected) throw error;
      return false;
    }
  }
}

/** The test sends nothing that may be refused, so a refusal is a fault of the test or of the product, not a failure to be tried again. */
class Rejected extends Error {
  override readonly name = "Rejected";
}
