import { z } from "zod";
import { expressionCharsMax } from "../limits.ts";
import { Title } from "./scorecard.ts";

/** A measure of one's own: a number that follows from an account by an expression (src/domain/expression.ts). */
export const MeasureDocumentSchema = z.strictObject({
  title: Title,
  unit: z.string().min(1).max(32),
  /** Which events it speaks of: it ages when that source is behind, and is missing before the first of them. */
  source: z.enum(["usage", "support", "engagement", "success", "revenue", "market", "lifecycle"]),
  /** CEL; its value is a double. */
  expression: z.string().min(1).max(expressionCharsMax),
});
export type MeasureDocument = z.infer<typeof MeasureDocumentSchema>;
