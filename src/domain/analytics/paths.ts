import { z } from "zod";
import type { Event } from "../event.ts";
import { isUsage } from "../event-types.ts";
import { analysisEventDaysMax, analysisItemsShownMax, analysisNamesMax, pathDepthMax } from "../limits.ts";
import { ok } from "../result.ts";
import { defineAnalysis, type AccountProfile, type EventCollector } from "./analysis.ts";
import { boundTable, emptyTable, mergeTables, type BoundedTable } from "./bounded-table.ts";
import { instantRange, scopeShape, stepAbout, stepMatcher, StepSchema, stepText, subjectOf, type Range, type Step } from "./query.ts";
import { everybody, mergeSamples, type SampleSummary } from "./sample.ts";
import { shareOf } from "./share.ts";
import { TouchLog, type Touch } from "./touches.ts";

const schema = z.strictObject({
  ...scopeShape,
  anchor: StepSchema,
  direction: z.enum(["next", "previous"]).optional(),
  depth: z.int().min(1).max(pathDepthMax).optional(),
  limit: z.int().min(1).max(analysisItemsShownMax).optional(),
});
type Query = Range & { readonly anchor: Step; readonly direction: "next" | "previous"; readonly depth: number; readonly limit: number };

/** `sessions`: how many took this path. */
type Part = {
  readonly sessions: number;
  readonly people: number;
  readonly paths: BoundedTable<number>;
  readonly sample: SampleSummary;
};

/** Names are numbered as they come; the anchor is marked beside its own name. */
const ANCHOR = 2 ** 20;
/** Steps that have no number of their own any more. */
const otherStep = "…";

/** Paths of one shard. Steps are what people did in the product, and the anchor itself whatever it is. */
class PathCollector implements EventCollector<Part> {
  private readonly isAnchor: (event: Event) => boolean;
  private readonly log = new TouchLog("people");
  private readonly names: string[] = [];
  /** By type and what the step is about: names are only written once for each. */
  private readonly numbers = new Map<string, Map<string | null, number>>();
  private readonly query: Query;

  constructor(query: Query) {
    this.query = query;
    this.isAnchor = stepMatcher(query.anchor);
  }

  /** Any usage may be a step. */
  mayMatter(): boolean {
    return true;
  }

  take(account: AccountProfile, event: Event): void {
    const isAnchor = this.isAnchor(event);
    if (!isAnchor && !isUsage(event.type)) return;
    this.log.add(account, event, this.numberOf(event.type, subjectOf(event)) + (isAnchor ? ANCHOR : 0));
  }

  forget(account: AccountProfile["number"]): void {
    this.log.forget(account);
  }

  private numberOf(type: string, subject: string | null): number {
    let ofType = this.numbers.get(type);
    const known = ofType?.get(subject);
    if (known !== undefined) return known;
    if (this.names.length >= analysisNamesMax) return this.names.length;
    if (ofType === undefined) this.numbers.set(type, (ofType = new Map()));
    const number = this.names.push(stepAbout(type, subject)) - 1;
    ofType.set(subject, number);
    return number;
  }

  part(): Part {
    const { scale } = this.log;
    const paths = new Map<string, number>();
    let sessions = 0;
    let people = 0;
    for (const [{ sessionGapMs }, actors] of this.log.actors())
      for (const touches of actors) {
        const before = sessions;
        for (const session of sessionsOf(touches, sessionGapMs)) {
          const path = this.pathOf(session);
          if (path === null) continue;
          sessions += scale;
          paths.set(path, (paths.get(path) ?? 0) + scale);
        }
        if (sessions > before) people += scale;
      }
    return { sessions, people, paths: boundTable(paths, 0, itself, analysisNamesMax), sample: this.log.summary() };
  }

