import { globSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { statementsOf } from "../../scripts/runtime/migrations.ts";

const files = globSync("migrations/*.sql").toSorted();

it("splits each migration into single statements, so that none is left out", () => {
  expect(files.length).toBeGreaterThan(10);
  for (const file of files)
    for (const statement of statementsOf(readFileSync(file, "utf8")))
      expect(statement.match(/;/g), `${file}: ${statement}`).toHaveLength(1);
});

it("makes of the statements what the files make as they are", () => {
  const tables = (run: (database: DatabaseSync, file: string) => void): unknown[] => {
    const database = new DatabaseSync(":memory:");
    for (const file of files) run(database, readFileSync(file, "utf8"));
    return database.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY name").all();
  };
  const split = tables((database, file) => {
    for (const statement of statementsOf(file)) database.prepare(statement).run();
  });
  expect(split).toEqual(tables((database, file) => database.exec(file)));
});
