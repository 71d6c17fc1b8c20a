import { useEffect, useRef } from "preact/hooks";
import { navigate } from "../router.ts";
import { signIn } from "../session.ts";
import { ActionError, Field, useAction } from "../ui/controls.tsx";

/** Only a path of this host: a link must not lead a freshly signed-in person elsewhere. */
const safeNext = (next: string | null): string => (next !== null && /^\/(?![/\\])/.test(next) ? next : "/");

/** A one-time link carries the token behind `#`, which no server log sees. It leaves the address bar and the history before anything else. */
function takeLinkToken(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (location.hash !== "") history.replaceState(null, "", location.pathname + location.search);
  return token;
}

export function SignInPage() {
  const field = useRef<HTMLInputElement>(null);
  const action = useAction(async (token: string) => {
    await signIn(token.trim());
    navigate(safeNext(new URLSearchParams(location.search).get("next")), "replace");
  });
  useEffect(() => {
    const take = (): void => {
      const token = takeLinkToken();
      if (token !== null) void action.start(token);
    };
    take();
    field.current?.focus();
    // A link opened where this page is already open changes what is behind `#` alone.
    addEventListener("hashchange", take);
    return () => removeEventListener("hashchange", take);
  }, []);
  const wrongToken = action.error?.status === 401;
  return (
    <main class="alone">
      <form
        class="sign-in"
        onSubmit={(event) => {
          event.preventDefault();
          void action.start(field.current?.value ?? "");
        }}
      >
        <svg class="mark" viewBox="0 0 32 32" width="36" height="36" aria-hidden="true" focusable="false">
          <rect width="32" height="32" rx="7" />
          <path d="M5 17h5l3-8 5 15 3-7h6" />
        </svg>
        <h1>Sign in to Pulseline</h1>
        <p class="quiet">Live health scores of your accounts, each explained down to the event that moved it.</p>
        <Field
          label="Access token"
          error={wrongToken ? "That token is not known here, or it was revoked. Check for a missing letter." : undefined}
          hint="Printed once when the server first started, or made for you under Settings."
        >
          {(ids) => (
            <input
              {...ids}
              ref={field}
              type="password"
              autocomplete="current-password"
              spellcheck={false}
              required
              aria-invalid={wrongToken}
            />
          )}
        </Field>
        {wrongToken ? null : <ActionError error={action.error} />}
        <button type="submit" class="button button-main" disabled={action.busy}>
          {action.busy ? "Signing in…" : "Sign in"}
        </button>
      </form>
    </main>
  );
}
