import { posix } from "node:path";
import { parseSync, Visitor } from "vite";

/** A source file as the rules see it; `path` is relative to the repository, with `/`. */
export type SourceFile = { readonly path: string; readonly text: string };
export type Violation = { readonly path: string; readonly line: number; readonly rule: string };

type Import = { readonly target: string; readonly typeOnly: boolean; readonly start: number };

/** Packages that a pure domain may use, each behind one file. */
const domainPackages: Readonly<Record<string, string | null>> = {
  zod: null,
  "@marcbachmann/cel-js": "src/domain/expression.ts",
};

const rooms = ["ingest", "pipeline", "projections", "reports", "api"] as const;
/** Rooms with an HTTP edge: they may speak hono and the platform's words for requests and problems. */
const httpRooms: readonly string[] = ["ingest", "api"];
const memoryOf: Readonly<Record<string, string>> = {
  "intake-shard": "ingest",
  "connection-poller": "ingest",
  "identity-directory": "pipeline",
};

/** Everything in `files` that breaks a rule of the house: who may import whom, what the domain may touch, where files may lie. */
export function violationsOf(files: readonly SourceFile[]): Violation[] {
  return files.flatMap((file) => [...importViolations(file), ...(file.path.startsWith("src/domain/") ? impurities(file) : [])]);
}

/** Imports of a file, types and re-exports among them; relative ones resolved to paths of the repository. */
export function importsOf(file: SourceFile): Import[] {
  const { module, program, errors } = parseSync(file.path, file.text);
  if (errors.length > 0) throw new Error(`${file.path}: ${errors[0]?.message}`);
  const found: Import[] = [];
  const add = (specifier: string, typeOnly: boolean, start: number): void => {
    const target = specifier.startsWith(".") ? posix.normalize(posix.join(posix.dirname(file.path), specifier)) : specifier;
    found.push({ target, typeOnly, start });
  };
  for (const { moduleRequest, entries, start } of module.staticImports) {
    add(moduleRequest.value, entries.length > 0 && entries.every((entry) => entry.isType), start);
  }
  for (const { entries } of module.staticExports) {
    for (const entry of entries) if (entry.moduleRequest !== null) add(entry.moduleRequest.value, entry.isType, entry.start);
  }
  new Visitor({
    ImportExpression: ({ source, start }) => {
      if (source.type === "Literal" && typeof source.value === "string") add(source.value, false, start);
    },
    TSImportType: ({ source, start }) => add(source.value, true, start),
  }).visit(program);
  return found;
}

function importViolations(file: SourceFile): Violation[] {
  return importsOf(file).flatMap((each) => {
    const rule = brokenRule(file.path, each);
    if (rule === null) return [];
    return [{ path: file.path, line: lineAt(file.text, each.start), rule: `${rule}, but imports ${each.target}` }];
  });
}

/** The rule that this import breaks, or null. */
function brokenRule(from: string, { target, typeOnly }: Import): string | null {
  if (target === "src/worker.ts") return "nobody imports worker.ts";
  if (from === "src/worker.ts") return null;
  if (target.startsWith("durable-objects/") && !from.startsWith("durable-objects/") && !typeOnly) {
    return "only worker.ts imports an object as a value";
  }
  const isLocal = target.startsWith("src/") || target.startsWith("durable-objects/") || target.startsWith("config/");
  // The pages talk to the API, whose JSON is made of the domain's types.
  if (from.startsWith("src/dashboard/") && target.startsWith("src/domain/") && typeOnly) return null;
  const allowed = isLocal ? mayImportFile(from, target) : mayImportPackage(from, target);
  return allowed ? null : whoMay(from);
}

