import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { emptyConfiguration } from "../../src/domain/config/active.ts";
import type { ConfigDocument } from "../../src/domain/config/document.ts";
import { standardScorecard } from "../../src/domain/config/standard.ts";
import type { Env } from "../../src/env.ts";
import { readModelStore } from "../../src/platform/d1/read-model-store.ts";
import { changeOf } from "../support/api-changes.ts";
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

it("reports a draft in shadow by kind, key and run, also from rows in which older code has written the one of a scorecard", async () => {
  const reading = { score: 40, band: "at_risk" as const, publishedScore: 80, publishedBand: "healthy" as const };
  const near = { ...reading, score: 79, band: "watch" as const };
  await readModelStore((env as unknown as Env).DB).keepAccounts([
    changeOf("old", { shadow: { key: "standard", since: 4, ...reading } }),
    changeOf("new", { shadows: [{ kind: "scorecards", key: "standard", since: 4, ...near }, { kind: "segments", key: "segments", since: 6, ...reading }] }), // prettier-ignore
    changeOf("earlier", { shadows: [{ kind: "scorecards", key: "standard", since: 3, ...reading }] }),
    changeOf("none", {}),
  ]);
  await (env as unknown as Env).DB.prepare(
    "UPDATE accounts SET shadow_json = json_extract(shadow_json, '$[0]') WHERE account_id = 'old'",
  ).run();
  const ofScorecard = await store.shadowReport({ kind: "scorecards", key: "standard", since: 4 });
  expect(ofScorecard).toMatchObject({
    accounts: 2,
    bands: [{ from: "healthy", to: "at_risk", accounts: 1 }, { from: "healthy", to: "watch", accounts: 1 }],
    movers: [{ accountId: "old", ...reading }, { accountId: "new", ...near }],
  }); // prettier-ignore
  expect(await store.shadowReport({ kind: "segments", key: "segments", since: 6 })).toMatchObject({
    accounts: 1,
    movers: [{ accountId: "new" }],
  });
  expect(await store.shadowReport({ kind: "measures", key: "segments", since: 6 })).toEqual({ accounts: 0, bands: [], movers: [] });
});

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

it("dates a configuration by when it is put, unless its rules are in force since longer", async () => {
  const { version = 0 } = (await store.configuration()) ?? {};
  await store.putConfiguration({ ...emptyConfiguration, version: version + 1, before: [] }, { ...by, at: 500 }, {});
  expect(await store.configuration()).toMatchObject({ version: version + 1, at: 500 });
  await store.putConfiguration({ ...emptyConfiguration, version: version + 2, at: 500, before: [] }, { ...by, at: 600 }, {});
  expect(await store.configuration()).toMatchObject({ version: version + 2, at: 500 });
});

it("tells of a configuration that older code has stored which of the ones before it a job had published, and finds those it had forgotten", async () => {
  const { version = 0 } = (await store.configuration()) ?? {};
  const { DB } = env as unknown as Env;
  const insert = (number: number, author: string, at: number, more: object = {}) =>
    DB.prepare("INSERT INTO configurations (version, document_json, author, at) VALUES (?, ?, ?, ?)")
      .bind(number, JSON.stringify({ ...emptyConfiguration, version: number, at, ...more }), author, at)
      .run();
  await insert(version + 1, "tok_1", 1_000);
  await insert(version + 2, "daily job", 2_000);
  // Other rates: the rules of the one before.
  await insert(version + 3, "tok_1", 3_000, { at: 2_000 });
  await insert(version + 4, "monthly job", 4_000);
  await insert(version + 5, "daily job", 5_000, { before: [{ version: version + 4, at: 4_000 }] });
  const read = await store.configuration();
  expect(read).toMatchObject({ version: version + 5, at: 5_000, learned: true });
  expect(read?.before?.slice(0, 3)).toEqual([
    { version: version + 4, at: 4_000, learned: true },
    { version: version + 2, at: 2_000, learned: true },
    { version: version + 1, at: 1_000, learned: false },
  ]);
  await store.putConfiguration({ ...(read as NonNullable<typeof read>), version: version + 6, learned: false, at: 6_000 }, by, {});
  expect((await store.configuration())?.before).toEqual(read?.before);
});
