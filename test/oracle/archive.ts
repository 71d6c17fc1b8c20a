import { setTimeout as pause } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import type { Miniflare } from "miniflare";
import type { Product } from "./product.ts";

/** A raw delivery as the archive holds it; a body that came as gzip is expanded, nothing else is touched. */
export type ArchivedDelivery = { readonly object: string; readonly line: number; readonly head: unknown; readonly body: string };
type Line = { readonly head: { readonly contentEncoding: string }; readonly body?: string; readonly base64?: string };

/** Reads the whole archive, once every delivery that was ever accepted is in it. */
export async function readArchive(mf: Miniflare, product: Product): Promise<readonly ArchivedDelivery[]> {
  const accepted = await product.metricTotal("pulseline_deliveries_total");
  const bucket = await mf.getR2Bucket("ARCHIVE");
  for (const end = Date.now() + archivedWithinMs; Date.now() < end; await pause(250)) {
    const { objects, truncated } = await bucket.list({ prefix: "raw/v1/", include: ["customMetadata"] });
    if (truncated) throw new Error("the archive has more objects than one listing tells");
    const archived = objects.reduce((sum, { customMetadata }) => sum + Number(customMetadata?.["deliveries"]), 0);
    if (archived < accepted) continue;
    const texts = await Promise.all(objects.map(async ({ key }) => ({ key, text: await textOf(await bucket.get(key)) })));
    return texts.flatMap(({ key, text }) =>
      text
        .split("\n")
        .filter((line) => line !== "")
        .map((line, index) => ({ object: key, line: index, ...expanded(JSON.parse(line) as Line) })),
    );
  }
  throw new Error(`not all of ${accepted} deliveries were archived within ${archivedWithinMs} ms`);
}

const archivedWithinMs = 90_000;

async function textOf(object: { arrayBuffer(): Promise<ArrayBuffer> } | null): Promise<string> {
  if (object === null) throw new Error("an object of the archive is gone");
  return gunzipSync(Buffer.from(await object.arrayBuffer())).toString();
}

function expanded({ head, body, base64 }: Line): { readonly head: unknown; readonly body: string } {
  if (body !== undefined) return { head, body };
  const bytes = Buffer.from(base64 ?? "", "base64");
  return { head, body: (head.contentEncoding === "gzip" ? gunzipSync(bytes) : bytes).toString() };
}
