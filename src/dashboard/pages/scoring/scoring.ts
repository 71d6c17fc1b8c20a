/** The pages of scoring, loaded together. */
export { DocumentPage } from "./document-page.tsx";
export { ScoringPage } from "./scoring-page.tsx";
