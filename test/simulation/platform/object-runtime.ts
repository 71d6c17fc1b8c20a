import { cloned } from "./cloned.ts";
import { ObjectDatabase, storageHandle } from "./object-storage.ts";
import { livesRunning, type VirtualTime } from "./virtual-time.ts";

/** How often each fault strikes, as a probability per call, message or step. All 0 = a platform without faults. */
export type FaultRates = {
  /** The call never arrives. */
  readonly callLost: number;
  /** The call is done, its answer is lost. */
  readonly answerLost: number;
  /** The object restarts while the call is under way. */
  readonly crashInCall: number;
  /** The intake shards restart when one has committed a segment, before it has done anything about it. */
  readonly crashAtSegment: number;
  readonly messageLost: number;
  readonly messageDoubled: number;
  readonly putFails: number;
};

/** No fault strikes; as counts: none has struck. */
export const noFaults: FaultRates = {
  callLost: 0,
  answerLost: 0,
  crashInCall: 0,
  crashAtSegment: 0,
  messageLost: 0,
  messageDoubled: 0,
  putFails: 0,
};

export type FaultCounts = Record<keyof FaultRates | "restart" | "messageReordered", number>;

/** `ended` rejects when it is over: who waits for an answer of it need not wait until its code would have given one. */
type Life = { instance: Record<string, unknown>; alive: boolean; readonly ended: Promise<never>; readonly end: () => void };
type Slot = { readonly file: ObjectDatabase; life: Life | null; alarmHandle: number | null };
type ObjectClass = new (ctx: DurableObjectState, env: never) => object;

function newLife(): Life {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  ended.catch(() => undefined);
  const end = (): void => reject(Object.assign(new Error("Durable Object reset: this object has been restarted"), { retryable: true }));
  return { instance: {}, alive: true, ended, end };
}

const CALL_DELAY_MAX_MS = 8;
const ALARM_RETRY_MS = 2_000;
const ALARM_RETRIES_MAX = 6;

/** Runs real Durable Object classes on virtual time: addresses, lives, alarms, calls between them, and the faults of all these. */
export class ObjectRuntime {
  readonly counts: FaultCounts = { ...noFaults, restart: 0, messageReordered: 0 };
  /** Set to all zeros for the quiet time at the end of a run. */
  rates: FaultRates;
  private readonly slots = new Map<string, Slot>();
  private readonly classes = new Map<string, ObjectClass>();
  private readonly time: VirtualTime;
  private readonly random: () => number;
  private env: unknown = null;

  constructor(time: VirtualTime, random: () => number, rates: FaultRates) {
    this.time = time;
    this.random = random;
    this.rates = rates;
  }

  register(className: string, objectClass: unknown): void {
    this.classes.set(className, objectClass as ObjectClass);
  }

  bind(env: unknown): void {
    this.env = env;
  }

  strikes(fault: keyof FaultRates): boolean {
    const strikes = this.random() < this.rates[fault];
    if (strikes) this.counts[fault]++;
    return strikes;
  }

  /** What `env.SOME_OBJECT` is. */
  namespace(className: string): unknown {
    const getByName = (name: string): unknown =>
      new Proxy(
        {},
        {
          // A stub is no thenable: without this, `await stub` would call a method named `then`.
          get: (_target, method) =>
            typeof method !== "string" || method === "then" ? undefined : (...args: unknown[]) => this.call(className, name, method, args),
        },
      );
    return { getByName, idFromName: (name: string) => ({ name, toString: () => name }), get: (id: { name: string }) => getByName(id.name) };
  }

  /** Names of the objects of a class that have ever been addressed. */
  names(className: string): string[] {
    return [...this.slots.keys()].filter((key) => key.startsWith(`${className}/`)).map((key) => key.slice(className.length + 1));
  }

  /** Ends the life of an object; its database stays. The next call or alarm starts a new one. */
  restart(className: string, name: string): void {
    const slot = this.slots.get(`${className}/${name}`);
    if (slot?.life == null) return;
    slot.life.alive = false;
    slot.life.end();
    slot.life = null;
    this.counts.restart++;
  }

  database(className: string, name: string): ObjectDatabase {
    return this.slot(className, name).file;
  }

  close(): void {
    for (const { file } of this.slots.values()) file.close();
  }

  private slot(className: string, name: string): Slot {
    const key = `${className}/${name}`;
    let slot = this.slots.get(key);
    if (slot === undefined) this.slots.set(key, (slot = { file: new ObjectDatabase(), life: null, alarmHandle: null }));
    return slot;
  }

  private async call(className: string, name: string, method: string, args: unknown[]): Promise<unknown> {
    await this.time.sleep(Math.floor(this.random() * CALL_DELAY_MAX_MS));
    if (this.strikes("callLost")) throw Object.assign(new Error("Network connection lost."), { retryable: true });
    const life = this.life(className, name);
    const run = life.instance[method];
    if (typeof run !== "function") throw new TypeError(`${className} has no method ${method}`);
    const result = livesRunning.run(life, async () => run.apply(life.instance, args.map(cloned)) as unknown);
    if (this.strikes("crashInCall")) {
      this.time.schedule(() => this.restart(className, name), Math.floor(this.random() * CALL_DELAY_MAX_MS));
    }
    const answer = cloned(await Promise.race([result, life.ended]));
    if (this.strikes("answerLost")) throw Object.assign(new Error("Network connection lost."), { retryable: true });
    return answer;
  }

  private life(className: string, name: string): Life {
    const slot = this.slot(className, name);
    if (slot.life !== null) return slot.life;
    const objectClass = this.classes.get(className);
    if (objectClass === undefined) throw new Error(`no class ${className}`);
    const life = newLife();
    slot.life = life;
    const storage = storageHandle(
      slot.file,
      () => life.alive,
      () => this.armAlarm(className, name),
    );
    const ctx = {
      storage,
      id: { name, toString: () => `${className}:${name}` },
      waitUntil: () => {},
      blockConcurrencyWhile: async <T>(run: () => Promise<T>): Promise<T> => run(),
      getWebSockets: () => [],
      abort: () => this.restart(className, name),
    };
    life.instance = livesRunning.run(life, () => new objectClass(ctx as unknown as DurableObjectState, this.env as never)) as Record<
      string,
      unknown
    >;
    return life;
  }

  private armAlarm(className: string, name: string): void {
    const slot = this.slot(className, name);
    if (slot.alarmHandle !== null) this.time.cancel(slot.alarmHandle);
    slot.alarmHandle = null;
    if (slot.file.alarmAt === null) return;
    slot.alarmHandle = this.time.schedule(
      () => void this.fireAlarm(className, name, 0),
      slot.file.alarmAt - this.time.now(),
      `alarm of ${className} ${name}`,
    );
  }

  /** At least once: a failed alarm comes again after 2 s, 4 s, … six times, as on the platform. */
  private async fireAlarm(className: string, name: string, retry: number): Promise<void> {
    const slot = this.slot(className, name);
    slot.alarmHandle = null;
    slot.file.alarmAt = null;
    try {
      const life = this.life(className, name);
      const alarm = life.instance["alarm"] as (info: object) => Promise<void>;
      const done = livesRunning.run(life, async () => alarm.call(life.instance, { isRetry: retry > 0, retryCount: retry }));
      await Promise.race([done, life.ended]);
    } catch {
      if (slot.file.alarmAt === null && retry < ALARM_RETRIES_MAX) {
        slot.alarmHandle = this.time.schedule(() => void this.fireAlarm(className, name, retry + 1), ALARM_RETRY_MS * 2 ** retry);
      }
    }
  }
}
