import type { Measure } from "../measure.ts";
import { arrMovement } from "./arr-movement.ts";
import { breadth } from "./breadth.ts";
import { commitmentUse } from "./commitment-use.ts";
import { csat } from "./csat.ts";
import { depth } from "./depth.ts";
import { marketSignalsMeasure } from "./market-signals.ts";
import { meetingAttendance } from "./meeting-attendance.ts";
import { nps } from "./nps.ts";
import { paymentStanding } from "./payment-standing.ts";
import { peopleInTouch } from "./people-in-touch.ts";
import { recency } from "./recency.ts";
import { renewalStep } from "./renewal-step.ts";
import { reopenRate } from "./reopen-rate.ts";
import { replyShare } from "./reply-share.ts";
import { resolutionTime } from "./resolution-time.ts";
import { seatUse } from "./seat-use.ts";
import { stickiness } from "./stickiness.ts";
import { successPlan } from "./success-plan.ts";
import { ticketEscalations } from "./ticket-escalations.ts";
import { ticketSeverity } from "./ticket-severity.ts";
import { ticketVolume } from "./ticket-volume.ts";
import { timeToValue } from "./time-to-value.ts";
import { trend } from "./trend.ts";
import { twoWayContact } from "./two-way-contact.ts";
import { weightedBacklog } from "./weighted-backlog.ts";

const usage = [seatUse, stickiness, breadth, depth, trend, recency];
const support = [weightedBacklog, ticketVolume, resolutionTime, reopenRate, csat, ticketSeverity, ticketEscalations];
const relationship = [twoWayContact, peopleInTouch, replyShare, meetingAttendance];
const outcomes = [nps, successPlan];
const commercial = [paymentStanding, arrMovement, commitmentUse, renewalStep];
const lifecycle = [timeToValue];
const market = [marketSignalsMeasure];

/** Every measure a scorecard may name. A new one is a file and a line here. */
export const measures: ReadonlyMap<string, Measure> = new Map(
  [...usage, ...support, ...relationship, ...outcomes, ...commercial, ...lifecycle, ...market].map((measure) => [measure.key, measure]),
);
