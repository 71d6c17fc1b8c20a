/** What kind of customer an account is; its figures tell it without this word. */
export type Story = "growing" | "steady" | "silent" | "angry" | "churning";

/** How many of the 200 accounts live each story. */
export const storyShares: readonly { readonly story: Story; readonly accounts: number }[] = [
  { story: "growing", accounts: 45 },
  { story: "steady", accounts: 80 },
  { story: "silent", accounts: 25 },
  { story: "angry", accounts: 25 },
  { story: "churning", accounts: 25 },
];

/** How a customer behaves on one day. */
export type Behaviour = {
  /** Part of the seats that use the product at all in these weeks. */
  readonly engagedRatio: number;
  /** Chance that an engaged person is active on a working day. */
  readonly dailyRatio: number;
  /** How many of the core features are in use. */
  readonly coreFeatures: number;
  readonly ticketsPerWeek: number;
  readonly solveHours: number;
  readonly reopenRatio: number;
  readonly badRatingRatio: number;
  readonly urgentRatio: number;
  /** Tickets that nobody solves. */
  readonly unsolvedRatio: number;
};

const calm = { ticketsPerWeek: 0.75, solveHours: 9, reopenRatio: 0.04, badRatingRatio: 0.06, urgentRatio: 0.04, unsolvedRatio: 0 };

/**
 * @param daysAgo days before the simulation began; 0 and less is the present, which goes on as it is
 * @param turnDaysAgo when this customer's story took its turn
 */
export function behaviourOn(story: Story, daysAgo: number, turnDaysAgo: number): Behaviour {
  const since = Math.max(0, turnDaysAgo - Math.max(0, daysAgo));
  const ramp = (days: number): number => Math.min(1, since / days);
  const steady = { engagedRatio: 0.62, dailyRatio: 0.45, coreFeatures: 4, ...calm };
  switch (story) {
    case "steady":
      return steady;
    case "growing":
      return {
        ...steady,
        engagedRatio: 0.4 + 0.48 * ramp(60),
        dailyRatio: 0.4 + 0.12 * ramp(60),
        coreFeatures: 3 + Math.round(3 * ramp(50)),
        solveHours: 5,
        badRatingRatio: 0.02,
      };
    case "silent":
      return since === 0 ? steady : { ...steady, engagedRatio: 0.62 * Math.max(0, 1 - since / 6), ticketsPerWeek: 0, coreFeatures: 2 };
    case "angry":
      return since === 0
        ? steady
        : {
            ...steady,
            engagedRatio: 0.55,
            ticketsPerWeek: 3.4,
            solveHours: 70,
            reopenRatio: 0.35,
            badRatingRatio: 0.6,
            urgentRatio: 0.3,
            unsolvedRatio: 0.12,
          };
    case "churning":
      return {
        ...steady,
        engagedRatio: 0.62 - 0.52 * ramp(55),
        dailyRatio: 0.45 - 0.26 * ramp(55),
        coreFeatures: 4 - Math.round(3 * ramp(45)),
        ticketsPerWeek: 1.1,
        solveHours: 9 + 30 * ramp(30),
        badRatingRatio: 0.06 + 0.3 * ramp(40),
        unsolvedRatio: 0.25 * ramp(40),
      };
  }
}

/** When the turn came, in days before the simulation began: each customer has its own. */
export const turnRange: Readonly<Record<Story, readonly [number, number]>> = {
  growing: [75, 90],
  steady: [0, 1],
  silent: [14, 32],
  angry: [16, 34],
  churning: [55, 80],
};
