import { isPretending } from "../../domain/canary.ts";
import type { Delivery, DeliveryHead, Rejection } from "../../domain/delivery.ts";
import type { Event } from "../../domain/event.ts";
import { replayedEvent } from "../../domain/intake/dead-letter.ts";
import { type MappedDelivery, type PlanItem, planSegment, segmentId, type SegmentPlan } from "../../domain/intake/plan.ts";
import { REPLAY_FORM } from "../../domain/intake/replay.ts";
import { decodeRows } from "../../domain/intake/row.ts";
import { bodyExpandedBytesMax } from "../../domain/limits.ts";
import type { CodecPort, IntakePorts } from "./ports.ts";
import { type IntakeState, type OpenSegment, spend } from "./state.ts";

const encoder = new TextEncoder();

type Reading<Item> = {
  map(delivery: Delivery): { readonly items: readonly Item[]; readonly rejections?: readonly Rejection[] };
  readonly codec: Pick<CodecPort, "gunzip">;
};
type Read<Item> = ReturnType<Reading<Item>["map"]> & { readonly body: Uint8Array };

/** Expands and maps one delivery. Throws for a body that does not expand, and for what the mapper does not know. */
export function readDelivery<Item>({ map, codec }: Reading<Item>, delivery: Delivery): Read<Item | { readonly event: Event }> {
  const { head, body } = delivery;
  if (head.connector === "pulseline" && head.form === REPLAY_FORM) return { body, items: [{ event: replayedEvent(delivery) }] };
  const expanded = head.contentEncoding === "gzip" ? codec.gunzip(body, bodyExpandedBytesMax) : body;
  return { ...map({ head, body: expanded }), body: expanded };
}

/** Maps one delivery; a mapper that throws, or a body that does not expand, fails that delivery alone. */
function mapOne(ports: IntakePorts, delivery: Delivery): MappedDelivery {
  const { head } = delivery;
  const bytes = delivery.body.byteLength;
  try {
    const { items, rejections = [] } = readDelivery<PlanItem>(ports, delivery);
    return { head, bytes, mapped: { items: items.map((item) => withoutPretence(item, head)), rejections } };
  } catch (error) {
    return { head, bytes, mapped: { failure: "mapper_failed", detail: error instanceof Error ? error.message : String(error) } };
  }
}

/** Whatever a vendor's field says: the canary's account takes events of the canary alone. */
const withoutPretence = (item: PlanItem, { connectionId }: DeliveryHead): PlanItem => {
  if ("drop" in item) return item;
  const event = "event" in item ? item.event : { keys: item.keys, connectionId };
  return isPretending(event) ? { drop: "reserved_account" } : item;
};

/** One delivery is mapped at a time, so that a segment's expanded bodies are never in memory together. */
function* mapAll(ports: IntakePorts, deliveries: readonly Delivery[]): Iterable<MappedDelivery> {
  for (const delivery of deliveries) yield mapOne(ports, delivery);
}

export function planOf(
  state: IntakeState,
  range: { fromSeq: number; toSeq: number },
  plan: number,
  bodies: readonly Uint8Array[],
): SegmentPlan {
  return spend(state, "map", () =>
    planSegment(mapAll(state.ports, decodeRows(bodies)), {
      segmentId: segmentId(state.store.incarnation, range.fromSeq, range.toSeq),
      origin: { kind: "intake", name: state.name },
      plan,
      compress: (text) => spend(state, "gzip", () => state.ports.codec.gzip(encoder.encode(text))),
    }),
  );
}

/**
 * The packs of a segment, mapped again if they are not in memory.
 *
 * If this code cuts them elsewhere than the code that planned them, the plan's number is raised and committed first: what is reported
 * about packs of the older plan is about other events by then.
 */
export function packsOf(state: IntakeState, segment: OpenSegment): SegmentPlan {
  if (segment.packs !== null) return segment.packs;
  const bodies = state.store.rowBodies(segment.fromSeq, segment.toSeq);
  let plan = planOf(state, segment, segment.plan, bodies);
  if (plan.cuts !== segment.cuts) {
    plan = planOf(state, segment, segment.plan + 1, bodies);
    const { fromSeq, toSeq, items, startedAt, standing } = segment;
    state.store.commit(() => state.store.putSegment({ fromSeq, toSeq, items, startedAt, standing, plan: plan.plan, cuts: plan.cuts }));
    segment.plan = plan.plan;
    segment.cuts = plan.cuts;
  }
  segment.packs = plan;
  return plan;
}
