import { DurableObject } from "cloudflare:workers";

/** Everything the worker exports. A class with a twin `Faulty…` in test/support/*-faulty-*.ts is taken by the twin, which is real until a test orders faults. */
const modules = Object.values({
  ...import.meta.glob<Record<string, unknown>>("./*-faulty-*.ts", { eager: true }),
  ...import.meta.glob<Record<string, unknown>>("../../durable-objects/*.ts", { eager: true }),
});
const worker = Object.values(import.meta.glob<Record<string, unknown>>("../../src/worker.ts", { eager: true }))[0];

type ObjectClass = new (ctx: DurableObjectState, env: never) => DurableObject;
const exported = (name: string): ObjectClass | undefined => modules.find((module) => name in module)?.[name] as ObjectClass | undefined;
const named = (name: string): ObjectClass => exported(`Faulty${name}`) ?? exported(name) ?? (class extends DurableObject {} as ObjectClass);

export const IntakeShard = named("IntakeShard");
export const IdentityDirectory = named("IdentityDirectory");
export const AccountShard = named("AccountShard");
export const LiveHub = named("LiveHub");

export default (worker?.["default"] ?? { fetch: () => new Response("no worker yet") }) as ExportedHandler;
