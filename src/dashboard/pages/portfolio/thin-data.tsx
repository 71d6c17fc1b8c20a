import { useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { Portfolio } from "../../api-types.ts";
import { plural } from "../../format.ts";
import { accountPath } from "../../router.ts";
import { useResource } from "../../resource.ts";
import { may, useSession } from "../../session.ts";
import { ActionError, Dialog, useAction } from "../../ui/controls.tsx";
import { Icon } from "../../ui/icons.tsx";
import { mayNarrow, type Thin, thinOf, thinText } from "./thin.ts";

/** From this share of the book on it is no matter of single accounts any more. */
const shareTold = 0.5;
/** Accounts that are looked at: those of the band with the most events know what the sources tell. */
const accountsLookedAt = 3;
/** Shipped for companies that feed nothing else. */
const narrowScorecard = "usage_support";

/** `example` is the account of them that the sources tell most about. */
type ThinRead = { readonly thin: Thin; readonly example: { readonly id: string; readonly name: string | null } | null };

async function readThin(signal: AbortSignal): Promise<ThinRead> {
  const { items } = await api.accounts({ band: ["not_enough_data"], sort: "-events", limit: accountsLookedAt }, signal);
  const thin = thinOf(await Promise.all(items.map(({ id }) => api.health(id, {}, signal))));
  return { thin, example: items[0] ?? null };
}

/** Makes it everybody's scorecard; segments that people have made keep what they name. */
async function useNarrowScorecard(): Promise<void> {
  const { items } = await api.configs("segments");
  const isPublished = items.some(({ published }) => published !== null);
  const current = isPublished ? await api.config("segments", "segments", "published") : null;
  const document = { title: "All accounts", segments: [], ...current?.document, scorecard: narrowScorecard };
  const draft = await api.saveDraft("segments", "segments", { document, revision: 0 });
  await api.publishDraft("segments", "segments", { revision: draft.revision, note: "Only usage and support are fed" });
}

function Confirm({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const publish = useAction(async () => {
    await useNarrowScorecard();
    onDone();
  });
  return (
    <Dialog title="Score by usage and support alone" onClose={onClose}>
      <div class="form">
        <p>
          Every account gets its score by the scorecard “Usage and support”, within minutes. You can go back to the former one, or to a
          fuller one once more sources are connected, under Scoring → Segments.
        </p>
        <button type="button" class="button button-main" disabled={publish.busy} onClick={() => void publish.start()}>
          {publish.busy ? "Publishing…" : "Use it for all accounts"}
        </button>
        <ActionError error={publish.error} />
      </div>
    </Dialog>
  );
}

function Told({ read: { thin, example }, accounts, of }: { read: ThinRead; accounts: number; of: number }) {
  const [asked, setAsked] = useState(false);
  const [done, setDone] = useState(false);
  const mayPublish = may(useSession(), "admin");
  if (done)
    return (
      <p class="notice" role="status">
        <Icon name="check" /> Published. The accounts get their bands within minutes.
      </p>
    );
  return (
    <div class="notice notice-warn thin-data" role="status">
      <Icon name="not_enough_data" />
      <div>
        <p>
          <strong>
            {accounts} of {plural(of, "account")} {accounts === 1 ? "has" : "have"} too little data for a band.
          </strong>{" "}
          {thinText(thin, accounts)}
        </p>
        <p class="actions">
          {thin.unfed.length > 0 || example === null ? (
            <a class="button" href="/sources?add=1">
              Connect a source
            </a>
          ) : (
            <>
              <a class="button" href={accountPath(example.id)}>
                See what {example.name ?? example.id} lacks
              </a>
              <a class="button" href="/settings/scorecards">
                Scorecards
              </a>
            </>
          )}
          {mayNarrow(thin) && mayPublish ? (
            <button type="button" class="button button-main" onClick={() => setAsked(true)}>
              Use the scorecard for usage and support
            </button>
          ) : null}
        </p>
      </div>
      {asked ? <Confirm onClose={() => setAsked(false)} onDone={() => setDone(true)} /> : null}
    </div>
  );
}

/** Where most of the book has too little data for a band: why, and what to do. */
export function ThinData({ portfolio }: { portfolio: Portfolio }) {
  const thin = portfolio.bands.find(({ band }) => band === "not_enough_data")?.accounts ?? 0;
  const isMost = portfolio.accounts > 0 && thin >= shareTold * portfolio.accounts;
  const read = useResource(isMost ? "thin data" : null, readThin);
  if (!isMost || read.data === null) return null;
  return <Told read={read.data} accounts={thin} of={portfolio.accounts} />;
}
