import { render } from "preact";
import { onSignedOut } from "./api.ts";
import { App } from "./app.tsx";
import { startRouter } from "./router.ts";
import { readSession, sessionEnded } from "./session.ts";

startRouter();
onSignedOut(sessionEnded);
// A page that asks for the token has no session to ask about.
if (location.pathname !== "/sign-in") void readSession();

const root = document.getElementById("root");
if (root !== null) render(<App />, root);
