/** What shows usage, loaded by itself: the page, and the tab of an account. */
export { UsageOfAccount } from "./usage-of-account.tsx";
export { UsagePage } from "./usage-page.tsx";
