import type { ConfigContent, ConfigKind } from "../../api-types.ts";

export const kindWords: Readonly<Record<ConfigKind, { readonly title: string; readonly one: string; readonly about: string }>> = {
  scorecards: { title: "Scorecard", one: "scorecard", about: "What counts, and how much." },
  segments: { title: "Segments", one: "document of segments", about: "Which accounts are scored by which scorecard." },
  calendars: { title: "Calendar", one: "calendar", about: "When an agreed support time runs." },
  measures: { title: "Measure", one: "measure", about: "Figures of your own, as a formula over an account." },
};

export const isKind = (text: string): text is ConfigKind => text in kindWords;

const officeHours = [{ from: "09:00", to: "17:00" }];

/** The least that can be published, as a place to begin. A scorecard begins as a copy of another. */
export function templateOf(kind: ConfigKind): ConfigContent | null {
  switch (kind) {
    case "scorecards":
      return null;
    case "segments":
      return { title: "All accounts", scorecard: "standard", segments: [] };
    case "calendars":
      return {
        title: "Office hours",
        timeZone: "Europe/Berlin",
        week: { monday: officeHours, tuesday: officeHours, wednesday: officeHours, thursday: officeHours, friday: officeHours },
        holidays: [],
      };
    case "measures":
      return {
        title: "Events per person",
        unit: "events",
        source: "usage",
        expression: 'account.count("events", 28) / account.active_users(28)',
      };
  }
}
