import { expect, it } from "vitest";
import { identityKey } from "../../src/domain/identity/key.ts";
import { ConnectionIdSchema } from "../../src/domain/ids.ts";
import { canaryAccountId, canaryConnectionId, canaryFigures, isPretending } from "../../src/domain/canary.ts";

it("tells the exact quantiles of what came through, and nothing where nothing did", () => {
  expect(canaryFigures([])).toBeNull();
  const hundred = Array.from({ length: 100 }, (_, i) => ({ receivedAt: 1_000 - i, visibleMs: 10 * (i + 1) }));
  expect(canaryFigures(hundred)).toEqual({ seen: 100, lastReceivedAt: 1_000, p50Ms: 500, p95Ms: 950, p99Ms: 990, sumMs: 50_500 });
  expect(canaryFigures([{ receivedAt: 5, visibleMs: 7 }])).toMatchObject({ p50Ms: 7, p95Ms: 7, p99Ms: 7 });
});

it("takes nobody else's event for one of its own, whatever a vendor's field says", () => {
  const of = (connectionId: string, accountId: string) =>
    isPretending({
      connectionId: ConnectionIdSchema.parse(connectionId),
      keys: [identityKey("account", accountId), identityKey("user", "u")],
    });
  expect([of("con_mixpanel", canaryAccountId), of(canaryConnectionId, canaryAccountId), of("con_mixpanel", "acme")]).toEqual([
    true,
    false,
    false,
  ]);
});
