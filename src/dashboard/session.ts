import { useEffect, useState } from "preact/hooks";
import { ApiError, api } from "./api.ts";
import type { Scope, Session } from "./api-types.ts";
import { onRepeatedFailure, startLive, stopLive } from "./live.ts";
import { forgetEverything } from "./resource.ts";
import { forgetUnsaved } from "./unsaved.ts";

/** `unknown` until the server has answered; `unreachable` when it could not. */
export type SessionState =
  | { readonly state: "unknown" | "signed_out" | "unreachable" }
  | { readonly state: "signed_in"; readonly session: Session };

let current: SessionState = { state: "unknown" };
const listeners = new Set<() => void>();

function set(next: SessionState): void {
  current = next;
  if (next.state === "signed_in") startLive();
  else stopLive();
  for (const listener of listeners) listener();
}

export async function readSession(): Promise<void> {
  try {
    const session = await api.session();
    set({ state: "signed_in", session });
  } catch (error) {
    set({ state: error instanceof ApiError && error.status === 401 ? "signed_out" : "unreachable" });
  }
}

/** Throws the ApiError of a wrong token. */
export async function signIn(token: string): Promise<void> {
  const session = await api.signIn(token);
  set({ state: "signed_in", session });
}

export async function signOut(): Promise<void> {
  await api.signOut();
  sessionEnded();
}

export function sessionEnded(): void {
  forgetEverything();
  forgetUnsaved();
  if (current.state !== "signed_out") set({ state: "signed_out" });
}

// A 401 tells whoever listens to `onSignedOut`; everything else passes by itself and the feed goes on trying.
onRepeatedFailure(() => void api.session().catch(() => {}));

export function useSession(): SessionState {
  const [seen, setSeen] = useState(current);
  useEffect(() => {
    const update = (): void => setSeen(current);
    listeners.add(update);
    update();
    return () => void listeners.delete(update);
  }, []);
  return seen;
}

/** May the person who looks do this? `admin` contains all scopes. The server decides; this only spares buttons that would fail. */
export const may = (session: SessionState, scope: Scope): boolean =>
  session.state === "signed_in" && (session.session.scopes.includes("admin") || session.session.scopes.includes(scope));
