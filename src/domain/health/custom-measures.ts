import { fieldKey, fromFieldKey, isSketch } from "../account/fields/counted-field.ts";
import type { Fault } from "../config/fault.ts";
import type { MeasureDocument } from "../config/measure.ts";
import { type EventType, eventTypeOf, isNumeric } from "../event-types.ts";
import { compileExpression, type Evaluated, type Expression } from "../expression.ts";
import { type ExpressionFault, type FieldAsked, pathFaults } from "../expression-calls.ts";
import { fieldsCountedMax, fieldSketchesMax } from "../limits.ts";
import { countedMetrics, isCounted } from "./measured-account.ts";
import { type Result, fail, ok } from "../result.ts";
import { dayOf } from "../time.ts";
import { windowAt } from "../window-length.ts";
import { estimate, type Instant, type Looks, type Measure, type Measured, noSettings, noted, type Window } from "./measure.ts";
import { nextTurn } from "./next-turn.ts";
import { upTo } from "./reading-clock.ts";

/** Measures of one's own by key. */
export type MeasureDocuments = Readonly<Record<string, MeasureDocument>>;

/**
 * Whether a measure of this key could join the others: its expression is read, checked by its types, counts what can be counted, and refers
 * to others without a circle. Every fault with its place in the text.
 */
export function checkMeasure(key: string, document: MeasureDocument, others: MeasureDocuments): Result<MeasureDocument, readonly Fault[]> {
  const compiled = compileExpression(document.expression);
  if (!compiled.ok) return fail(compiled.error.map(({ at, detail }) => faultAt(at, detail)));
  const all: MeasureDocuments = { ...others, [key]: document };
  const { fields, metrics, argumentFaults } = compiled.value;
  const stray = metrics.filter(({ metric }) => !isCounted(metric));
  const faults = compiled.value.references.flatMap(({ key: name, at }) => {
    if (!Object.hasOwn(all, name)) return [faultAt(at, `no measure \`${name}\` is published`)];
    const circle = pathTo(key, name, all);
    return circle === null ? [] : [faultAt(at, `refers to itself in a circle: ${[key, ...circle].join(" → ")}`)];
  });
  const everyFault = [
    ...stray.map(strayMetric),
    ...[...argumentFaults, ...fields.flatMap(pathFaults), ...fields.flatMap(fieldFault)].map(({ at, detail }) => faultAt(at, detail)),
    ...tooManyFields(all),
    ...faults,
  ];
  return everyFault.length === 0 ? ok(document) : fail(everyFault);
}

/** It would silently count none. What was published before this was checked goes on to. */
const strayMetric = ({ metric, at }: { readonly metric: string; readonly at: number }): Fault =>
  faultAt(at, `\`${metric.slice(0, 64)}\` is no metric that is counted: take ${countedMetrics.join(", ")} or events.{type}`);

/** A field that no event of the type can have, or that is not of the kind that is asked for, would silently count none. */
function fieldFault({ kind, type, field, at, fieldAt }: FieldAsked): readonly ExpressionFault[] {
  const known = eventTypeOf(type);
  if (known === undefined) return [];
  if (known.profileUpdate) return [{ at, detail: `\`${type}\` tells what is known and is not counted` }];
  const [first = "", ...inner] = field.split(".");
  const told = Object.hasOwn(known.fields, first) ? known.fields[first] : undefined;
  if (told === undefined)
    return isOpen(known) ? [] : [{ at, detail: `\`${type}\` has no field \`${first}\`: take ${Object.keys(known.fields).join(", ")}` }];
  if (told === "any" || (kind === "distinct" && inner.length === 0)) return [];
  const of = `\`${first}\` of \`${type}\``;
  if (inner.length > 0) return [{ at: fieldAt, detail: `${of} has no fields of its own` }];
  if (told === "boolean") return kind === "booleans" ? [] : [{ at, detail: `${of} is true or false: take count_true or share_true` }];
  if (kind === "booleans") return [{ at, detail: `${of} is never true or false` }];
  return isNumeric(told) ? [] : [{ at, detail: `${of} is no number: only its distinct values can be counted` }];
}

/** What the product itself sends bears fields of its own. */
const isOpen = ({ category }: EventType): boolean => category === "usage" || category === "experiment";

