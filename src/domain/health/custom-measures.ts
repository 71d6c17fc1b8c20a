import type { Fault } from "../config/fault.ts";
import type { MeasureDocument } from "../config/measure.ts";
import { compileExpression, type Expression } from "../expression.ts";
import { countedMetrics, isCounted } from "../measured-account.ts";
import { type Result, fail, ok } from "../result.ts";
import { type Instant, type Measure, type Measured, noSettings } from "./measure.ts";

type Documents = Readonly<Record<string, MeasureDocument>>;

/**
 * Whether a measure of this key could join the others: its expression is read, checked by its types, counts what can be counted, and refers
 * to others without a circle. Every fault with its place in the text.
 */
export function checkMeasure(key: string, document: MeasureDocument, others: Documents): Result<MeasureDocument, readonly Fault[]> {
  const compiled = compileExpression(document.expression);
  if (!compiled.ok) return fail(compiled.error.map(({ at, detail }) => faultAt(at, detail)));
  const all: Documents = { ...others, [key]: document };
  const stray = compiled.value.metrics.filter(({ metric }) => !isCounted(metric));
  const faults = compiled.value.references.flatMap(({ key: name, at }) => {
    if (all[name] === undefined) return [faultAt(at, `no measure \`${name}\` is published`)];
    const circle = pathTo(key, name, all);
    return circle === null ? [] : [faultAt(at, `refers to itself in a circle: ${[key, ...circle].join(" → ")}`)];
  });
  const everyFault = [...stray.map(strayMetric), ...faults];
  return everyFault.length === 0 ? ok(document) : fail(everyFault);
}

/** It would silently count none. What was published before this was checked goes on to. */
const strayMetric = ({ metric, at }: { readonly metric: string; readonly at: number }): Fault =>
  faultAt(at, `\`${metric.slice(0, 64)}\` is no metric that is counted: take ${countedMetrics.join(", ")} or events.{type}`);

const faultAt = (at: number, detail: string): Fault => ({ pointer: "/expression", detail: `at character ${at + 1}: ${detail}` });

/** From `from` to `wanted` over references; each measure is looked at once. */
function pathTo(wanted: string, from: string, all: Documents, seen = new Set<string>()): readonly string[] | null {
  if (from === wanted) return [from];
  if (seen.has(from)) return null;
  seen.add(from);
  const compiled = compileExpression(all[from]?.expression ?? "");
  for (const { key } of compiled.ok ? compiled.value.references : []) {
    const path = pathTo(wanted, key, all, seen);
    if (path !== null) return [from, ...path];
  }
  return null;
}

/** Measures as the evaluator reads them. One that refers to others evaluates those for itself, each once. */
export function customMeasures(documents: Documents): ReadonlyMap<string, Measure> {
  const expressions = new Map<string, Expression>();
  for (const [key, { expression }] of Object.entries(documents)) {
    const compiled = compileExpression(expression);
    if (compiled.ok) expressions.set(key, compiled.value);
  }
  return new Map(
    [...expressions.keys()].map((key): [string, Measure] => {
      const { source, unit } = documents[key] as MeasureDocument;
      const measure = (instant: Instant): Measured => {
        const value = valueOf(key, instant, expressions, new Map());
        return typeof value === "number" ? { value, asOf: instant.at } : { value: null, note: value };
      };
      return [key, { key, source, unit, attributes: [...attributesOf(key, expressions)], settings: noSettings, measure }];
    }),
  );
}

/** Those that it names itself or over others. */
function attributesOf(key: string, expressions: ReadonlyMap<string, Expression>, seen = new Set<string>()): ReadonlySet<string> {
  const expression = expressions.get(key);
  if (expression === undefined || seen.has(key)) return new Set();
  seen.add(key);
  return new Set([...expression.attributes, ...expression.references.flatMap((one) => [...attributesOf(one.key, expressions, seen)])]);
}

function valueOf(
  key: string,
  instant: Instant,
  expressions: ReadonlyMap<string, Expression>,
  known: Map<string, number | string>,
): number | string {
  const found = known.get(key);
  if (found !== undefined) return found;
  // While it is being looked for it has no value, so that a circle, which is never published, would still end.
  known.set(key, "It refers to itself.");
  const expression = expressions.get(key);
  if (expression === undefined) return "This measure is not known here.";
  const measures: Record<string, number> = {};
  for (const { key: name } of expression.references) {
    const value = valueOf(name, instant, expressions, known);
    if (typeof value === "string") return value;
    measures[name] = value;
  }
  const value = expression.evaluate(instant, measures);
  known.set(key, value);
  return value;
}
