import { healthJson } from "../../src/api/account-json.ts";
import { emptyConfiguration } from "../../src/domain/config/active.ts";
import { checkDocument, type ConfigKind, type ConfigStatus, configKinds, shippedDocuments } from "../../src/domain/config/document.ts";
import type { Fault } from "../../src/domain/config/fault.ts";
import { ScorecardDocumentSchema } from "../../src/domain/config/scorecard.ts";
import { evaluateValues } from "../../src/domain/health/evaluate.ts";
import { type FixtureAccount, seeded } from "./fixture-data.ts";
import { type Answered, type Asked, Problem } from "./fixture-problem.ts";

type Stored = {
  kind: ConfigKind;
  key: string;
  version: number;
  status: ConfigStatus;
  revision: number;
  author: string;
  at: string | null;
  note: string | null;
  document: Record<string, unknown>;
};

const isKind = (text: string | undefined): text is ConfigKind => configKinds.some((kind) => kind === text);

class Faulty extends Problem {
  constructor(faults: readonly Fault[], at = "") {
    const errors = faults.map((fault) => ({ ...fault, pointer: `${at}${fault.pointer}` }));
    super(422, "Invalid", errors[0]?.detail ?? "is not valid", errors[0]?.pointer);
    this.errors = errors;
  }
}

/** Configured documents in memory, under the product's own rules: what it refuses is refused here, with the same pointers. */
export class FixtureConfig {
  private stored: Stored[] = [];
  private configVersion = 6;

  private readonly accounts: () => readonly FixtureAccount[];

  constructor(accounts: () => readonly FixtureAccount[]) {
    this.accounts = accounts;
  }

  /** As if somebody else had done it. */
  saveDraft(kind: ConfigKind, key: string, document: Record<string, unknown>, author = "tok_other"): Stored {
    const draft = this.draftOf(kind, key);
    const saved: Stored = {
      kind,
      key,
      version: draft?.version ?? this.lastVersion(kind, key) + 1,
      status: "draft",
      revision: (draft?.revision ?? 0) + 1,
      author,
      at: new Date().toISOString(),
      note: null,
      document,
    };
    this.stored = [...this.stored.filter((one) => one !== draft), saved];
    return saved;
  }

  documentOf(kind: ConfigKind, key: string): Record<string, unknown> {
    const found = this.publishedOf(kind, key);
    if (found === null) throw new Error(`nothing is published at ${kind}/${key}`);
    return structuredClone(found.document);
  }

  answer({ method, query }: Asked, [, kind, key, action, more]: string[], json: Record<string, never>): Answered {
    if (kind === "shadow") return { body: this.shadows() };
    if (kind === "compare") return { body: this.comparedTogether(json["documents"] ?? []) };
    if (!isKind(kind)) throw new Problem(404, "Not found", "there is no such kind");
    if (kind === "scorecards" && key === "test") return { body: this.test(json) };
    if (kind === "measures" && key === "test") return { body: this.testMeasure(json) };
    if (key === undefined) return { body: { items: this.list(kind) } };
    if (action === undefined) return { body: this.read(kind, key, query.get("version")) };
    if (action === "history") return { body: { items: this.history(kind, key), nextCursor: null } };
    if (action === "shadow") return this.shadow(method, kind, key);
    const draft = this.draftOf(kind, key);
    if (action === "compare") {
      this.check(kind, key, json["document"] ?? draft?.document, "/document");
      const found = this.compared(kind, key, json["document"] ?? draft?.document ?? {});
      return { body: { ...found, complete: true, shardsMissing: [], asOf: new Date().toISOString() } };
    }
    if (action === "validate") {
      this.check(kind, key, json["document"] ?? draft?.document, "/document");
      return { body: { valid: true } };
    }
    if (action === "draft" && method === "PUT") {
      this.check(kind, key, json["document"], "/document");
      if ((json["revision"] as number | undefined) !== (draft?.revision ?? 0)) throw new Problem(409, "Conflict", "read it again");
      return { body: this.saveDraft(kind, key, json["document"] ?? {}, "tok_fixture") };
    }
    if (draft === null && action !== "rollback") throw new Problem(404, "Not found", "there is no draft");
    if (action === "draft") {
      this.stored = this.stored.filter((one) => one !== draft);
      return { status: 204, body: null };
    }
    if (action === "publish" && draft !== null) return { body: this.putInForce({ ...draft, note: json["note"] ?? null }, draft) };
    if (action === "rollback") {
      const old = this.read(kind, key, String(json["version"]));
      const version = this.lastVersion(kind, key) + 1;
      return {
        body: this.putInForce(
          { ...old, version, note: json["note"] ?? (old.version === 0 ? "back to what ships" : `back to version ${old.version}`) },
          null,
        ),
      };
    }
    throw new Problem(404, "Unknown path", more ?? action);
  }

