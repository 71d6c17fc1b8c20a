import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  type EventType,
  type FieldKind,
  type NumberRange,
  checkData,
  eventTypeOf,
  eventTypes,
  hasMeaning,
  isProfileUpdate,
  isUsage,
  normaliseData,
  withoutNulls,
} from "../../src/domain/event-types.ts";

describe("the catalogue of event types", () => {
  it("has each type once, named object.past_tense", () => {
    const names = eventTypes.map((entry) => entry.type);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z]+\.[a-z_]+$/);
  });

  it("counts as usage what a person does in the product, and nothing else", () => {
    expect(eventTypes.filter((entry) => isUsage(entry.type)).map((entry) => entry.type)).toEqual([
      "feature.used",
      "page.viewed",
      "session.started",
      "user.signed_in",
    ]);
    expect(eventTypes.filter((entry) => isProfileUpdate(entry.type)).map((entry) => entry.type)).toEqual([
      "user.identified",
      "account.updated",
    ]);
    expect(isUsage("unknown.type") || isProfileUpdate("unknown.type")).toBe(false);
  });

  it("asks no meaning of fields it does not know", () => {
    for (const { fields, meaningNeeds } of eventTypes) for (const name of meaningNeeds.flat()) expect(Object.keys(fields)).toContain(name);
  });

  it("takes the meaning from an event that lacks what it needs, not the event", () => {
    expect(hasMeaning("ticket.created", { ticketId: "7" })).toBe(true);
    expect(hasMeaning("ticket.created", { status: "open" })).toBe(false);
    expect(hasMeaning("ticket.created", { ticketId: null })).toBe(false);
    expect(hasMeaning("feature.used", { event: "Export" })).toBe(true);
    expect(hasMeaning("feature.used", {})).toBe(false);
    expect(hasMeaning("unknown.type", {})).toBe(false);
    expect(checkData("ticket.created", {})).toBeNull();
  });

  it("has bounds for every number, and names the field that is out of them", () => {
    const told = (intervalCount: unknown): unknown => checkData("subscription.created", { subscriptionId: "s", intervalCount });
    const expected = { field: "intervalCount", expected: "a number from 1 to 1000" };
    for (const wrong of [5e-324, 0, -1, 1_000.5, 1e300, "2", Number.NaN]) expect(told(wrong)).toEqual(expected);
    for (const right of [1, 1.5, 12, 1_000]) expect(told(right)).toBeNull();
    const ranges = eventTypes.flatMap(({ fields }) => Object.values(fields).filter((kind) => typeof kind === "object" && "from" in kind));
    for (const { from, to } of ranges as readonly NumberRange[]) expect(to).toBeGreaterThan(from);
    expect(new Set(ranges).size).toBe(4);
  });

  it("brings ids, words and times to one form and leaves the sender's object alone", () => {
    const data = { ticketId: 42, status: "OPEN", priority: null, createdAt: "2026-11-25T09:00:00Z", updatedAt: "2026-11-25", own: "KEPT" };
    expect(normaliseData("ticket.created", data)).toEqual({
      ticketId: "42",
      status: "open",
      priority: null,
      createdAt: Date.parse("2026-11-25T09:00:00Z"),
      updatedAt: Date.parse("2026-11-25"),
      own: "KEPT",
    });
    expect(data.ticketId).toBe(42);
    const normal = { feature: "export" };
    expect(normaliseData("feature.used", normal)).toBe(normal);
    expect(normaliseData("unknown.type", data)).toBe(data);
  });

  it("takes fields that are null away for those to whom null is absent, and leaves the sender's object alone", () => {
    const data = { ticketId: "42", priority: null, own: null };
    expect(withoutNulls("ticket.updated", data)).toEqual({ ticketId: "42", own: null });
    expect(data.priority).toBeNull();
    const told = { feature: "export" };
    expect(withoutNulls("feature.used", told)).toBe(told);
    expect(withoutNulls("unknown.type", data)).toBe(data);
  });

  it("stands in docs/events.md as it is", () => {
    const page = readFileSync(new URL("../../docs/events.md", import.meta.url), "utf8");
    for (const entry of eventTypes) expect(page).toContain(row(entry));
    expect(page.match(/^\| `[a-z]+\.[a-z_]+` \|/gm)).toHaveLength(eventTypes.length);
    expect(eventTypeOf("ticket.rated")?.docs).toBeDefined();
  });
});

/** A type's line in docs/events.md. */
function row({ type, category, fields, meaningNeeds, docs }: EventType): string {
  const kindOf = (kind: FieldKind): string =>
    typeof kind === "string" ? kind : "from" in kind ? `${kind.from} to ${kind.to}` : kind.join(", ");
  const kinds = Object.entries(fields).map(([name, kind]) => `${name} (${kindOf(kind)})`);
  const needs = meaningNeeds.map((group) => group.join(" or "));
  return `| \`${type}\` | ${category} | ${kinds.join(", ") || "any"} | ${needs.join("; ") || "–"} | ${docs} |`;
}
