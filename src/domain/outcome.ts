/**
 * What became of one event. Numbers because they travel by the thousand (one byte each).
 * Conservation: in = applied + repeat + dropped + held + parked + quarantined + deadLettered + waiting.
 */
export const EventOutcome = {
  /** Not final: an object could not be reached, or the event itself failed and has tries left. The pack is driven again. */
  waiting: 0,
  applied: 1,
  /** Another delivery brought this event before. The same arrival worked twice answers `applied` twice. */
  repeat: 2,
  /** Understood and rightly without effect (e.g. a vendor's test call, a type the connector ignores). */
  dropped: 3,
  /** In the journal of an account that is set aside; folded later. */
  held: 4,
  /** In the identity directory until one of its keys is linked. */
  parked: 5,
  /** Same id, other content; or refused for good by a rule. Kept by the intake shard for a person to look at. */
  quarantined: 6,
  /** The event itself failed 8 times. Kept by the intake shard. */
  deadLettered: 7,
} as const;
export type EventOutcome = (typeof EventOutcome)[keyof typeof EventOutcome];
export type OutcomeName = keyof typeof EventOutcome;

export const outcomeNames: readonly OutcomeName[] = [
  "waiting",
  "applied",
  "repeat",
  "dropped",
  "held",
  "parked",
  "quarantined",
  "deadLettered",
];

/** Events by outcome. */
export type OutcomeCounts = Record<OutcomeName, number>;
