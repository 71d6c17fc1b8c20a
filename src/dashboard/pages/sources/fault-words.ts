import type { SourceError } from "../../api-types.ts";
import { plural } from "../../format.ts";

export const lastFaultText: Readonly<Record<SourceError["kind"], string>> = {
  refused: "a request was refused",
  rejected: "an event was not valid",
  quarantined: "an event was set aside",
  deadLettered: "an event failed",
};

/** Requests and events of the day that went wrong, each by its own name: how many events a refused request held nobody knows. */
export function faultCountText({ count24h, refused24h }: Pick<SourceError, "count24h" | "refused24h">): string {
  const events = count24h - refused24h;
  const parts = [
    refused24h === 0 ? "" : `${plural(refused24h, "request")} refused`,
    events === 0 ? "" : `${plural(events, "event")} not valid or set aside`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? "nothing" : parts.join(" and ");
}
