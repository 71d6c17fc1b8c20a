import { type ASTNode, Environment } from "@marcbachmann/cel-js";
import { ticketPriorities } from "./event-types.ts";
import { expressionDepthMax, expressionNodesMax, expressionSessionCallsMax } from "./limits.ts";
import type { Money } from "./money/convert.ts";
import { MeasuredAccount, Missing } from "./measured-account.ts";
import type { AccountState } from "./account/state.ts";
import { type Result, fail, ok } from "./result.ts";

/**
 * Expressions in CEL (Common Expression Language) over one account, for measures of one's own. The only file that knows the library.
 *
 * An expression is parsed and checked by its types once, when it is saved. It has no loops: only the functions below may be called, each
 * of which is bounded (measured-account.ts), and the tree is small. It reads nothing but its arguments, so the same account gives the same
 * number.
 */

const ms = (duration: { valueOf(): number }): number => duration.valueOf();

const environment = new Environment({ limits: { maxAstNodes: expressionNodesMax, maxDepth: expressionDepthMax, maxListElements: 32 } })
  .registerType("Account", { ctor: MeasuredAccount, fields: {} })
  .registerVariable("account", "Account")
  .registerVariable("measures", "map<string, double>")
  .registerFunction("Account.count(string, int): double", (a: MeasuredAccount, metric: string, days: bigint) =>
    a.count(metric, Number(days)),
  )
  .registerFunction(
    "Account.count(string, google.protobuf.Duration): double",
    (a: MeasuredAccount, metric: string, length: { valueOf(): number }) => a.countFor(metric, ms(length)),
  )
  .registerFunction("Account.ratio(string, string, int): double", (a: MeasuredAccount, metric: string, of: string, days: bigint) =>
    a.ratio(a.count(metric, Number(days)), a.count(of, Number(days))),
  )
  .registerFunction(
    "Account.ratio(string, string, google.protobuf.Duration): double",
    (a: MeasuredAccount, metric: string, of: string, length: { valueOf(): number }) =>
      a.ratio(a.countFor(metric, ms(length)), a.countFor(of, ms(length))),
  )
  .registerFunction("Account.active_users(int): double", (a: MeasuredAccount, days: bigint) => a.activeUsers(Number(days)))
  .registerFunction("Account.features_used(int): double", (a: MeasuredAccount, days: bigint) => a.featuresUsed(Number(days)))
  .registerFunction("Account.sessions(int): double", (a: MeasuredAccount, days: bigint) => a.sessionCount(Number(days)))
  .registerFunction("Account.session_minutes(double, int): double", (a: MeasuredAccount, share: number, days: bigint) =>
    a.sessionMinutes(share, Number(days)),
  )
  .registerFunction("Account.resolution_hours(double, int): double", (a: MeasuredAccount, share: number, days: bigint) =>
    a.resolutionHours(share, Number(days)),
  )
  .registerFunction("Account.open_tickets(): double", (a: MeasuredAccount) => a.openTickets(null))
  .registerFunction("Account.open_tickets(string): double", (a: MeasuredAccount, priority: string) => a.openTickets(priority))
  .registerFunction("Account.open_deals(): double", (a: MeasuredAccount) => a.openDeals(null))
  .registerFunction("Account.open_deals(string): double", (a: MeasuredAccount, stage: string) => a.openDeals(stage))
  .registerFunction("Account.overdue_invoices(): double", (a: MeasuredAccount) => a.overdueInvoices())
  .registerFunction("Account.days_overdue(): double", (a: MeasuredAccount) => a.daysOverdue())
  .registerFunction("Account.subscriptions(): double", (a: MeasuredAccount) => a.runningSubscriptions())
  .registerFunction("Account.mrr(): double", (a: MeasuredAccount) => a.mrr())
  .registerFunction("Account.contacts(): double", (a: MeasuredAccount) => a.contacts(null))
  .registerFunction("Account.contacts(string): double", (a: MeasuredAccount, role: string) => a.contacts(role))
  .registerFunction("Account.number(string): double", (a: MeasuredAccount, name: string) => a.number(name))
  .registerFunction("Account.text(string): string", (a: MeasuredAccount, name: string) => a.text(name))
  .registerFunction("Account.has(string): bool", (a: MeasuredAccount, name: string) => a.attribute(name) !== null)
  .registerFunction("min(double, double): double", (a: number, b: number) => Math.min(a, b))
  .registerFunction("max(double, double): double", (a: number, b: number) => Math.max(a, b));

