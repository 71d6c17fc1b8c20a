import { z } from "zod";
import { isCustomer } from "../../domain/canary.ts";
import { eventTypeOf } from "../../domain/event-types.ts";
import { isIdentityKeyKind } from "../../domain/identity/key.ts";
import { parseInstant } from "../../domain/instant.ts";
import { eventIdCharsMax, eventTypeCharsMax, keysPerEventMax, otherIdCharsMax } from "../../domain/limits.ts";

const OtherId = z.string().min(1).max(otherIdCharsMax);
/** A sender's field that JSON has as `null` is absent. */
const ExternalId = z.union([OtherId, z.number().int()]);

/**
 * The shape of a native event, for the reference and for the test that keeps `checkShape` honest.
 * Bounds (bytes, depth, number range), the time window and the token's accounts are rules of the door, not of the shape.
 */
export const NativeEventSchema = z
  .looseObject({
    id: z.string().min(1).max(eventIdCharsMax),
    type: z.string().min(1).max(eventTypeCharsMax),
    time: z.string().refine((text) => parseInstant(text) !== null, "must be an RFC 3339 time"),
    account: z
      .looseObject({
        id: OtherId.refine(isCustomer, "is reserved").nullish(),
        domain: OtherId.nullish(),
        externalIds: z
          .record(z.string(), ExternalId)
          .refine(
            (ids) => Object.keys(ids).every((system) => isIdentityKeyKind(`external:${system.toLowerCase()}`)),
            "names a system badly",
          )
          .refine((ids) => Object.keys(ids).length <= keysPerEventMax, "has too many systems")
          .nullish(),
      })
      .nullish(),
    user: z.looseObject({ id: OtherId, email: OtherId.nullish(), name: z.string().nullish() }).nullish(),
    data: z.record(z.string(), z.unknown()).nullish(),
  })
  .refine(
    ({ account, user }) =>
      user != null || account?.id != null || account?.domain != null || Object.keys(account?.externalIds ?? {}).length > 0,
    {
      message: "must have a way to find the account or the user",
      path: ["account"],
    },
  )
  .superRefine(({ type, data }, context) => {
    const schema = eventTypeOf(type)?.dataSchema;
    if (schema === undefined || data == null) return;
    const result = schema.safeParse(data);
    if (!result.success) context.addIssue({ code: "custom", path: ["data"], message: result.error.message });
  });
