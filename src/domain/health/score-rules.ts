/**
 * Raised whenever this code gives the same facts and the same scorecard another score at some instant: lines of daily scores that were made by
 * other rules are then made anew, each when its account is next computed, at midnight at the latest.
 */
export const scoreRules = 5;
