import { Environment } from "@marcbachmann/cel-js";
import { ticketPriorities } from "./event-types.ts";
import {
  type Call,
  callsOf,
  type ExpressionFault,
  type ExpressionNode,
  type FieldAsked,
  argumentFaults,
  fieldFaults,
  fieldsOf,
  isOverSessions,
  isOverSketches,
  lengthOfCall,
  metricsOf,
  nodesOf,
  textGiven,
} from "./expression-calls.ts";
import { expressionDepthMax, expressionNodesMax, expressionSessionCallsMax, expressionSketchCallsMax } from "./limits.ts";
import type { Money } from "./money/convert.ts";
import { MeasuredAccount, Missing } from "./health/measured-account.ts";
import type { AccountState } from "./account/state.ts";
import { type Result, fail, ok } from "./result.ts";
import { type WindowLength, windowLength } from "./window-length.ts";

/**
 * Expressions in CEL (Common Expression Language) over one account, for measures of one's own, and over one event. The only file that knows
 * the library.
 *
 * An expression is parsed and checked by its types once, when it is saved. It has no loops: only the functions below may be called, each
 * of which is bounded (health/measured-account.ts), and the tree is small. It reads nothing but its arguments, so the same account gives the same
 * number.
 */

/** Days as a whole number, `duration("36h")`, or a text such as `28d` or `36h`. */
type GivenWindow = bigint | string | { valueOf(): number };

function lengthOf(given: GivenWindow): WindowLength {
  if (typeof given === "bigint") return { days: Number(given) };
  if (typeof given !== "string") return { ms: given.valueOf() };
  const length = windowLength(given);
  if (length === null) throw new Missing("A window is days such as `28d`, or hours such as `36h`.");
  return length;
}

const limits = { maxAstNodes: expressionNodesMax, maxDepth: expressionDepthMax, maxListElements: 32 };
const environment = new Environment({ limits })
  .registerType("Account", { ctor: MeasuredAccount, fields: {} })
  .registerVariable("account", "Account")
  .registerVariable("measures", "map<string, double>")
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

/** Figures of one field, and who answers them. */
const figuresOfFields = [
  ...(["sum", "mean", "min", "max", "last", "distinct"] as const).map((name) => [name, name] as const),
  ["count_true", "countTrue"],
  ["share_true", "shareTrue"],
] as const;

/** Figures of a window that end with it: each is there for every form in which a window may be given. */
for (const window of ["int", "string", "google.protobuf.Duration"]) {
  const method = (name: string, ...given: readonly string[]): string => `Account.${name}(${[...given, window].join(", ")}): double`;
  type Of = MeasuredAccount;
  environment
    .registerFunction(method("count", "string"), (a: Of, metric: string, w: GivenWindow) => a.count(metric, lengthOf(w)))
    .registerFunction(method("rate", "string"), (a: Of, metric: string, w: GivenWindow) =>
      a.rate(a.count(metric, lengthOf(w)), lengthOf(w)),
    )
    .registerFunction(method("ratio", "string", "string"), (a: Of, metric: string, of: string, w: GivenWindow) =>
      a.ratio(a.count(metric, lengthOf(w)), a.count(of, lengthOf(w))),
    )
    .registerFunction(method("count", "string", "string"), (a: Of, type: string, field: string, w: GivenWindow) =>
      a.values(type, field, lengthOf(w)),
    )
    .registerFunction(method("rate", "string", "string"), (a: Of, type: string, field: string, w: GivenWindow) =>
      a.rate(a.sum(type, field, lengthOf(w)), lengthOf(w)),
    )
    .registerFunction(
      method("ratio", "string", "string", "string", "string"),
      (a: Of, type: string, field: string, ofType: string, ofField: string, w: GivenWindow) =>
        a.ratio(a.sum(type, field, lengthOf(w)), a.sum(ofType, ofField, lengthOf(w))),
    )
    .registerFunction(
      method("quantile", "string", "string", "double"),
      (a: Of, type: string, field: string, share: number, w: GivenWindow) => a.quantileOf(type, field, share, lengthOf(w)),
    );
  for (const [name, figure] of figuresOfFields)
    environment.registerFunction(method(name, "string", "string"), (a: Of, type: string, field: string, w: GivenWindow) =>
      a[figure](type, field, lengthOf(w)),
    );
}

