import type { Connection, DoorPorts } from "./ports.ts";

/** The project token stands in each event or update; the first that names one speaks for the request. */
function tokenOf(items: readonly unknown[]): string | null {
  for (const item of items) {
    if (typeof item !== "object" || item === null) continue;
    const { $token, properties } = item as { $token?: unknown; properties?: { token?: unknown } | null };
    const token = $token ?? properties?.token;
    if (typeof token === "string" && token !== "" && token.length <= TOKEN_CHARS_MAX) return token;
  }
  return null;
}

const TOKEN_CHARS_MAX = 256;

export async function trackConnection(items: readonly unknown[], ports: DoorPorts): Promise<Connection | null> {
  const token = tokenOf(items);
  return token === null ? null : ports.connection(`mixpanel|${token}`);
}

/**
 * `/import` writes history, so the project token in the events is not enough. Accepted, as at Mixpanel: the service account, the API secret as
 * user name or as `api_key` (which then also finds the connection, where neither a project token nor an id does), or the project token as user name with an empty password.
 */
export async function importConnection(
  request: Request,
  url: URL,
  items: readonly unknown[],
  ports: DoorPorts,
): Promise<Connection | null> {
  const basic = basicCredentials(request.headers.get("authorization"));
  if (basic !== null && basic.password === "" && basic.user !== "") {
    const byToken = await ports.connection(`mixpanel|${basic.user}`);
    if (byToken !== null) return byToken;
  }
  const projectId = url.searchParams.get("project_id");
  const secret = url.searchParams.get("api_key") ?? (basic?.password === "" ? basic.user : null);
  const connection =
    (await trackConnection(items, ports)) ??
    (projectId === null ? null : await ports.connection(`mixpanel-project|${projectId}`)) ??
    (secret === null ? null : await ports.connection(`mixpanel-secret|${ports.crypto.digest(secret)}`));
  if (connection === null) return null;
  const { apiSecret, serviceAccountUser, serviceAccountSecret } = await ports.secrets(connection);
  const isRight = (given: string | null | undefined, right: string | undefined): boolean =>
    given != null && right !== undefined && right !== "" && ports.crypto.sameSecret(given, right);
  if (isRight(url.searchParams.get("api_key"), apiSecret)) return connection;
  if (basic?.password === "" && isRight(basic.user, apiSecret)) return connection;
  return isRight(basic?.user, serviceAccountUser) && isRight(basic?.password, serviceAccountSecret) ? connection : null;
}

function basicCredentials(header: string | null): { user: string; password: string } | null {
  const encoded = header === null ? undefined : /^Basic +([A-Za-z0-9+/=_-]{1,2048}) *$/i.exec(header)?.[1];
  if (encoded === undefined) return null;
  try {
    const text = atob(encoded);
    const colon = text.indexOf(":");
    return colon < 0 ? { user: text, password: "" } : { user: text.slice(0, colon), password: text.slice(colon + 1) };
  } catch {
    return null;
  }
}
