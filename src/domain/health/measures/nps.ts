import { z } from "zod";
import { halfLifeDaysMin } from "../../limits.ts";
import { hasRole, wordsOf } from "../contacts.ts";
import { missing, successMeasure, wholeDays } from "../measure.ts";
import type { Answer } from "../success-facts.ts";

/**
 * Net promoter score of the latest answer of each person: 100 · Σ w·(promoter − detractor) ÷ Σ w, promoters gave 9 or 10, detractors 0 to 6.
 * An answer weighs half as much after each `halfLifeDays` (whole UTC days), that of an executive `executiveWeight` times.
 *
 * The note gives the 95 % interval: the variance of one answer is p + d − (p − d)², of n answers with these weights that ÷ n, where
 * n = (Σ w)² ÷ Σ w² (cybaea.net, NPS confidence intervals; Kish's effective sample size).
 */
export const nps = successMeasure({
  key: "nps",
  unit: "NPS",
  events: ["survey.answered", "user.identified"],
  attributes: ["sponsor", "champion"],
  settings: z.strictObject({
    windowDays: z.number().int().positive().max(800),
    halfLifeDays: z.number().min(halfLifeDaysMin),
    executiveWeight: z.number().positive().max(10),
    executiveRoles: z.array(z.string().min(1).max(64)).max(50),
  }),
  window: wholeDays,
  measure: ({ at, clock, success }, settings) => {
    const answers = success.answers("nps", clock).filter(({ ageDays }) => ageDays < settings.windowDays);
    if (answers.length === 0) return missing(`Nobody answered an NPS survey in ${settings.windowDays} days.`);
    const youngest = Math.min(...answers.map(({ ageDays }) => ageDays));
    let weights = 0;
    let squares = 0;
    let promoters = 0;
    let detractors = 0;
    for (const answer of answers) {
      const isExecutive = isFrom(answer, settings.executiveRoles, at);
      // Only what answers weigh against each other counts: reckoned from the youngest, the weights of old ones do not vanish.
      const weight = 2 ** (-(answer.ageDays - youngest) / settings.halfLifeDays) * (isExecutive ? settings.executiveWeight : 1);
      weights += weight;
      squares += weight * weight;
      if (answer.score >= 9) promoters += weight;
      else if (answer.score <= 6) detractors += weight;
    }
    const net = (promoters - detractors) / weights;
    const variance = (promoters + detractors) / weights - net * net;
    const margin = 100 * 1.96 * Math.sqrt((Math.max(0, variance) * squares) / (weights * weights));
    return {
      value: 100 * net,
      asOf: Math.max(...answers.map((answer) => answer.at)),
      note: `${answers.length} ${answers.length === 1 ? "person" : "people"}, ± ${Math.round(margin)}.`,
    };
  },
});

/** By the role the answer tells, else by what is known of the person. */
function isFrom({ role, contact }: Answer, roles: readonly string[], at: number): boolean {
  if (role !== null) return wordsOf(role).some((word) => roles.includes(word));
  return contact !== undefined && hasRole(contact, roles, at);
}