  /** From the first anchor of a session on, or back from the last one; steps that repeat are one. Null without an anchor. */
  private pathOf(session: readonly Touch[]): string | null {
    const { direction, depth } = this.query;
    const isAnchor = ({ mark }: Touch): boolean => mark >= ANCHOR;
    const at = direction === "next" ? session.findIndex(isAnchor) : session.findLastIndex(isAnchor);
    if (at < 0) return null;
    const way = direction === "next" ? session.slice(at + 1) : session.slice(0, at).reverse();
    const steps: string[] = [];
    let before = this.nameOf(session[at] as Touch);
    for (const touch of way) {
      if (steps.length === depth) break;
      const name = this.nameOf(touch);
      if (name !== before) steps.push(name);
      before = name;
    }
    return JSON.stringify(steps);
  }

  private readonly nameOf = ({ mark }: Touch): string => this.names[mark % ANCHOR] ?? otherStep;
}

/** @param touches by time */
function* sessionsOf(touches: readonly Touch[], gapMs: number): Generator<readonly Touch[]> {
  let from = 0;
  for (let i = 1; i <= touches.length; i++) {
    if (i < touches.length && (touches[i] as Touch).at - (touches[i - 1] as Touch).at <= gapMs) continue;
    if (i > from) yield touches.slice(from, i);
    from = i;
  }
}

const itself = (n: number): number => n;

function answer({ sessions, people, paths }: Part, { anchor, direction, depth, limit }: Query) {
  const sorted = [...paths.entries].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const firsts = new Map<string | null, number>();
  for (const [path, count] of sorted) {
    const first = (JSON.parse(path) as string[])[0] ?? null;
    firsts.set(first, (firsts.get(first) ?? 0) + count);
  }
  const toJson = (count: number) => ({ sessions: Math.round(count), share: shareOf(count, sessions) });
  return {
    anchor: stepText(anchor),
    direction,
    depth,
    sessions: Math.round(sessions),
    people: Math.round(people),
    steps: [...firsts]
      .sort(([, x], [, y]) => y - x)
      .slice(0, limit)
      .map(([step, count]) => ({ step, ...toJson(count) })),
    paths: sorted.slice(0, limit).map(([path, count]) => ({ steps: JSON.parse(path) as string[], ...toJson(count) })),
    pathsTotal: paths.entries.size,
    sessionsLeftOut: Math.round(paths.leftOut),
  };
}

const counted = { sessions: z.number(), share: z.number().nullable() };

/** What people do after something, or before it. */
export const paths = defineAnalysis<z.infer<typeof schema>, Query, Part>({
  title: "What people do after something, or before it",
  reads: "events",
  schema,
  urlFields: { anchor: "step", direction: "text", depth: "number", limit: "number" },
  resolve: (given, now) => {
    const range = instantRange(given, now, { days: 30, daysMax: analysisEventDaysMax });
    if (!range.ok) return range;
    const { anchor, direction = "next", depth = 3, limit = 20 } = given;
    return ok({ ...range.value, anchor, direction, depth, limit });
  },
  span: (query) => query,
  empty: () => ({ sessions: 0, people: 0, paths: emptyTable(), sample: everybody }),
  collect: (query) => new PathCollector(query),
  merge: (a, b) => ({
    sessions: a.sessions + b.sessions,
    people: a.people + b.people,
    paths: mergeTables(a.paths, b.paths, (x, y) => x + y, itself, analysisNamesMax),
    sample: mergeSamples(a.sample, b.sample),
  }),
  answer,
  answerSchema: z.object({
    anchor: z.string(),
    direction: z.enum(["next", "previous"]),
    depth: z.number(),
    sessions: z.number(),
    people: z.number(),
    steps: z.array(z.object({ step: z.string().nullable(), ...counted })),
    paths: z.array(z.object({ steps: z.array(z.string()), ...counted })),
    pathsTotal: z.number(),
    sessionsLeftOut: z.number(),
  }),
  sampleOf: ({ sample }) => sample,
  groupedBy: () => null,
  typesOf: ({ anchor }) => [{ type: anchor.type, field: "anchor", path: "/type" }],
});
