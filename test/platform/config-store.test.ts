import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { emptyConfiguration } from "../../src/domain/config/active.ts";
import type { ConfigDocument } from "../../src/domain/config/document.ts";
import { standardScorecard } from "../../src/domain/config/standard.ts";
import type { Env } from "../../src/env.ts";
import { configStore } from "../../src/platform/d1/config-store.ts";

const store = configStore((env as unknown as Env).DB);
const by = { author: "tok_1", at: 1 };
const draftOf = (key: string): ConfigDocument => ({
  kind: "scorecards",
  key,
  version: 1,
  status: "draft",
  revision: 1,
  document: { ...standardScorecard, title: key },
  author: "tok_1",
  at: 1,
  note: null,
});
const put = (version: number, draft: ConfigDocument, status: ConfigDocument["status"], revision = 1) =>
  store.putConfiguration({ ...emptyConfiguration, version }, by, { draft: { document: { ...draft, status }, revision } });

it("changes nothing when the number was taken, or the draft changed, since they were read, whatever others have put meanwhile", async () => {
  const mine = draftOf("mine");
  const others = draftOf("others");
  for (const draft of [mine, others]) expect(await store.saveDraft(draft, 0)).toBe(true);
  const statusOf = async (key: string) => (await store.configDocument("scorecards", key, 1))?.status;

  expect(await put(1, others, "published")).toBe(true);
  // The number is another's: a late stop of a shadow must not turn what was published back into a draft.
  expect(await put(1, others, "draft")).toBe(false);
  expect(await put(1, mine, "published")).toBe(false);
  expect([await statusOf("others"), await statusOf("mine")]).toEqual(["published", "draft"]);

  expect(await put(2, others, "draft")).toBe(false);
  expect(await put(2, mine, "published", 7)).toBe(false);
  expect([await statusOf("others"), await statusOf("mine"), (await store.configuration())?.version]).toEqual(["published", "draft", 1]);
  expect(await put(2, mine, "published")).toBe(true);
});