/** What of an account may be asked for. */
const ofAccount = ["count", "ratio", "active_users", "features_used", "sessions", "session_minutes", "resolution_hours", "open_tickets", "open_deals", "overdue_invoices", "days_overdue", "subscriptions", "mrr", "contacts", "number", "text", "has"] as const; // prettier-ignore
/** Nothing that loops, and no regular expressions, whose cost has no bound. */
const callable: ReadonlySet<string> = new Set([
  ...ofAccount,
  "min",
  "max",
  "double",
  "int",
  "size",
  "contains",
  "startsWith",
  "endsWith",
  "duration",
]);
/** Those that go through all sessions of their days. */
const overSessions: ReadonlySet<string> = new Set(["sessions", "session_minutes"]);

/** Where in the text, counted from 0, and what. */
export type ExpressionFault = { readonly at: number; readonly detail: string };

/** An account as of an instant, and by what its amounts are weighed. */
type Measurable = { readonly state: AccountState; readonly at: number; readonly money: Money };

export type Expression = {
  /** Measures that it reads as `measures.key`. */
  readonly references: readonly { readonly key: string; readonly at: number }[];
  /** Metrics that it counts, where it names them outright. */
  readonly metrics: readonly { readonly metric: string; readonly at: number }[];
  /** Attributes that it names. */
  readonly attributes: readonly string[];
  /** A number, or why there is none, in plain words. */
  evaluate(of: Measurable, measures: Readonly<Record<string, number>>): number | string;
};

export function compileExpression(source: string): Result<Expression, readonly ExpressionFault[]> {
  try {
    const parsed = environment.parse(source);
    const checked = parsed.check();
    if (!checked.valid) return fail([faultOf(checked.error)]);
    if (checked.type !== "double") return fail([{ at: 0, detail: `must give a double, not ${String(checked.type)}` }]);
    const nodes = nodesOf(parsed.ast);
    const refused = [...nodes.flatMap(refusal), ...tooManySessions(nodes), ...strayMeasures(nodes)];
    if (refused.length > 0) return fail(refused);
    return ok({
      references: nodes.flatMap(reference),
      metrics: nodes.flatMap(metricsNamed),
      attributes: nodes.flatMap(attributeName),
      evaluate: (of, measures) => run(parsed, of, measures),
    });
  } catch (error) {
    return fail([faultOf(error)]);
  }
}

function run(parsed: (context: object) => unknown, { state, at, money }: Measurable, measures: Readonly<Record<string, number>>) {
  try {
    const value = parsed({ account: new MeasuredAccount(state, at, money), measures });
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
  if (!callable.has(name)) return [{ at: node.start, detail: `\`${name}\` cannot be called here` }];
  return name === "open_tickets" ? priorityFault(node) : [];
}

/** A word that no ticket can have would silently count none. */
function priorityFault(node: ASTNode): ExpressionFault[] {
  const given = [node.args].flat(3).find((part) => isNode(part) && part.op === "value" && typeof part.args === "string");
  const word: unknown = isNode(given) ? given.args : undefined;
  if (typeof word !== "string" || (ticketPriorities as readonly string[]).includes(word)) return [];
  return [{ at: node.start, detail: `a priority is one of ${ticketPriorities.join(", ")}` }];
}

function tooManySessions(nodes: readonly ASTNode[]): ExpressionFault[] {
  const calls = nodes.filter((node) => (node.op === "call" || node.op === "rcall") && overSessions.has(node.args[0]));
  const first = calls[expressionSessionCallsMax];
  return first === undefined ? [] : [{ at: first.start, detail: `sessions may be asked for ${expressionSessionCallsMax} times` }];
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

/** `count` names one metric, `ratio` two. */
function metricsNamed(node: ASTNode): { metric: string; at: number }[] {
  if (node.op !== "rcall") return [];
  const [called, , given] = node.args;
  const named = called === "count" ? given.slice(0, 1) : called === "ratio" ? given.slice(0, 2) : [];
  return named.flatMap((one) => (one.op === "value" && typeof one.args === "string" ? [{ metric: one.args, at: one.start }] : []));
}

function attributeName(node: ASTNode): string[] {
  if (node.op !== "rcall") return [];
  const [called, , [first]] = node.args;
  return (called === "number" || called === "text" || called === "has") && first?.op === "value" && typeof first.args === "string"
    ? [first.args]
    : [];
}
