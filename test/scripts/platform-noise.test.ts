import { expect, test } from "vitest";
import { isPlatformNoise } from "../../scripts/runtime/platform-noise.ts";

test.each([
  ["workerd/api/global-scope.c++:412: error: NOSENTRY SQLite alarm handler canceled; requestId = 0", true],
  ["NOSENTRY SQLite alarm handler canceled", true],
  ["workerd/io/worker.c++:100: error: NOSENTRY something that we have not seen", false],
  ['{"what":"intake.alarm_not_set","error":"Error: alarm handler canceled"}', false],
])("%s: noise %s", (line, noise) => {
  expect(isPlatformNoise(line)).toBe(noise);
});
