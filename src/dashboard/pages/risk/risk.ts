/** The page of the back-test, loaded by itself. */
export { RiskPage } from "./risk-page.tsx";