function mayImportFile(from: string, target: string): boolean {
  const inside = (...folders: string[]): boolean => folders.some((folder) => target.startsWith(folder));
  const [top, area = "", third = ""] = from.split("/");
  if (top === "durable-objects") {
    const object = area.replace(/\.ts$/, "");
    const room = memoryOf[object];
    // The intake shard maps deliveries, so the registry belongs to it as to its room.
    const ofRoom = room === undefined ? [] : room === "ingest" ? ["src/ingest/", "src/connectors/index.ts"] : [`src/${room}/`];
    return inside("src/domain/", "src/platform/", "src/env.ts", `durable-objects/${object}/`, ...ofRoom);
  }
  if (area === "env.ts") return inside("src/domain/");
  if (area === "domain") return inside("src/domain/", "config/");
  if (area === "dashboard") return inside("src/dashboard/");
  if (area === "platform")
    return inside("src/domain/", "src/platform/", "src/env.ts") || /^src\/(ingest|pipeline|projections|reports|api)\//.test(target);
  if (area === "connectors") return mayConnectorImport(third, target);
  if ((rooms as readonly string[]).includes(area)) {
    const http = httpRooms.includes(area) && inside("src/platform/http/");
    const registry = area === "ingest" && inside("src/connectors/");
    return inside("src/domain/", `src/${area}/`) || http || registry;
  }
  return false;
}

function mayConnectorImport(vendor: string, target: string): boolean {
  const shared = ["src/domain/", "src/connectors/kit/"];
  if (vendor === "index.ts") return target.startsWith("src/connectors/") || target.startsWith("src/domain/");
  if (vendor === "kit" || vendor === "connector.ts") return shared.some((folder) => target.startsWith(folder));
  return [...shared, "src/connectors/connector.ts", `src/connectors/${vendor}/`].some((folder) => target.startsWith(folder));
}

function mayImportPackage(from: string, target: string): boolean {
  const [top, area = ""] = from.split("/");
  const name = target.startsWith("@") ? target.split("/").slice(0, 2).join("/") : (target.split("/")[0] ?? target);
  if (area === "domain") return name in domainPackages && (domainPackages[name] ?? from) === from;
  if (area === "dashboard") return ["preact", "uplot"].includes(name) || from.endsWith("vite.config.ts");
  if (name === "zod") return true;
  if (name.startsWith("cloudflare:") || name === "drizzle-orm" || name.startsWith("node:"))
    return top === "durable-objects" || area === "platform";
  if (name === "jose") return area === "platform";
  if (name === "hono" || name === "@hono/zod-openapi" || name === "@scalar/hono-api-reference")
    return httpRooms.includes(area) || from.startsWith("src/platform/http/");
  return false;
}

function whoMay(from: string): string {
  const [top, area = ""] = from.split("/");
  if (top === "durable-objects") return "an object imports the domain, the platform, its own folder and the room it is the memory of";
  switch (area) {
    case "domain":
      return "the domain imports the domain, zod and documents of config/";
    case "connectors":
      return "a connector imports the domain, connectors/kit and its own folder";
    case "platform":
      return "the platform imports the domain and the ports it implements; Cloudflare and drizzle words live there";
    case "dashboard":
      return "the dashboard imports itself, types of the domain, preact and uplot";
    default:
      return `${area} imports the domain and itself`;
  }
}

/** Clocks, chance, network and waiting in a pure file. */
function impurities(file: SourceFile): Violation[] {
  const { program } = parseSync(file.path, file.text);
  const found: Violation[] = [];
  const add = (start: number, what: string): void => {
    found.push({ path: file.path, line: lineAt(file.text, start), rule: `the domain is pure, but has ${what}` });
  };
  const asyncFunction = ({ async, start }: { readonly async: boolean; readonly start: number }): void => {
    if (async) add(start, "an async function");
  };
  new Visitor({
    MemberExpression: ({ object, property, start }) => {
      if (object.type !== "Identifier" || property.type !== "Identifier") return;
      const name = `${object.name}.${property.name}`;
      if (["Date.now", "Math.random", "performance.now", "crypto.randomUUID", "crypto.getRandomValues"].includes(name)) add(start, name);
    },
    NewExpression: ({ callee, arguments: args, start }) => {
      if (callee.type === "Identifier" && callee.name === "Date" && args.length === 0) add(start, "new Date()");
      if (callee.type === "Identifier" && callee.name === "Promise") add(start, "a Promise");
    },
    CallExpression: ({ callee, start }) => {
      if (callee.type === "Identifier" && ["Date", "fetch", "setTimeout", "setInterval", "queueMicrotask"].includes(callee.name))
        add(start, `${callee.name}()`);
    },
    AwaitExpression: ({ start }) => add(start, "await"),
    FunctionDeclaration: asyncFunction,
    FunctionExpression: asyncFunction,
    ArrowFunctionExpression: asyncFunction,
  }).visit(program);
  return found;
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split("\n").length;