function tooManyFields(all: MeasureDocuments): readonly Fault[] {
  const keys = [...countedFields(all)];
  const sketches = keys.filter((key) => isSketch(fromFieldKey(key).kind)).length;
  return [
    ...(keys.length > fieldsCountedMax
      ? [faultAt(0, `all measures together would count ${keys.length} fields of events: at most ${fieldsCountedMax}`)]
      : []),
    ...(sketches > fieldSketchesMax
      ? [faultAt(0, `all measures together would count ${sketches} quantiles and distinct values: at most ${fieldSketchesMax}`)]
      : []),
  ];
}

/** Keys of the fields of events that these measures ask about. */
export function countedFields(documents: MeasureDocuments): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const { expression } of Object.values(documents)) {
    const compiled = compileExpression(expression);
    for (const field of compiled.ok ? compiled.value.fields : []) keys.add(fieldKey(field));
  }
  return keys;
}

const faultAt = (at: number, detail: string): Fault => ({ pointer: "/expression", detail: `at character ${at + 1}: ${detail}` });

/** From `from` to `wanted` over references; each measure is looked at once. */
function pathTo(wanted: string, from: string, all: MeasureDocuments, seen = new Set<string>()): readonly string[] | null {
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
export function customMeasures(documents: MeasureDocuments): ReadonlyMap<string, Measure> {
  const expressions = new Map<string, Expression>();
  for (const [key, { expression }] of Object.entries(documents)) {
    const compiled = compileExpression(expression);
    if (compiled.ok) expressions.set(key, compiled.value);
  }
  return new Map(
    [...expressions.keys()].map((key): [string, Measure] => {
      const { source, unit } = documents[key] as MeasureDocument;
      const whole = wholeOf(key, expressions);
      const valueAt = (instant: Instant): Evaluated => valueOf(key, instant, expressions, new Map());
      const types = typesOf(whole);
      return [
        key,
        {
          key,
          source,
          unit,
          attributes: whole.flatMap(({ attributes }) => attributes),
          ...(types === null ? {} : { events: types }),
          settings: noSettings,
          window: (instant) => windowOf(whole, instant),
          measure: (instant) => toMeasured(valueAt(instant), instant.at),
          turnsAt: ({ state, money }, after) =>
            nextTurn(whole, state, after, (at) => valueAt({ state, at, day: dayOf(at), clock: upTo(at), money })),
        },
      ];
    }),
  );
}

/** It and all that it refers to, each once. */
function wholeOf(key: string, expressions: ReadonlyMap<string, Expression>, seen = new Set<string>()): readonly Expression[] {
  const expression = expressions.get(key);
  if (expression === undefined || seen.has(key)) return [];
  seen.add(key);
  return [expression, ...expression.references.flatMap((one) => wholeOf(one.key, expressions, seen))];
}

function typesOf(whole: readonly Expression[]): readonly string[] | null {
  const all = whole.map(({ types }) => types);
  return all.includes(null) ? null : [...new Set(all.flatMap((types) => types ?? []))];
}

/** From the earliest to the latest instant that any part of it looks at; null where it looks at how things stand. */
function windowOf(whole: readonly Expression[], { at, hoursFrom }: Looks): Window | null {
  const windows = whole.flatMap(({ lengths }) => lengths.map((length) => windowAt(length, at, hoursFrom)));
  if (windows.length === 0) return null;
  return { from: Math.min(...windows.map(({ from }) => from)), to: Math.max(...windows.map(({ to }) => to)) };
}

const toMeasured = (evaluated: Evaluated, at: number): Measured => {
  if (typeof evaluated === "string") return { value: null, note: evaluated };
  const { value, errorRatio } = evaluated;
  return { value, asOf: at, ...noted(estimate(errorRatio)) };
};

function valueOf(key: string, instant: Instant, expressions: ReadonlyMap<string, Expression>, known: Map<string, Evaluated>): Evaluated {
  const found = known.get(key);
  if (found !== undefined) return found;
  // While it is being looked for it has no value, so that a circle, which is never published, would still end.
  known.set(key, "It refers to itself.");
  const expression = expressions.get(key);
  if (expression === undefined) return "This measure is not known here.";
  const measures: Record<string, number> = {};
  let errorRatio = 0;
  for (const { key: name } of expression.references) {
    const value = valueOf(name, instant, expressions, known);
    if (typeof value === "string") return value;
    measures[name] = value.value;
    errorRatio = Math.max(errorRatio, value.errorRatio);
  }
  const own = expression.evaluate(instant, measures);
  const value = typeof own === "string" ? own : { ...own, errorRatio: Math.max(errorRatio, own.errorRatio) };
  known.set(key, value);
  return value;
}
