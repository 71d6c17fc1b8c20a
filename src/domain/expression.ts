import { Environment, type ASTNode } from "@marcbachmann/cel-js";
import type { AccountState } from "./account/state.ts";
import { activeUsers } from "./account/active-users.ts";
import { expressionDaysMax, expressionDepthMax, expressionNodesMax } from "./limits.ts";
import { type Result, fail, ok } from "./result.ts";

/**
 * Expressions in CEL (Common Expression Language) over one account, for measures of one's own. The only file that knows the library.
 *
 * An expression is parsed and checked by its types once, when it is saved. It has no loops: only the functions below may be called, each
 * of which costs at most a year of days, and the tree is small. It reads nothing but its arguments, so the same account gives the same number.
 */

/** What an expression may ask of an account; `account` in its text. */
class Account {
  readonly state: AccountState;
  readonly day: number;

  constructor(state: AccountState, day: number) {
    this.state = state;
    this.day = day;
  }
}

/** There is no value: the measure is missing, with these words. */
class Missing extends Error {}

const daysOf = (days: bigint): number => {
  if (days < 1n || days > BigInt(expressionDaysMax)) throw new Missing(`Days must be 1 to ${expressionDaysMax}.`);
  return Number(days);
};

const attribute = ({ state }: Account, name: string): unknown => state.attributes.get(name)?.value ?? null;

/** Sum of a metric over the last days, today included. */
function count({ state, day }: Account, metric: string, days: bigint): number {
  let sum = 0;
  for (let at = day - daysOf(days) + 1; at <= day; at++) sum += state.days.get(at)?.counts.get(metric) ?? 0;
  return sum;
}

function number(account: Account, name: string): number {
  const raw = attribute(account, name);
  const value = typeof raw === "string" && raw.trim() !== "" ? Number(raw) : raw;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new Missing(`The attribute \`${name}\` is not a known number.`);
}

function text(account: Account, name: string): string {
  const value = attribute(account, name);
  if (typeof value === "string") return value;
  throw new Missing(`The attribute \`${name}\` is not a known text.`);
}

const environment = new Environment({ limits: { maxAstNodes: expressionNodesMax, maxDepth: expressionDepthMax, maxListElements: 32 } })
  .registerType("Account", { ctor: Account, fields: {} })
  .registerVariable("account", "Account")
  .registerVariable("measures", "map<string, double>")
  .registerFunction("Account.count(string, int): double", count)
  .registerFunction("Account.active_users(int): double", ({ state, day }: Account, days: bigint) =>
    activeUsers(state.days, daysOf(days), day),
  )
  .registerFunction("Account.number(string): double", number)
  .registerFunction("Account.text(string): string", text)
  .registerFunction("Account.has(string): bool", (account: Account, name: string) => attribute(account, name) !== null)
  .registerFunction("min(double, double): double", (a: number, b: number) => Math.min(a, b))
  .registerFunction("max(double, double): double", (a: number, b: number) => Math.max(a, b));

/** Nothing that loops, and no regular expressions, whose cost has no bound. */
const callable = new Set(["count", "active_users", "number", "text", "has", "min", "max", "double", "int", "size", "contains", "startsWith", "endsWith"]); // prettier-ignore

/** Where in the text, counted from 0, and what. */
export type ExpressionFault = { readonly at: number; readonly detail: string };

export type Expression = {
  /** Measures that it reads as `measures.key`. */
  readonly references: readonly { readonly key: string; readonly at: number }[];
  /** A number, or why there is none, in plain words. */
  evaluate(state: AccountState, day: number, measures: Readonly<Record<string, number>>): number | string;
};

export function compileExpression(source: string): Result<Expression, readonly ExpressionFault[]> {
  try {
    const parsed = environment.parse(source);
    const checked = parsed.check();
    if (!checked.valid) return fail([faultOf(checked.error)]);
    if (checked.type !== "double") return fail([{ at: 0, detail: `must give a double, not ${String(checked.type)}` }]);
    const nodes = nodesOf(parsed.ast);
    const refused = [...nodes.flatMap(refusal), ...strayMeasures(nodes)];
    if (refused.length > 0) return fail(refused);
    return ok({ references: nodes.flatMap(reference), evaluate: (state, day, measures) => run(parsed, state, day, measures) });
  } catch (error) {
    return fail([faultOf(error)]);
  }
}

function run(parsed: (context: object) => unknown, state: AccountState, day: number, measures: Readonly<Record<string, number>>) {
  try {
    const value = parsed({ account: new Account(state, day), measures });
    return typeof value === "number" && Number.isFinite(value) ? value : "The expression gives no finite number.";
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Missing ? error.cause : error;
    return cause instanceof Missing ? cause.message : "The expression has no value for this account.";
  }
}

function faultOf(error: unknown): ExpressionFault {
  const { summary, range, message } = error as { summary?: string; range?: { start: number }; message?: string };
  return { at: range?.start ?? 0, detail: summary ?? message ?? "is not an expression" };
}

const isNode = (value: unknown): value is ASTNode => typeof value === "object" && value !== null && "op" in value;

/** The tree is bounded by `expressionNodesMax` and `expressionDepthMax`. */
function nodesOf(node: ASTNode): readonly ASTNode[] {
  const children = [node.args].flat(3).filter(isNode);
  return [node, ...children.flatMap(nodesOf)];
}

function refusal(node: ASTNode): ExpressionFault[] {
  if (node.op !== "call" && node.op !== "rcall") return [];
  const [name] = node.args;
  return callable.has(name) ? [] : [{ at: node.start, detail: `\`${name}\` cannot be called here` }];
}

/** `measures` is only there to be read by a key that can be seen. */
function strayMeasures(nodes: readonly ASTNode[]): ExpressionFault[] {
  const read = new Set(nodes.flatMap((node) => (node.op === "." ? [node.args[0]] : [])));
  return nodes
    .filter((node) => node.op === "id" && node.args === "measures" && !read.has(node))
    .map((node) => ({ at: node.start, detail: "write `measures.key`" }));
}

function reference(node: ASTNode): { key: string; at: number }[] {
  if (node.op === "." && node.args[0].op === "id" && node.args[0].args === "measures") return [{ key: node.args[1], at: node.start }];
  return [];
}
