import { type CountedField, type FieldKind, isSketch } from "./account/fields/counted-field.ts";
import { expressionDaysMax, expressionSessionDaysMax, fieldNameCharsMax, fieldPathDepthMax } from "./limits.ts";
import { lengthFault, type WindowLength, windowLength } from "./window-length.ts";

/** What an expression asks for, as can be seen without an account: found in its tree when it is saved. */

/** A node of the tree, as the library makes them. */
export type ExpressionNode = { readonly op: string; readonly args: unknown; readonly start: number };

/** Where in the text, counted from 0, and what. */
export type ExpressionFault = { readonly at: number; readonly detail: string };

export const isNode = (value: unknown): value is ExpressionNode => typeof value === "object" && value !== null && "op" in value;

/** The tree is bounded by `expressionNodesMax` and `expressionDepthMax`. */
export function nodesOf(node: ExpressionNode): readonly ExpressionNode[] {
  return [node, ...[node.args].flat(3).filter(isNode).flatMap(nodesOf)];
}

export type Call = { readonly name: string; readonly given: readonly ExpressionNode[]; readonly isMethod: boolean; readonly at: number };

export const callsOf = (nodes: readonly ExpressionNode[]): readonly Call[] =>
  nodes.flatMap(({ op, args, start }) => {
    if (op !== "call" && op !== "rcall") return [];
    const [name, ...rest] = args as [string, ...unknown[]];
    return [{ name, given: (rest.at(-1) as readonly ExpressionNode[] | undefined) ?? [], isMethod: op === "rcall", at: start }];
  });

/** A text that is written outright. */
export const textGiven = (node: ExpressionNode | undefined): string | null =>
  node?.op === "value" && typeof node.args === "string" ? node.args : null;

/** What is kept for a figure of a field, and how many things are said before the window. */
type FieldFigure = { readonly kind: FieldKind; readonly given: number };
/** By name; `ratio` names two fields. */
const fieldFigures: ReadonlyMap<string, FieldFigure> = new Map<string, FieldFigure>([
  ...["count", "rate", "sum", "mean", "min", "max", "last"].map((name) => [name, { kind: "numbers", given: 2 }] as const),
  ...["count_true", "share_true"].map((name) => [name, { kind: "booleans", given: 2 }] as const),
  ["ratio", { kind: "numbers", given: 4 }],
  ["distinct", { kind: "distinct", given: 2 }],
  ["quantile", { kind: "quantile", given: 3 }],
]);
const isFieldFigure = ({ name, given, isMethod }: Call): boolean => isMethod && fieldFigures.get(name)?.given === given.length - 1;

/** Those that go through sketches of all days of their windows. */
export const isOverSketches = (call: Call): boolean => isFieldFigure(call) && isSketch(fieldFigures.get(call.name)?.kind ?? "numbers");

/** Those that go through all sessions of their days. */
export const isOverSessions = ({ name }: Call): boolean => name === "sessions" || name === "session_minutes";

/** Figures of metrics: how many they name before the window. */
const metricFigures: ReadonlyMap<string, number> = new Map([
  ["count", 1],
  ["rate", 1],
  ["ratio", 2],
]);

/** Metrics that it counts, where it names them outright. */
export function metricsOf({ name, given, isMethod }: Call): { readonly metric: string; readonly at: number }[] {
  if (!isMethod || metricFigures.get(name) !== given.length - 1) return [];
  return given.slice(0, -1).flatMap((node) => {
    const metric = textGiven(node);
    return metric === null ? [] : [{ metric, at: node.start }];
  });
}

/** `at`: where its type is written; `fieldAt`: where its field is. */
export type FieldAsked = CountedField & { readonly at: number; readonly fieldAt: number };

/** Fields of events that it asks about. */
export function fieldsOf(call: Call): FieldAsked[] {
  const figure = isFieldFigure(call) ? fieldFigures.get(call.name) : undefined;
  if (figure === undefined) return [];
  return (call.name === "ratio" ? [0, 2] : [0]).flatMap((at): FieldAsked[] => {
    const [typeNode, fieldNode] = [call.given[at], call.given[at + 1]];
    const [type, field] = [textGiven(typeNode), textGiven(fieldNode)];
    if (type === null || field === null) return [];
    return [{ kind: figure.kind, type, field, at: typeNode?.start ?? call.at, fieldAt: fieldNode?.start ?? call.at }];
  });
}