/** What of an account may be asked for. */
const ofAccount = ["count", "rate", "ratio", "sum", "mean", "last", "distinct", "quantile", "count_true", "share_true", "active_users", "features_used", "sessions", "session_minutes", "resolution_hours", "open_tickets", "open_deals", "overdue_invoices", "days_overdue", "subscriptions", "mrr", "contacts", "number", "text", "has"] as const; // prettier-ignore
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
export type { ExpressionFault };

/** An account as of an instant, and by what its amounts are weighed. */
type Measurable = { readonly state: AccountState; readonly at: number; readonly money: Money };

export type Expression = {
  /** Measures that it reads as `measures.key`. */
  readonly references: readonly { readonly key: string; readonly at: number }[];
  /** Metrics that it counts, where it names them outright. */
  readonly metrics: readonly { readonly metric: string; readonly at: number }[];
  /** Fields of events that it asks about. */
  readonly fields: readonly FieldAsked[];
  /** Attributes that it names. */
  readonly attributes: readonly string[];
  /** How far back it looks, as far as that is written outright. */
  readonly lengths: readonly WindowLength[];
  /** Metrics, shares and windows that are not written outright, or cannot be counted by. */
  readonly argumentFaults: readonly ExpressionFault[];
  /** It changes when a session ends. */
  readonly readsSessions: boolean;
  /** Types of the events that it reads; null where it reads others too. */
  readonly types: readonly string[] | null;
  evaluate(of: Measurable, measures: Readonly<Record<string, number>>): Evaluated;
};

/** A number and how far it may be off, as a share of it (0: exact); or why there is none, in plain words. */
export type Evaluated = { readonly value: number; readonly errorRatio: number } | string;

export function compileExpression(source: string): Result<Expression, readonly ExpressionFault[]> {
  try {
    const parsed = environment.parse(source);
    const checked = parsed.check();
    if (!checked.valid) return fail([faultOf(checked.error)]);
    if (checked.type !== "double") return fail([{ at: 0, detail: `must give a double, not ${String(checked.type)}` }]);
    const nodes = nodesOf(parsed.ast);
    const calls = callsOf(nodes);
    const refused = [
      ...calls.flatMap(refusal),
      ...calls.flatMap(fieldFaults),
      ...tooMany(calls.filter(isOverSessions), expressionSessionCallsMax, "sessions"),
      ...tooMany(calls.filter(isOverSketches), expressionSketchCallsMax, "quantiles and distinct values"),
      ...strayMeasures(nodes),
    ];
    if (refused.length > 0) return fail(refused);
    return ok({
      references: nodes.flatMap(reference),
      metrics: calls.flatMap(metricsOf),
      fields: calls.flatMap(fieldsOf),
      attributes: calls.flatMap(attributeName),
      lengths: calls.flatMap((call) => lengthOfCall(call) ?? []),
      argumentFaults: calls.flatMap(argumentFaults),
      readsSessions: calls.some(isOverSessions),
      types: typesOf(calls),
      evaluate: (of, measures) => run(parsed, of, measures),
    });
  } catch (error) {
    return fail([faultOf(error)]);
  }
}

/** Fields of one event, by name: texts, numbers, true or false, lists and objects of these. */
export type EventFields = Readonly<Record<string, unknown>>;
/** A length of time, ms; or why there is none, in plain words. */
type EventExpression = { evaluate(event: EventFields): number | string };

const lengths: ReadonlySet<string> = new Set(["int", "double", "dyn", "google.protobuf.Duration"]);
const eventEnvironment = new Environment({ limits })
  .registerVariable("event", "map<string, dyn>")
  .registerFunction("min(double, double): double", (a: number, b: number) => Math.min(a, b))
  .registerFunction("max(double, double): double", (a: number, b: number) => Math.max(a, b));

/** A length of time that an event gives: ms, or a duration. Whole numbers of the event are ints. */
export function compileEventExpression(source: string): Result<EventExpression, readonly ExpressionFault[]> {
  try {
    const parsed = eventEnvironment.parse(source);
    const checked = parsed.check();
    if (!checked.valid) return fail([faultOf(checked.error)]);
    if (!lengths.has(String(checked.type))) return fail([{ at: 0, detail: `must give ms or a duration, not ${String(checked.type)}` }]);
    const refused = callsOf(nodesOf(parsed.ast)).flatMap(refusal);
    return refused.length > 0 ? fail(refused) : ok({ evaluate: (event) => lengthFor(parsed, event) });
  } catch (error) {
    return fail([faultOf(error)]);
  }
}

