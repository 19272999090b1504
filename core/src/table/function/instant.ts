/** Calendar arithmetic on epoch millis: months, units, floors. Wall-clock times are taken as if they were UTC. */
import {
  civilOfDays,
  dayMillis,
  daysOfCivil,
  daysOfMonth,
  makeCivilDate
} from "../../type/civil.ts"
import type { Boxed, Moment } from "./definition.ts"

/** The epoch millis of a boxed timestamp of any precision. */
export function millisOf(at: Boxed): number {
  return typeof at === "number" ? at : (at as Moment).millis
}

/** The rest of a division that is never negative. */
export function floorModulo(value: number, divisor: number): number {
  return value - Math.floor(value / divisor) * divisor
}

/** The same day of the month, or its last, `months` later; the time of day stays. */
export function addMonths(millis: number, months: number): number {
  const days = Math.floor(millis / dayMillis)
  const date = makeCivilDate()
  civilOfDays(days, date)
  const month = date.year * 12 + date.month - 1 + months
  const year = Math.floor(month / 12)
  const ofYear = month - year * 12 + 1
  const day = Math.min(date.day, daysOfMonth(year, ofYear))
  return daysOfCivil(year, ofYear, day) * dayMillis + (millis - days * dayMillis)
}

/** Units by name with their millis; calendar units have none. */
export const unitMillis: Readonly<Record<string, number>> = {
  MILLISECOND: 1,
  SECOND: 1000,
  MINUTE: 60_000,
  HOUR: 3_600_000,
  DAY: dayMillis,
  WEEK: 7 * dayMillis
}

/** Months of the calendar units. */
export const unitMonths: Readonly<Record<string, number>> = {
  MONTH: 1,
  QUARTER: 3,
  YEAR: 12,
  DECADE: 120,
  CENTURY: 1200,
  MILLENNIUM: 12000
}

/** A unit's one name: `SQL_TSI_HOUR`, `HOURS`, `HOUR` are `HOUR`. */
export function unitOf(name: string): string {
  const upper = name.toUpperCase().replace(/^SQL_TSI_/, "")
  if (upper === "FRAC_SECOND" || upper === "MILLISECONDS") return "MILLISECOND"
  return upper.length > 3 && upper.endsWith("S") ? upper.slice(0, -1) : upper
}

/** The ISO week, 1…53, of a day. */
function weekOf(days: number): number {
  // The Thursday of the same week decides to which year the week belongs.
  const thursday = days - floorModulo(days + 3, 7) + 3
  const date = makeCivilDate()
  civilOfDays(thursday, date)
  return Math.floor((thursday - daysOfCivil(date.year, 1, 1)) / 7) + 1
}

/** The year to which the ISO week of a day belongs. */
function weekYearOf(days: number): number {
  const date = makeCivilDate()
  civilOfDays(days - floorModulo(days + 3, 7) + 3, date)
  return date.year
}

function datePart(unit: string, days: number): number | undefined {
  const date = makeCivilDate()
  civilOfDays(days, date)
  switch (unit) {
    case "YEAR":
      return date.year
    case "QUARTER":
      return Math.floor((date.month + 2) / 3)
    case "MONTH":
      return date.month
    case "WEEK":
      return weekOf(days)
    case "ISOYEAR":
      return weekYearOf(days)
    case "DAY":
    case "DAYOFMONTH":
      return date.day
    case "DOY":
    case "DAYOFYEAR":
      return days - daysOfCivil(date.year, 1, 1) + 1
    case "DOW":
    case "DAYOFWEEK":
      return floorModulo(days + 4, 7) + 1
    case "ISODOW":
      return floorModulo(days + 3, 7) + 1
    case "DECADE":
      return Math.floor(date.year / 10)
    case "CENTURY":
      return date.year > 0
        ? Math.floor((date.year + 99) / 100)
        : -Math.floor((99 - date.year) / 100)
    case "MILLENNIUM":
      return date.year > 0
        ? Math.floor((date.year + 999) / 1000)
        : -Math.floor((999 - date.year) / 1000)
    default:
      return undefined
  }
}

