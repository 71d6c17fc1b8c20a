import { fromLine } from "../domain/event.ts";
import { keysPerEventMax } from "../domain/limits.ts";
import type { KeyView, Resolution } from "../domain/identity/messages.ts";
import { resolveAt, resolveRoute, type RouteResolution } from "../domain/identity/resolve.ts";
import type { PackRoute } from "../domain/intake/pack.ts";
import { EventOutcome } from "../domain/outcome.ts";
import { receivedAtOf as stampedAt } from "../domain/stamp.ts";
import type { ViewsOfKeys } from "./key-views.ts";
import { address, fateOf, stampOf, textOf, type Addressed, type Destination, type Line } from "./parcel.ts";

/** Lines whose account is known, lines for the directory to take or to answer, and how many wait until the directory can be asked. */
export type Resolved = { readonly addressed: Addressed[]; readonly toPark: Line[]; unasked: number };

const isAccountKeyed = (route: PackRoute): boolean => route.keys[0]?.startsWith("account|") === true;

/** The keys whose views a route needs: an account id alone decides where it is named. */
export const neededKeys = (route: PackRoute): readonly string[] =>
  isAccountKeyed(route) ? route.keys.slice(0, 1) : route.keys.slice(0, keysPerEventMax);

/** What is known of a route, and where its events go that need no look at their time. */
type KnownRoute = RouteResolution & { readonly to: Destination | null };

/** Finds each line's account by what is known of its keys. An event without any key is quarantined: nothing could ever find its account. */
export function resolveIdentity(lines: readonly Line[], views: ViewsOfKeys): Resolved {
  const resolved: Resolved = { addressed: [], toPark: [], unasked: 0 };
  const routes = new Map<PackRoute, KnownRoute | null>();
  for (const line of lines) {
    const { route, parcel, index } = line;
    let known = routes.get(route);
    if (known === undefined) routes.set(route, (known = resolutionOf(route, views)));
    if (known !== null) place(line, known, views, resolved);
    else if (route.keys.length === 0) {
      fateOf(line, EventOutcome.quarantined);
      parcel.reasons.push({ index, reason: "no_identity_key", detail: "the event names no account, user, e-mail, domain or external id" });
    } else resolved.unasked++;
  }
  return resolved;
}

/** Null: it has no key, or the directory has to be asked and cannot be reached. An event that names its account does not need it. */
function resolutionOf(route: PackRoute, views: ViewsOfKeys): KnownRoute | null {
  const keys = neededKeys(route);
  if (keys.length === 0 || (!isAccountKeyed(route) && keys.some((key) => views.get(key) === undefined))) return null;
  const known = resolveRoute(keys, viewOf(views));
  return { ...known, to: toDestination(known.resolution) };
}

const viewOf =
  (views: ViewsOfKeys) =>
  (key: string): KeyView | null =>
    views.get(key) ?? null;

const toDestination = (resolution: Resolution): Destination | null =>
  resolution.status === "linked" ? { accountId: resolution.accountId, key: resolution.key, version: resolution.version } : null;

function place(line: Line, known: KnownRoute, views: ViewsOfKeys, resolved: Resolved): void {
  let { to } = known;
  const fromIntake = line.parcel.pack.header.origin.kind === "intake";
  if (known.byTime || (known.offerBefore > 0 && fromIntake)) {
    const receivedAt = receivedAtOf(line);
    if (fromIntake && receivedAt < known.offerBefore) to = null;
    else if (known.byTime) to = toDestination(resolveAt(neededKeys(line.route), viewOf(views), receivedAt));
  }
  if (to === null) resolved.toPark.push(line);
  else resolved.addressed.push(address(line, to));
}

/** Whole lines are few: of events that were parked, or given back by an account. */
function receivedAtOf(line: Line): number {
  const stamp = stampOf(line);
  return stamp === null ? fromLine(textOf(line)).receivedAt : stampedAt(stamp);
}
