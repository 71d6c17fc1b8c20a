/** The code that shows usage comes only with whoever looks at it. */
export const loadUsage = () => import("./usage.ts");
