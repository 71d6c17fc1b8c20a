import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { ParityReports } from "../../api/ports.ts";
import { ParityReportSchema } from "../../domain/parity/report.ts";
import type { ParityResults } from "../../reports/ports.ts";
import { parityReports } from "./schema.ts";

/** Reports of the nightly check, by day. */
export function parityStore(db: D1Database): ParityResults & ParityReports {
  const orm = drizzle(db);
  return {
    async keep(report, kept) {
      const row = { period: report.period, documentJson: JSON.stringify(report), at: report.at };
      await orm.insert(parityReports).values(row).onConflictDoUpdate({ target: parityReports.period, set: row });
      await db.prepare(forgetSql).bind(kept).run();
    },
    async parityReport(period) {
      const row = (await orm.select().from(parityReports).where(eq(parityReports.period, period)))[0];
      return row === undefined ? null : ParityReportSchema.parse(JSON.parse(row.documentJson));
    },
  };
}

const forgetSql = "DELETE FROM parity_reports WHERE period NOT IN (SELECT period FROM parity_reports ORDER BY period DESC LIMIT ?1)";
