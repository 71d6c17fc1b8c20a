import type { Inspector } from "./inspector.ts";
import { processTree, residentMiB } from "./process-figures.ts";

/** What the product occupies, MiB: resident memory of its processes, and V8's own account of the worker's isolate within it. */
export type Memory = {
  readonly total: number;
  readonly workerd: number;
  /** Node with Miniflare, which starts workerd and looks after it. */
  readonly host: number;
  /** Of the worker's isolate: objects, living or not yet collected; what V8 has taken for them; and the bytes of its buffers outside. */
  readonly heapUsed: number;
  readonly heapTotal: number;
  readonly buffers: number;
};

type HeapUsage = { readonly usedSize: number; readonly totalSize: number; readonly backingStorageSize?: number };

const toMiB = (bytes: number): number => bytes / 2 ** 20;

export async function memoryOf(parts: { hostPid: number; workerdPid: number; inspector: Inspector }): Promise<Memory> {
  const heap = (await parts.inspector.call("Runtime.getHeapUsage")) as HeapUsage;
  const total = processTree(parts.hostPid).reduce((sum, pid) => sum + residentMiB(pid), 0);
  const workerd = residentMiB(parts.workerdPid);
  return {
    total,
    workerd,
    host: total - workerd,
    heapUsed: toMiB(heap.usedSize),
    heapTotal: toMiB(heap.totalSize),
    buffers: toMiB(heap.backingStorageSize ?? 0),
  };
}