  private draftOf = (kind: ConfigKind, key: string): Stored | null =>
    this.stored.find((one) => one.kind === kind && one.key === key && (one.status === "draft" || one.status === "shadow")) ?? null;

  private publishedOf(kind: ConfigKind, key: string): Stored | null {
    return this.stored.find((one) => one.kind === kind && one.key === key && one.status === "published") ?? this.shipped(kind, key);
  }

  private shipped(kind: ConfigKind, key: string): Stored | null {
    const document = shippedDocuments(kind).get(key) as Record<string, unknown> | undefined;
    if (document === undefined) return null;
    return { kind, key, version: 0, status: "published", revision: 0, author: "pulseline", at: null, note: "as shipped", document };
  }

  private lastVersion = (kind: ConfigKind, key: string): number =>
    Math.max(0, ...this.stored.filter((one) => one.kind === kind && one.key === key).map(({ version }) => version));

  private list(kind: ConfigKind): unknown[] {
    const keys = new Set([...shippedDocuments(kind).keys(), ...this.stored.filter((one) => one.kind === kind).map(({ key }) => key)]);
    return [...keys].sort().map((key) => {
      const [published, draft] = [this.publishedOf(kind, key), this.draftOf(kind, key)];
      return { key, title: (published ?? draft)?.document["title"], published, draft };
    });
  }

  private read(kind: ConfigKind, key: string, version: string | null): Stored {
    const found =
      version === null
        ? this.publishedOf(kind, key)
        : version === "draft"
          ? this.draftOf(kind, key)
          : version === "0"
            ? this.shipped(kind, key)
            : this.stored.find((one) => one.kind === kind && one.key === key && String(one.version) === version);
    if (found === null || found === undefined) throw new Problem(404, "Not found", "there is no such document");
    return found;
  }

  private history = (kind: ConfigKind, key: string): unknown[] =>
    this.stored
      .filter((one) => one.kind === kind && one.key === key)
      .sort((a, b) => b.version - a.version)
      .map((one) => ({ ...one, title: one.document["title"] }));

  private check(kind: ConfigKind, key: string, document: unknown, at: string): void {
    const checked = checkDocument({ kind, key }, document, { ...emptyConfiguration, version: 1 });
    if (!checked.ok) throw new Faulty(checked.error, at);
  }

  private putInForce(document: Stored, draft: Stored | null): Stored & { configVersion: string } {
    const now: Stored = { ...document, status: "published", author: "tok_fixture", at: new Date().toISOString() };
    this.stored = [
      ...this.stored
        .filter((one) => one !== draft)
        .map((one): Stored =>
          one.kind === now.kind && one.key === now.key && one.status === "published" ? { ...one, status: "retired" } : one,
        ),
      now,
    ];
    this.configVersion += 1;
    return { ...now, configVersion: String(this.configVersion) };
  }

  private test(json: Record<string, never>): unknown {
    const { scorecard, accountId } = json as { scorecard?: unknown; accountId?: string };
    this.check("scorecards", "test", scorecard, "/scorecard");
    const parsed = { ...ScorecardDocumentSchema.parse(scorecard), version: "test", configVersion: "6" };
    const account = this.accounts().find(({ row }) => row.id === accountId);
    if (accountId !== undefined && account === undefined) throw new Problem(404, "Not found", "there is no such account");
    return healthJson(evaluateValues(parsed, { measures: account === undefined ? {} : valuesOf(account), flags: [] }, Date.now()));
  }

