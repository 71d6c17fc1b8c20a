import { keysPerEventMax } from "../domain/limits.ts";
import type { KeyView, Resolution } from "../domain/identity/messages.ts";
import { resolveAt, resolveRoute, type RouteResolution } from "../domain/identity/resolve.ts";
import type { PackRoute } from "../domain/intake/pack.ts";
import { EventOutcome } from "../domain/outcome.ts";
import type { KeyViews } from "./key-views.ts";
import { fateOf, receivedAtOf, textOf, type Addressed, type Line } from "./parcel.ts";

/** Lines whose account is known, and lines for the directory to take or to answer. Lines in neither wait for the directory. */
export type Resolved = { readonly addressed: Addressed[]; readonly toPark: Line[] };

const isAccountKeyed = (route: PackRoute): boolean => route.keys[0]?.startsWith("account|") === true;

/** The keys whose views a route needs: an account id alone decides where it is named. */
export const neededKeys = (route: PackRoute): readonly string[] =>
  isAccountKeyed(route) ? route.keys.slice(0, 1) : route.keys.slice(0, keysPerEventMax);

/** Finds each line's account by what is known of its keys. An event without any key is quarantined: nothing could ever find its account. */
export function resolveIdentity(lines: readonly Line[], views: KeyViews): Resolved {
  const resolved: Resolved = { addressed: [], toPark: [] };
  const routes = new Map<PackRoute, RouteResolution | null>();
  for (const line of lines) {
    const { route, parcel, index } = line;
    if (route.keys.length === 0) {
      fateOf(line, EventOutcome.quarantined);
      parcel.reasons.push({ index, reason: "no_identity_key", detail: "the event names no account, user, e-mail, domain or external id" });
      continue;
    }
    let known = routes.get(route);
    if (known === undefined) routes.set(route, (known = resolutionOf(route, views)));
    if (known !== null) place(line, known, views, resolved);
  }
  return resolved;
}

/** Null: the directory has to be asked and cannot be reached. An event that names its account does not need it. */
function resolutionOf(route: PackRoute, views: KeyViews): RouteResolution | null {
  const keys = neededKeys(route);
  if (!isAccountKeyed(route) && keys.some((key) => views.get(key) === undefined)) return null;
  return resolveRoute(keys, viewOf(views));
}

const viewOf =
  (views: KeyViews) =>
  (key: string): KeyView | null =>
    views.get(key) ?? null;

function place(line: Line, known: RouteResolution, views: KeyViews, resolved: Resolved): void {
  let { resolution }: { resolution: Resolution } = known;
  const fromIntake = line.parcel.pack.header.origin.kind === "intake";
  if (known.byTime || (known.offerBefore > 0 && fromIntake)) {
    const receivedAt = receivedAtOf(textOf(line));
    if (fromIntake && receivedAt < known.offerBefore) {
      resolved.toPark.push(line);
      return;
    }
    if (known.byTime) resolution = resolveAt(neededKeys(line.route), viewOf(views), receivedAt);
  }
  if (resolution.status === "linked")
    resolved.addressed.push({ line, accountId: resolution.accountId, key: resolution.key, version: resolution.version });
  else resolved.toPark.push(line);
}
