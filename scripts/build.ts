import { fileURLToPath } from "node:url";
import { buildOutdated } from "./runtime/build.ts";
import { messageOf, RuntimeFailure } from "./runtime/failure.ts";

/** `npm run build`: the pages and the worker's bundle below dist/, where they are missing or outdated. */
try {
  await buildOutdated(fileURLToPath(new URL("..", import.meta.url)), (line) => console.log(line));
  console.log("dist/dashboard and dist/worker are up to date");
} catch (error) {
  console.error(error instanceof RuntimeFailure ? messageOf(error) : error);
  process.exit(1);
}
