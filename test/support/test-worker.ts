import { DurableObject } from "cloudflare:workers";

type Module = Record<string, unknown>;
const modules = { ...import.meta.glob("../../durable-objects/*.ts", { eager: true }), ...import.meta.glob("../../src/worker.ts", { eager: true }) } as Record<string, Module>;

const named = (name: string): typeof DurableObject =>
  (Object.values(modules).find((module) => name in module)?.[name] as typeof DurableObject | undefined) ?? class extends DurableObject {};

export const IntakeShard = named("IntakeShard");
export const IdentityDirectory = named("IdentityDirectory");
export const AccountShard = named("AccountShard");
export const LiveHub = named("LiveHub");

export default (modules["../../src/worker.ts"]?.["default"] ?? { fetch: () => new Response("no worker yet") }) as ExportedHandler;
