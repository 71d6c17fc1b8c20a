import type { ObjectRuntime } from "./object-runtime.ts";
import type { VirtualTime } from "./virtual-time.ts";

type Stored = { readonly bytes: Uint8Array; readonly customMetadata: Record<string, string> };

type Range = { readonly suffix: number } | { readonly offset: number; readonly length: number };

const PUT_DELAY_MAX_MS = 60;

/** An R2 bucket in memory: create-once puts, custom metadata, and puts that fail before or after they took effect. */
export class VirtualBucket {
  readonly objects = new Map<string, Stored>();
  private readonly time: VirtualTime;
  private readonly runtime: ObjectRuntime;
  private readonly random: () => number;

  constructor(time: VirtualTime, runtime: ObjectRuntime, random: () => number) {
    this.time = time;
    this.runtime = runtime;
    this.random = random;
  }

  async put(
    key: string,
    value: ArrayBuffer | ArrayBufferView | string,
    options?: { onlyIf?: { etagDoesNotMatch?: string }; customMetadata?: Record<string, string> },
  ): Promise<object | null> {
    await this.time.sleep(Math.floor(this.random() * PUT_DELAY_MAX_MS));
    const fails = this.runtime.strikes("putFails");
    if (fails && this.random() < 0.5) throw new Error("put: We encountered an internal error. Please try again. (10001)");
    if (this.objects.has(key) && options?.onlyIf?.etagDoesNotMatch === "*") return null;
    const bytes =
      typeof value === "string"
        ? new TextEncoder().encode(value)
        : ArrayBuffer.isView(value)
          ? new Uint8Array(value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength))
          : new Uint8Array(value.slice(0));
    this.objects.set(key, { bytes, customMetadata: options?.customMetadata ?? {} });
    if (fails) throw new Error("put: We encountered an internal error. Please try again. (10001)");
    return { key };
  }

  async head(key: string): Promise<object | null> {
    const stored = this.objects.get(key);
    return stored === undefined ? null : { key, size: stored.bytes.byteLength, customMetadata: stored.customMetadata };
  }

  async get(key: string, options?: { range?: Range }): Promise<object | null> {
    const stored = this.objects.get(key);
    if (stored === undefined) return null;
    const { bytes } = stored;
    const { range } = options ?? {};
    const from = range === undefined ? 0 : "suffix" in range ? Math.max(0, bytes.byteLength - range.suffix) : range.offset;
    const copy = bytes.slice(from, range !== undefined && "length" in range ? from + range.length : undefined);
    return {
      key,
      size: bytes.byteLength,
      customMetadata: stored.customMetadata,
      arrayBuffer: async () => copy.buffer,
      text: async () => new TextDecoder().decode(copy),
      bytes: async () => copy,
    };
  }

  async list({ prefix }: { prefix: string }): Promise<{ objects: { key: string }[]; truncated: false }> {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    return { objects: keys.map((key) => ({ key })), truncated: false };
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.objects.delete(key);
  }
}
