/**
 * Reads an RFC 3339 date-time, strictly: `2026-11-25T09:00:00Z`, with any number of fraction digits (cut to ms) and any offset.
 *
 * `Date.parse` alone takes much more (`Nov 25`, local times) and rolls 31 February over; both would file an event on the wrong day.
 * A leap second (`:60`) is the first instant of the next minute.
 *
 * @param from where it stands in a longer text, without its being cut out
 * @returns epoch ms, or null when the text is anything else
 */
export function parseInstant(text: string, from = 0, to: number = text.length): number | null {
  if (to - from < 20 || to - from > 64) return null;
  const year = digits(text, from, 4);
  const month = digits(text, from + 5, 2);
  const day = digits(text, from + 8, 2);
  const hour = digits(text, from + 11, 2);
  const minute = digits(text, from + 14, 2);
  const second = digits(text, from + 17, 2);
  // A digit that is none reads as NaN, and every comparison below is then false.
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1 && hour <= 23 && minute <= 59 && second <= 60)) return null;
  if (text.charCodeAt(from + 4) !== HYPHEN || text.charCodeAt(from + 7) !== HYPHEN) return null;
  if (text.charCodeAt(from + 13) !== COLON || text.charCodeAt(from + 16) !== COLON) return null;
  const separator = text.charCodeAt(from + 10);
  if (separator !== UPPER_T && separator !== LOWER_T) return null;
  if (day > daysIn(year, month)) return null;
  let position = from + 19;
  let ms = 0;
  if (text.charCodeAt(position) === DOT) {
    const fraction = ++position;
    let scale = 100;
    for (; position < to; position++) {
      const digit = text.charCodeAt(position) - ZERO;
      if (digit < 0 || digit > 9) break;
      ms += digit * scale;
      scale = scale > 1 ? scale / 10 : 0;
    }
    if (position === fraction) return null;
  }
  const offsetMinutes = offset(text, position, to);
  if (Number.isNaN(offsetMinutes)) return null;
  return daysSinceEpoch(year, month, day) * 86_400_000 + hour * 3_600_000 + (minute - offsetMinutes) * 60_000 + second * 1_000 + ms;
}

const HYPHEN = 45;
const PLUS = 43;
const DOT = 46;
const ZERO = 48;
const COLON = 58;
const UPPER_T = 84;
const LOWER_T = 116;
const UPPER_Z = 90;
const LOWER_Z = 122;

function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let i = from; i < from + count; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** Minutes east of UTC of the offset that ends at `to`; NaN when there is no offset or more after it. */
function offset(text: string, position: number, to: number): number {
  if (position >= to) return Number.NaN;
  const sign = text.charCodeAt(position);
  if (sign === UPPER_Z || sign === LOWER_Z) return position + 1 === to ? 0 : Number.NaN;
  if ((sign !== PLUS && sign !== HYPHEN) || position + 6 !== to || text.charCodeAt(position + 3) !== COLON) return Number.NaN;
  const hours = digits(text, position + 1, 2);
  const minutes = digits(text, position + 4, 2);
  if (!(hours <= 23 && minutes <= 59)) return Number.NaN;
  return (sign === PLUS ? 1 : -1) * (hours * 60 + minutes);
}

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const daysIn = (year: number, month: number): number => (month === 2 && isLeap(year) ? 29 : (MONTH_DAYS[month - 1] as number));

/** Howard Hinnant's days_from_civil. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
}
