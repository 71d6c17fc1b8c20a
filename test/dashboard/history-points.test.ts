import { describe, expect, it } from "vitest";
import type { HealthHistory, Ticket } from "../../src/dashboard/api-types.ts";
import { marksOf, marksText } from "../../src/dashboard/pages/account/history-points.ts";

const day = 86_400_000;
const start = Date.parse("2026-11-01T23:59:59.999Z");
const point = (days: number) => ({
  at: new Date(start + days * day).toISOString(),
  score: 50,
  band: "at_risk" as const,
  confidence: 1,
  scorecard: "standard-2",
  configVersion: "0",
});
const history: HealthHistory = {
  from: point(0).at,
  to: point(2.4).at,
  step: "1d",
  // The last point is the present moment, in the middle of its day.
  points: [point(0), point(1), point(2), point(2.4)],
};
const ticket = (days: number | null, subject: string | null): Ticket => ({
  ticketId: "7",
  connectionId: "con_1",
  subject,
  status: "open",
  open: true,
  priority: null,
  createdAt: days === null ? null : new Date(start + days * day).toISOString(),
  updatedAt: point(0).at,
  transitions: [],
  rating: null,
  publicComments: 0,
});

describe("what happened at the points of a history", () => {
  it("puts each ticket at the day on which it was opened and leaves out what lies outside or has no time", () => {
    const tickets = [
      ticket(-0.9, "a"),
      ticket(0.2, "b"),
      ticket(1, "c"),
      ticket(2.39, null),
      ticket(-3, "before"),
      ticket(9, "after"),
      ticket(null, "when?"),
    ];
    expect(marksOf(history, tickets, []).map((marks) => marks.tickets)).toEqual([["a"], ["b", "c"], [], ["Ticket 7"]]);
  });

  it("never loses a ticket of the range, however coarse the steps are", () => {
    for (let hours = -23; hours <= 57; hours += 1)
      expect(
        marksOf(history, [ticket(hours / 24, "x")], []).flatMap((marks) => marks.tickets),
        `${hours} h`,
      ).toEqual(["x"]);
  });

  it("puts an outage at every point whose step it touches, each source once, and says both in words", () => {
    const outage = (from: number, to: number) => ({ from: start + from * day, to: start + to * day, name: "Support desk" });
    const marks = marksOf(history, [ticket(1, "Export stops")], [outage(0.6, 0.7), outage(0.8, 1.6), outage(7, 8)]);
    expect(marks.map((one) => one.outages)).toEqual([[], ["Support desk"], ["Support desk"], []]);
    expect(marks.map(marksText)).toEqual([
      "",
      "Refused at the door: Support desk · Ticket opened: Export stops",
      "Refused at the door: Support desk",
      "",
    ]);
  });

  it("marks where another configuration begins to judge, but not where only its number is another", () => {
    const judged = [
      ["standard-2", "0"],
      ["standard-2", "1"],
      ["standard@1", "2"],
      ["standard@1+statistics.3", "3"],
    ] as const;
    const points = history.points.map((one, i) => ({ ...one, scorecard: judged[i]?.[0] ?? "", configVersion: judged[i]?.[1] ?? "" }));
    expect(marksOf({ ...history, points }, [], []).map(marksText)).toEqual([
      "",
      "",
      "Judged by another configuration from here on (number 2)",
      "Typical figures of accounts like it renewed (number 3)",
    ]);
  });
});