  private testMeasure(json: Record<string, never>): unknown {
    const { measure, accountId } = json as { measure?: { unit?: string }; accountId?: string };
    this.check("measures", "test", measure, "/measure");
    if (!this.accounts().some(({ row }) => row.id === accountId)) throw new Problem(404, "Not found", "there is no such account");
    const today = Math.floor(Date.now() / 86_400_000) * 86_400_000;
    const window = { from: new Date(today - 27 * 86_400_000).toISOString(), to: new Date(today + 86_400_000).toISOString() };
    return { value: 119, unit: measure?.unit, asOf: new Date().toISOString(), window, status: "ok", note: "Estimated, to 1.0 %." };
  }

  private shadow(method: string, kind: ConfigKind, key: string): Answered {
    const draft = this.draftOf(kind, key);
    if (draft === null) throw new Problem(404, "Not found", "there is no draft");
    if (method !== "GET") draft.status = method === "POST" ? "shadow" : "draft";
    if (method === "DELETE") return { status: 204, body: null };
    if (draft.status !== "shadow") throw new Problem(404, "Not found", "there is no shadow");
    return { body: { ...this.compared(kind, key, draft.document), version: draft.version, since: "7" } };
  }

  /** Of several drafts only that of the standard scorecard makes a difference here. */
  private together(drafts: readonly Pick<Stored, "kind" | "key">[]) {
    const moving = drafts.some(({ kind, key }) => kind === "scorecards" && key === "standard");
    const document = moving ? this.draftOf("scorecards", "standard")?.document : undefined;
    const { key: _, ...found } = this.compared("scorecards", "standard", document ?? this.documentOf("scorecards", "standard"));
    return found;
  }

  private shadows() {
    const drafts = this.stored
      .filter(({ status }) => status === "shadow")
      .map(({ kind, key, version }) => ({ kind, key, version, since: "7" }));
    return { drafts, together: drafts.length < 2 ? null : { ...this.together(drafts), since: "7" } };
  }

  private comparedTogether(documents: readonly Pick<Stored, "kind" | "key">[]) {
    return { ...this.together(documents), complete: true, shardsMissing: [], asOf: new Date().toISOString() };
  }

  /** Every account by what is published and by a document; only scorecards make a difference here. */
  private compared(kind: ConfigKind, key: string, document: Record<string, unknown>) {
    const standard = shippedDocuments("scorecards").get("standard");
    const [published, next] = kind === "scorecards" ? [this.publishedOf(kind, key)?.document ?? standard, document] : [standard, standard];
    const readings = this.accounts().map(({ row }) => {
      const before = this.test({ scorecard: published, accountId: row.id } as never) as { score: number | null; band: string };
      const after = this.test({ scorecard: next, accountId: row.id } as never) as { score: number | null; band: string };
      return {
        accountId: row.id,
        name: row.name,
        score: after.score,
        band: after.band,
        publishedScore: before.score,
        publishedBand: before.band,
      };
    });
    const changed = readings.filter((one) => one.band !== one.publishedBand);
    const flows = new Map<string, number>();
    for (const { band, publishedBand } of changed) flows.set(`${publishedBand} ${band}`, (flows.get(`${publishedBand} ${band}`) ?? 0) + 1);
    const moved = (one: (typeof readings)[number]): number => Math.abs((one.score ?? 0) - (one.publishedScore ?? 0));
    return {
      key,
      accounts: readings.length,
      changed: changed.length,
      bands: [...flows].map(([flow, accounts]) => ({ from: flow.split(" ")[0], to: flow.split(" ")[1], accounts })),
      movers: readings.sort((a, b) => moved(b) - moved(a)).slice(0, 20),
    };
  }
}

/** Raw values of every measure that the shipped scorecard has, the same for the same account: they scatter around its score. */
function valuesOf({ row, seed }: FixtureAccount): Record<string, number> {
  const random = seeded(seed + 21);
  const standard = ScorecardDocumentSchema.parse(shippedDocuments("scorecards").get("standard"));
  return Object.fromEntries(
    standard.dimensions.flatMap(({ measures }) =>
      measures.map(({ key, anchors }) => {
        const wanted = Math.max(0, Math.min(100, (row.score ?? 50) + (random() - 0.5) * 70));
        const [from, to] = [anchors[0], anchors[1]];
        if (from === undefined || to === undefined) return [key, 0];
        return [key, from.value + ((wanted - from.score) / (to.score - from.score)) * (to.value - from.value)];
      }),
    ),
  );
}
