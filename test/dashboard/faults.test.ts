import { describe, expect, it } from "vitest";
import { z } from "zod";
import { detailText, entryFault, faultText, problemText } from "../../src/dashboard/faults.ts";

/** What the API sends as `detail` for a value that a schema refuses. */
const detailOf = (schema: z.ZodType, value: unknown): string => schema.safeParse(value).error?.issues[0]?.message ?? "";

describe("what the server refuses, in sentences", () => {
  it("turns what a schema says by itself into words that need no schema to be understood", () => {
    const days = z.number().int().min(1).max(36_500);
    const details = [
      detailOf(z.string(), undefined),
      detailOf(days, 0),
      detailOf(days, 40_000),
      detailOf(days, 1.5),
      detailOf(days, "x"),
      detailOf(z.string().min(1), ""),
      detailOf(z.string().min(3), "a"),
      detailOf(z.string().max(3), "long"),
      detailOf(z.array(z.string()).max(1), ["a", "b"]),
      detailOf(z.enum(["read", "write"]), "fly"),
      detailOf(z.string().regex(/^a$/), "b"),
      detailOf(z.boolean(), "yes"),
      detailOf(z.strictObject({}), { one: 1 }),
      detailOf(z.union([z.string(), z.number()]), true),
    ];
    expect(details.map((detail) => faultText(detail, null))).toEqual([
      "This is missing.",
      "This must be at least 1.",
      "This may be at most 36500.",
      "This must be a whole number.",
      "This must be a number.",
      "This must not be empty.",
      "This must have at least 3 characters.",
      "This may have at most 3 characters.",
      "This may have at most 1 items.",
      "This must be one of read, write.",
      "This is not written as it must be.",
      "This must be a boolean.",
      "This has fields that are not known: one.",
      "This is not valid.",
    ]);
  });

  it("names the field where the sentence stands apart from it, and never by its place in a list", () => {
    expect([
      faultText("is not a domain name", "/domains/0"),
      faultText("must not be empty", "/id"),
      faultText("may have 64 entries", "/attributes"),
      faultText("must not begin with `$`", "/attributes/$seats"),
      faultText("may not be a list", "/attributes/constructor"),
      faultText("has no header row", ""),
      faultText("The column id is empty.", "/id"),
    ]).toEqual([
      "The domain is not a domain name.",
      "The id must not be empty.",
      "The attribute may have 64 entries.",
      "The attribute $seats must not begin with $.",
      "The attribute constructor may not be a list.",
      "What was sent has no header row.",
      "The column id is empty.",
    ]);
  });

  it("reads a field's name that stands in the text itself", () => {
    expect([
      detailText("/time: must lie between 800 days ago and 24 hours ahead."),
      detailText("/data/feature: Invalid input: expected string, received undefined"),
      detailText("the door is shut"),
    ]).toEqual(["The time must lie between 800 days ago and 24 hours ahead.", "The data feature is missing.", "The door is shut."]);
  });

  it("says of an entry that a browser refuses what the server would", () => {
    const of = (validity: Partial<ValidityState>): string => entryFault({ validity, min: "0", max: "100" });
    expect([of({ valueMissing: true }), of({ customError: true }), of({ rangeUnderflow: true }), of({ rangeOverflow: true })]).toEqual([
      "This must not be empty.",
      "This must not be empty.",
      "This must be at least 0.",
      "This may be at most 100.",
    ]);
    expect([of({ stepMismatch: true }), of({ typeMismatch: true }), of({ patternMismatch: true })]).toEqual([
      "This must be a whole number.",
      "This is not written as it must be.",
      "This is not written as it must be.",
    ]);
  });

  it("makes sentences of a problem's title and detail, whatever they begin with", () => {
    expect(problemText({ title: "Conflict", detail: "the settings have been changed meanwhile" })).toBe(
      "Conflict. The settings have been changed meanwhile.",
    );
    expect(problemText({ title: "The server cannot be reached", detail: "" })).toBe("The server cannot be reached.");
  });
});
