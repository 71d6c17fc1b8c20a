import { z } from "zod";
import { parseInstant } from "./instant.ts";

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** An instant as people and programs write it: RFC 3339, or a date, which means its first instant in UTC. Epoch ms. */
export const instant = z.string().transform((text, context) => {
  // An unescaped `+` of an offset arrives as a space.
  const at = parseInstant(DATE.test(text) ? `${text}T00:00:00Z` : text.replace(" ", "+"));
  if (at !== null) return at;
  context.addIssue({ code: "custom", message: "must be an RFC 3339 time or a date" });
  return z.NEVER;
});
