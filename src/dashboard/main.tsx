import { render } from "preact";
import { onSignedOut } from "./api.ts";
import { App } from "./app.tsx";
import { startRouter } from "./router.ts";
import { readSession, sessionEnded } from "./session.ts";

startRouter();
onSignedOut(sessionEnded);
void readSession();

const root = document.getElementById("root");
if (root !== null) render(<App />, root);
