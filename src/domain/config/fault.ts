import type { z } from "zod";

/** What is wrong with a document: where, as a JSON pointer (RFC 6901), and what, in words. */
export type Fault = { readonly pointer: string; readonly detail: string };

/** Each fault at its own field: a field that nobody knows at itself, not at the object that holds it. */
export const faultsOf = (error: z.ZodError): Fault[] =>
  error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => ({ pointer: pointerOf([...issue.path, key]), detail: unknownField(issue) }));
    // Of a key that is none the issue itself says nothing.
    const detail = issue.code === "invalid_key" ? (issue.issues[0]?.message ?? issue.message) : issue.message;
    return [{ pointer: pointerOf(issue.path), detail }];
  });

/** In a schema's own words where it has some. */
const unknownField = ({ message }: { readonly message: string }): string =>
  message.startsWith("Unrecognized key") ? "is not known here" : message;

export const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