/** What is counted has to be known before there is an account: types, fields and windows are written outright. */
export function fieldFaults(call: Call): ExpressionFault[] {
  if (!isFieldFigure(call)) return [];
  const names = call.given.slice(0, call.name === "ratio" ? 4 : 2);
  const faults = names.flatMap((node, i): ExpressionFault[] => {
    const text = textGiven(node);
    const what = i % 2 === 0 ? "the type of the events" : "the field";
    if (text === null) return [{ at: node.start, detail: `write ${what} outright, as a text in quotes` }];
    if (text === "" || text.length > fieldNameCharsMax)
      return [{ at: node.start, detail: `${what} must have 1 to ${fieldNameCharsMax} characters` }];
    return [];
  });
  const window = call.given.at(-1);
  if (window !== undefined && lengthGiven(window) === undefined)
    faults.push({ at: window.start, detail: 'write the window outright, such as "28d" or "36h"' });
  return faults;
}

/** A name that is no path. Measures of older code, to which it was one name, go on with it. */
export function pathFaults({ field, fieldAt: at }: FieldAsked): ExpressionFault[] {
  const names = field.split(".");
  if (names.length > fieldPathDepthMax)
    return [{ at, detail: `\`${field}\` goes ${names.length} names deep: at most ${fieldPathDepthMax}` }];
  const empty = names.indexOf("");
  return empty < 0 ? [] : [{ at, detail: `\`${field}\` has no name in place ${empty + 1}: write names with one dot between two` }];
}

/** Calls that end with a window. */
const windowed: ReadonlySet<string> = new Set([
  ...fieldFigures.keys(),
  "active_users",
  "features_used",
  "sessions",
  "session_minutes",
  "resolution_hours",
]);

/** How far back a call looks: undefined where it is no window, null where that is not written outright. */
export function lengthOfCall({ name, given, isMethod }: Call): WindowLength | null | undefined {
  const last = given.at(-1);
  if (!isMethod || !windowed.has(name) || last === undefined) return undefined;
  return lengthGiven(last) ?? null;
}

/** Where metrics, shares and windows are not written outright, or cannot be counted by: nobody could say so once there are accounts. */
export const argumentFaults = (call: Call): ExpressionFault[] => [...metricFaults(call), ...shareFaults(call), ...windowFaults(call)];

function metricFaults({ name, given, isMethod }: Call): ExpressionFault[] {
  if (!isMethod || metricFigures.get(name) !== given.length - 1) return [];
  return given
    .slice(0, -1)
    .flatMap((node) => (textGiven(node) === null ? [{ at: node.start, detail: "write the metric outright, as a text in quotes" }] : []));
}

/** Where each call that asks for a share has it. */
const shareAt: ReadonlyMap<string, number> = new Map([
  ["quantile", 2],
  ["session_minutes", 0],
  ["resolution_hours", 0],
]);
function shareFaults({ name, given, isMethod }: Call): ExpressionFault[] {
  const share = isMethod ? given[shareAt.get(name) ?? -1] : undefined;
  if (share === undefined) return [];
  if (share.op !== "value" || typeof share.args !== "number") return [{ at: share.start, detail: "write the share outright, 0.0 to 1.0" }];
  return share.args >= 0 && share.args <= 1 ? [] : [{ at: share.start, detail: "a share is 0.0 to 1.0" }];
}

function windowFaults(call: Call): ExpressionFault[] {
  const length = lengthOfCall(call);
  const at = call.given.at(-1)?.start ?? call.at;
  if (length === undefined) return [];
  if (length === null) {
    const isText = textGiven(call.given.at(-1)) !== null;
    return [{ at, detail: isText ? 'a window is days such as "28d", or hours such as "36h"' : "write the window outright, such as 28" }];
  }
  const fault = lengthFault(length, isOverSessions(call) ? expressionSessionDaysMax : expressionDaysMax);
  return fault === null ? [] : [{ at, detail: fault }];
}

function lengthGiven(node: ExpressionNode): WindowLength | undefined {
  if (node.op === "value" && typeof node.args === "bigint") return { days: Number(node.args) };
  const text = textGiven(node);
  if (text !== null) return windowLength(text) ?? undefined;
  const [call] = callsOf([node]);
  if (call?.name !== "duration") return undefined;
  return durationGiven(textGiven(call.given[0]) ?? "");
}

const unitsMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** A duration as CEL writes it: `1h30m`. */
function durationGiven(text: string): WindowLength | undefined {
  if (!/^(\d+(\.\d+)?(h|m|s|ms))+$/.test(text)) return undefined;
  let ms = 0;
  for (const [, n, unit] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)) ms += Number(n) * (unitsMs[unit ?? ""] ?? 0);
  return { ms };
}
