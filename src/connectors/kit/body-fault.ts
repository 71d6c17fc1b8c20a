/** Why a whole body is refused: it is no JSON (the first three), JSON of the wrong shape (`not_events`), or too much of it. */
export type BodyFault = {
  readonly reason: "empty" | "not_utf8" | "not_json" | "not_events" | "too_many" | "too_complex";
  readonly detail: string;
  /** JSON pointer to what is wrong with a body that is JSON; "" is the whole of it. */
  readonly pointer?: string;
};
