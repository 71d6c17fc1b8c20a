import type { Page } from "./common.ts";

export type DeadLetter = {
  readonly id: string;
  readonly kind: "quarantined" | "deadLettered";
  readonly reason: string;
  readonly detail: string;
  readonly connectionId: string;
  readonly connector: string;
  readonly type: string;
  readonly eventId: string;
  readonly accountId: string | null;
  readonly at: string;
  readonly tries: number;
  readonly status: "open" | "replayed" | "discarded";
};

export type DeadLetterDetail = DeadLetter & { readonly event: Readonly<Record<string, unknown>> };

export type DeadLetterGroup = { readonly kind: DeadLetter["kind"]; readonly reason: string; readonly open: number };

export type DeadLettersPage = Page<DeadLetter> & { readonly groups: readonly DeadLetterGroup[] };
