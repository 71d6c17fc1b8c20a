import type { ApiPorts } from "./ports.ts";

/** Where vendors reach this deployment, without a trailing slash: `settings.publicUrl`, else what it was started with, else where this request went. */
export async function publicOrigin(ports: ApiPorts, url: URL): Promise<string> {
  const { document } = await ports.store.settings();
  return (document?.publicUrl ?? ports.rules.publicUrl ?? url.origin).replace(/\/+$/, "");
}
