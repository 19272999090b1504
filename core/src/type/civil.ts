/**
 * Days and timestamps to the parts of the proleptic Gregorian calendar and back. All arithmetic is exact for years -9999
 * to 99999, needs no `Date`, and writes its answer into an object that the caller keeps, so that loops allocate nothing.
 */

/** Millis of a day. */
export const dayMillis = 86_400_000

/** A date by its parts: `month` 1…12, `day` 1…31. Owned and reused by the caller. */
export interface CivilDate {
  year: number
  month: number
  day: number
}

/** A fresh {@link CivilDate} to write into. */
export function makeCivilDate(): CivilDate {
  return { year: 1970, month: 1, day: 1 }
}

/** Days since 1970-01-01 of a date whose parts are in range. Never fails. */
export function daysOfCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = ((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 | 0) + day - 1
  const dayOfEra = yearOfEra * 365 + (yearOfEra >> 2) - (yearOfEra / 100 | 0) + dayOfYear
  return era * 146097 + dayOfEra - 719468
}

/** Write the date that lies `days` after 1970-01-01 into `out`. */
export function civilOfDays(days: number, out: CivilDate): void {
  const shifted = days + 719468
  const era = Math.floor(shifted / 146097)
  const dayOfEra = shifted - era * 146097
  const yearOfEra =
    (dayOfEra - (dayOfEra / 1460 | 0) + (dayOfEra / 36524 | 0) - (dayOfEra / 146096 | 0)) / 365 | 0
  const dayOfYear = dayOfEra - (365 * yearOfEra + (yearOfEra >> 2) - (yearOfEra / 100 | 0))
  const monthFromMarch = (5 * dayOfYear + 2) / 153 | 0
  out.day = dayOfYear - ((153 * monthFromMarch + 2) / 5 | 0) + 1
  out.month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  out.year = yearOfEra + era * 400 + (out.month <= 2 ? 1 : 0)
}

/** Whether a year has a 29th of February. */
export function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

/** Days of a month, 28…31. `month` is 1…12. */
export function daysOfMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** The day since 1970-01-01 in which an epoch milli lies; floors for times before 1970. */
export function daysOfMillis(millis: number): number {
  return Math.floor(millis / dayMillis)
}

/** The milli of the day, 0…86,399,999, also for times before 1970. */
export function millisOfDay(millis: number): number {
  return millis - Math.floor(millis / dayMillis) * dayMillis
}