/**
 * A part of a wall-clock time: YEAR, DOW (1 = Sunday), MILLISECOND, EPOCH … Undefined for a unit that is none. Times before 1970 are
 * divided toward zero, as Flink does: 23:00 on the last day of 1969 is hour -1 of the first day of 1970.
 */
export function partOf(unit: string, millis: number, nanos: number): number | undefined {
  const days = Math.trunc(millis / dayMillis) + 0
  const rest = millis - days * dayMillis
  switch (unit) {
    case "EPOCH":
      return Math.trunc(millis / 1000) + 0
    case "HOUR":
      return Math.trunc(rest / 3_600_000) + 0
    case "MINUTE":
      return Math.trunc(rest / 60_000) % 60 + 0
    case "SECOND":
      return Math.trunc(rest / 1000) % 60 + 0
    case "MILLISECOND":
      return rest % 1000 + 0
    case "MICROSECOND":
      return (rest % 1000) * 1000 + Math.floor(nanos / 1000)
    case "NANOSECOND":
      return (rest % 1000) * 1_000_000 + nanos
    default:
      return datePart(unit, days)
  }
}

/** The day of a time; before 1970 rounded toward zero, as Flink does for units from WEEK up. */
function dayOf(millis: number): number {
  return Math.trunc(millis / dayMillis) + 0
}

/** The greatest time of the unit that is not after `millis`. Weeks begin on Sunday, as in Flink. */
export function floorTo(unit: string, millis: number): number {
  const size = unitMillis[unit]
  if (unit === "WEEK") {
    const days = dayOf(millis)
    return (days - floorModulo(days + 4, 7)) * dayMillis
  }
  if (size !== undefined) return Math.floor(millis / size) * size + 0
  const months = unitMonths[unit]!
  const date = makeCivilDate()
  civilOfDays(dayOf(millis), date)
  // Centuries and millennia begin with the year 1 of each.
  const from = months >= 1200 ? 12 : 0
  const month = date.year * 12 + date.month - 1 - from
  const floor = Math.floor(month / months) * months + from
  return daysOfCivil(Math.floor(floor / 12), floorModulo(floor, 12) + 1, 1) * dayMillis
}

/**
 * The least time of the unit that is not before `millis`. As in Flink units from WEEK up look at the day only, and a decade is
 * always the next one.
 */
export function ceilTo(unit: string, millis: number): number {
  const floor = floorTo(unit, millis)
  const size = unitMillis[unit]
  const byDay = size === undefined || unit === "WEEK"
  if (floor === (byDay ? dayOf(millis) * dayMillis : millis) && unit !== "DECADE") return floor
  return size !== undefined ? floor + size + 0 : addMonths(floor, unitMonths[unit]!)
}

/** Whole units from `from` to `to`, truncated toward zero. */
export function unitsBetween(unit: string, from: number, to: number): number {
  const size = unitMillis[unit]
  // Flink counts weeks in seconds of 32 bits.
  if (unit === "WEEK") return Math.trunc((Math.trunc((to - from) / 1000) | 0) / 604_800) + 0
  if (size !== undefined) return Math.trunc((to - from) / size) + 0
  return Math.trunc(monthsBetween(from, to) / unitMonths[unit]!) + 0
}

function monthsBetween(from: number, to: number): number {
  const a = makeCivilDate()
  const b = makeCivilDate()
  civilOfDays(Math.floor(from / dayMillis), a)
  civilOfDays(Math.floor(to / dayMillis), b)
  const months = (b.year - a.year) * 12 + b.month - a.month
  // A month counts only when the day and time of day are reached again.
  const reached = addMonths(from, months)
  if (months > 0 && reached > to) return months - 1
  return months < 0 && reached < to ? months + 1 : months
}