function lengthFor(parsed: (context: object) => unknown, event: EventFields): number | string {
  try {
    const value: unknown = parsed({ event: toCel(event) });
    if (typeof value === "bigint" || typeof value === "number") return Number(value);
    const ms: unknown = typeof value === "object" && value !== null ? value.valueOf() : null;
    return typeof ms === "number" ? ms : "The expression gives no length of time.";
  } catch (error) {
    return `The expression has no value for this event: ${faultOf(error).detail}`;
  }
}

/** A whole number is an int, an object a map: a field named as something that every object has is no field. */
function toCel(value: unknown): unknown {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(toCel);
  if (typeof value !== "object" || value === null) return value;
  return new Map(Object.entries(value).map(([name, field]) => [name, toCel(field)]));
}

function run(
  parsed: (context: object) => unknown,
  { state, at, money }: Measurable,
  measures: Readonly<Record<string, number>>,
): Evaluated {
  const account = new MeasuredAccount(state, at, money);
  try {
    const value = parsed({ account, measures });
    if (typeof value !== "number" || !Number.isFinite(value)) return "The expression gives no finite number.";
    return { value, errorRatio: account.errorRatio };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Missing ? error.cause : error;
    return cause instanceof Missing ? cause.message : "The expression has no value for this account.";
  }
}

function faultOf(error: unknown): ExpressionFault {
  const { summary, range, message } = error as { summary?: string; range?: { start: number }; message?: string };
  return { at: range?.start ?? 0, detail: summary ?? message ?? "is not an expression" };
}

function refusal(call: Call): ExpressionFault[] {
  if (!callable.has(call.name)) return [{ at: call.at, detail: `\`${call.name}\` cannot be called here` }];
  return call.name === "open_tickets" ? priorityFault(call) : [];
}

/** A word that no ticket can have would silently count none. */
function priorityFault({ given, at }: Call): ExpressionFault[] {
  const word = textGiven(given[0]);
  if (word === null || (ticketPriorities as readonly string[]).includes(word)) return [];
  return [{ at, detail: `a priority is one of ${ticketPriorities.join(", ")}` }];
}

function tooMany(calls: readonly Call[], most: number, what: string): ExpressionFault[] {
  const first = calls[most];
  return first === undefined ? [] : [{ at: first.at, detail: `${what} may be asked for ${most} times` }];
}

/** `measures` is only there to be read by a key that can be seen. */
function strayMeasures(nodes: readonly ExpressionNode[]): ExpressionFault[] {
  const read = new Set(nodes.flatMap((node) => (node.op === "." ? [(node.args as readonly unknown[])[0]] : [])));
  return nodes
    .filter((node) => node.op === "id" && node.args === "measures" && !read.has(node))
    .map((node) => ({ at: node.start, detail: "write `measures.key`" }));
}

function reference(node: ExpressionNode): { key: string; at: number }[] {
  if (node.op !== ".") return [];
  const [of, key] = node.args as readonly [ExpressionNode, string];
  return of.op === "id" && of.args === "measures" ? [{ key, at: node.start }] : [];
}

const ofAttributes: ReadonlySet<string> = new Set(["number", "text", "has"]);

function attributeName({ name, given, isMethod }: Call): string[] {
  const attribute = isMethod && ofAttributes.has(name) ? textGiven(given[0]) : null;
  return attribute === null ? [] : [attribute];
}

/** Of calls that read more than events of types that are named, nothing can be said. */
function typesOf(calls: readonly Call[]): readonly string[] | null {
  const types = new Set<string>();
  for (const call of calls) {
    if (!call.isMethod || ofAttributes.has(call.name) || onTexts.has(call.name)) continue;
    const named = [
      ...fieldsOf(call).map(({ type }) => type),
      ...metricsOf(call).map(({ metric }) => (metric.startsWith("events.") ? metric.slice("events.".length) : null)),
    ];
    if (named.length === 0 || named.includes(null)) return null;
    for (const type of named) if (type !== null) types.add(type);
  }
  return types.size === 0 ? null : [...types];
}
const onTexts: ReadonlySet<string> = new Set(["size", "contains", "startsWith", "endsWith"]);
