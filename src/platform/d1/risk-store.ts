import { desc, eq, max } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { RiskReports } from "../../api/ports.ts";
import { type RiskModel, RiskModelSchema } from "../../domain/risk/model.ts";
import { type RiskReport, RiskReportSchema } from "../../domain/risk/report.ts";
import type { RiskResults } from "../../reports/ports.ts";
import { riskReports } from "./schema.ts";

/** Back-tests by month, for the job that makes them. */
export function riskResults(db: D1Database): RiskResults {
  const orm = drizzle(db);
  return {
    async keep(report, model, at) {
      const row = {
        period: report.period,
        documentJson: JSON.stringify(report),
        modelJson: model === null ? null : JSON.stringify(model),
        at,
      };
      await orm.insert(riskReports).values(row).onConflictDoUpdate({ target: riskReports.period, set: row });
    },
    async read(period) {
      const [rows, newest] = await orm.batch([
        orm.select().from(riskReports).where(eq(riskReports.period, period)),
        orm.select({ period: max(riskReports.period) }).from(riskReports),
      ]);
      const row = rows[0];
      return row === undefined ? null : { report: toReport(row), model: toModel(row), newest: newest[0]?.period ?? period };
    },
    async forget(kept) {
      const gone = await db.prepare(forgetSql).bind(kept).run();
      return gone.meta.changes;
    },
  };
}

/** The same for those who read them. */
export function riskReportLists(db: D1Database): RiskReports {
  const orm = drizzle(db);
  return {
    async riskReport(period) {
      const [rows, periods] = await orm.batch([
        orm
          .select()
          .from(riskReports)
          .where(period === null ? undefined : eq(riskReports.period, period))
          .orderBy(desc(riskReports.period))
          .limit(1),
        orm.select({ period: riskReports.period }).from(riskReports).orderBy(desc(riskReports.period)),
      ]);
      return { report: rows[0] === undefined ? null : toReport(rows[0]), periods: periods.map((one) => one.period) };
    },
  };
}

const forgetSql = "DELETE FROM risk_reports WHERE period NOT IN (SELECT period FROM risk_reports ORDER BY period DESC LIMIT ?1)";

type Row = typeof riskReports.$inferSelect;
const toReport = ({ documentJson }: Row): RiskReport => RiskReportSchema.parse(JSON.parse(documentJson));
const toModel = ({ modelJson }: Row): RiskModel | null => (modelJson === null ? null : RiskModelSchema.parse(JSON.parse(modelJson)));
