// Main module of a measured run: the product's own bundle, with counters around what the platform bills.
// Served in place of worker.js by scripts/bench/serve.ts; nothing of the product knows of it.
import product, * as exported from "./worker.js";

const usage = { requests: 0, objectCalls: 0, rowsWritten: 0, queueMessages: 0, queueUnits: 0, bucketPuts: 0, d1RowsWritten: 0 };
/** Rows written and calls made, by statement and by method: where the bill comes from. */
const by = {};
const tally = (what, count) => (by[what] = (by[what] ?? 0) + count);
const QUEUE_UNIT_BYTES = 64_000;
const patched = new Set();

function patch(object, method, count) {
  const prototype = Object.getPrototypeOf(object);
  if (patched.has(`${prototype.constructor.name}.${method}`)) return;
  patched.add(`${prototype.constructor.name}.${method}`);
  const original = prototype[method];
  prototype[method] = function (...args) {
    const result = original.apply(this, args);
    count(args, result);
    return result;
  };
}

/** JSON bodies are measured once in so many: writing each out again would cost the run some percent of its CPU. */
const MEASURED_EVERY = 8;
let jsonMessages = 0;
let jsonUnits = 1;
function countMessage(body) {
  usage.queueMessages++;
  if (ArrayBuffer.isView(body)) usage.queueUnits += Math.ceil(body.byteLength / QUEUE_UNIT_BYTES);
  else {
    if (jsonMessages++ % MEASURED_EVERY === 0) jsonUnits = Math.ceil(JSON.stringify(body).length / QUEUE_UNIT_BYTES);
    usage.queueUnits += jsonUnits;
  }
}

function meterBindings(env) {
  patch(env.EVENTS_QUEUE, "send", ([body]) => countMessage(body));
  patch(env.EVENTS_QUEUE, "sendBatch", ([messages]) => {
    for (const { body } of messages) countMessage(body);
  });
  patch(env.ARCHIVE, "put", () => usage.bucketPuts++);
  const countRows = (result) =>
    result?.then?.(
      (rows) => (usage.d1RowsWritten += [rows].flat().reduce((sum, { meta }) => sum + (meta?.rows_written ?? 0), 0)),
      () => undefined,
    );
  patch(env.DB, "batch", (_, result) => countRows(result));
  patch(env.DB.prepare("SELECT 1"), "run", (_, result) => countRows(result));
}

/** What is called from outside of an object on the path. */
const CALLED = new Set([
  "append",
  "settle",
  "apply",
  "lookup",
  "park",
  "observe",
  "accountsExist",
  "accountCreated",
  "confirmChanges",
  "publish",
  "alarm",
  "sweep",
  "readPack",
  "streams",
]);

function metered(Class) {
  for (const name of Object.getOwnPropertyNames(Class.prototype)) {
    if (!CALLED.has(name)) continue;
    const original = Class.prototype[name];
    Class.prototype[name] = function (...args) {
      usage.objectCalls++;
      tally(`calls: ${Class.name}.${name}`, 1);
      return original.apply(this, args);
    };
  }
  return class extends Class {
    constructor(ctx, env) {
      patch(ctx.storage.sql, "exec", ([query], cursor) => {
        usage.rowsWritten += cursor.rowsWritten;
        if (cursor.rowsWritten > 0) tally(`rows: ${query.trim().slice(0, 70)}`, cursor.rowsWritten);
      });
      patch(ctx.storage, "setAlarm", () => {
        usage.rowsWritten++;
        tally("rows: setAlarm", 1);
      });
      meterBindings(env);
      super(ctx, env);
    }
  };
}

// Classes that are not measured (workflows); those below take precedence.
export * from "./worker.js";
export const IntakeShard = metered(exported.IntakeShard);
export const IdentityDirectory = metered(exported.IdentityDirectory);
export const AccountShard = metered(exported.AccountShard);
export const LiveHub = metered(exported.LiveHub);

export default {
  fetch(request, env, context) {
    if (new URL(request.url).pathname === "/__usage") return Response.json({ ...usage, by });
    usage.requests++;
    return product.fetch(request, env, context);
  },
  queue(batch, env, context) {
    usage.requests++;
    return product.queue(batch, env, context);
  },
  scheduled: product.scheduled,
};
