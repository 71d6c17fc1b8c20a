import type { z } from "zod";

/** What is wrong with a document: where, as a JSON pointer (RFC 6901), and what, in words. */
export type Fault = { readonly pointer: string; readonly detail: string };

export const faultsOf = (error: z.ZodError): Fault[] =>
  error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => ({ pointer: pointerOf([...issue.path, key]), detail: "is not known" }))
      : [{ pointer: pointerOf(issue.path), detail: issue.message }],
  );

export const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
