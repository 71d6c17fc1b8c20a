/** The page of background jobs, loaded by itself. */
export { JobsPage } from "./jobs-page.tsx";
