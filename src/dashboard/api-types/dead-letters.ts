import type { DeadLetterCopy } from "../../domain/intake/dead-letter.ts";
import type { Page, Told } from "./common.ts";

export type DeadLetter = Told<Omit<DeadLetterCopy, "accountId">, "at"> & { readonly accountId: string | null };

export type DeadLetterDetail = DeadLetter & { readonly event: Readonly<Record<string, unknown>> };

export type DeadLetterGroup = { readonly kind: DeadLetter["kind"]; readonly reason: string; readonly open: number };

export type DeadLettersPage = Page<DeadLetter> & { readonly groups: readonly DeadLetterGroup[] };
