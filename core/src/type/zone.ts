/**
 * Offsets of time zones, exact to the second at every change. A {@link TimeZone} is a value that its owner keeps: it holds the
 * runtime's formatter and what was already looked up, day by day, so that a run of near times costs one comparison each.
 */
import { dayMillis, daysOfCivil } from "./civil.ts"

interface Day {
  /** Offset at the start of the day. */
  readonly before: number
  /** First epoch milli of the day that has offset `after`; Infinity when it does not change. */
  readonly change: number
  readonly after: number
}

const cachedDaysMax = 4096

/** The greatest epoch milli of a JavaScript date. */
const dateMillisMax = 8.64e15

/** A zone and its cache. Make one with {@link makeTimeZone}; not for two threads. */
export class TimeZone {
  readonly id: string
  private readonly fixedMillis: number | undefined
  private readonly format: Intl.DateTimeFormat | undefined
  private readonly days: Map<number, Day> = new Map()
  private lastDay = NaN
  private last: Day = { before: 0, change: Infinity, after: 0 }

  constructor(
    id: string,
    fixedMillis: number | undefined,
    format: Intl.DateTimeFormat | undefined
  ) {
    this.id = id
    this.fixedMillis = fixedMillis
    this.format = format
  }

  /** Offset from UTC in millis at an epoch milli; positive east. Cost: a comparison for a day already seen. */
  offsetMillis(epochMillis: number): number {
    if (this.fixedMillis !== undefined) return this.fixedMillis
    const day = Math.floor(epochMillis / dayMillis)
    if (day !== this.lastDay) {
      this.last = this.days.get(day) ?? this.look(day)
      this.lastDay = day
    }
    return epochMillis < this.last.change ? this.last.before : this.last.after
  }

  private look(day: number): Day {
    const from = day * dayMillis
    const before = this.ask(from)
    const after = this.ask(from + dayMillis)
    let change = Infinity
    if (before !== after) {
      let low = from
      change = from + dayMillis
      while (change - low > 1000) {
        const middle = Math.floor((low + change) / 2000) * 1000
        if (this.ask(middle) === before) low = middle
        else change = middle
      }
    }
    const found: Day = { before, change, after }
    if (this.days.size >= cachedDaysMax) this.days.clear()
    this.days.set(day, found)
    return found
  }

  private ask(wantedMillis: number): number {
    // Beyond the range of the runtime's dates the offset is that of its ends.
    const epochMillis = Math.max(-dateMillisMax, Math.min(dateMillisMax, wantedMillis))
    let year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, common = true
    for (const part of this.format!.formatToParts(epochMillis)) {
      if (part.type === "year") year = Number(part.value)
      else if (part.type === "month") month = Number(part.value)
      else if (part.type === "day") day = Number(part.value)
      else if (part.type === "hour") hour = Number(part.value) % 24
      else if (part.type === "minute") minute = Number(part.value)
      else if (part.type === "second") second = Number(part.value)
      else if (part.type === "era") common = part.value.startsWith("A")
    }
    const days = daysOfCivil(common ? year : 1 - year, month, day)
    const local = ((days * 24 + hour) * 60 + minute) * 60_000 + second * 1000
    return local - Math.floor(epochMillis / 1000) * 1000
  }
}

/** The zone of an IANA name, or of a fixed offset such as `UTC`, `GMT-08:00` or `+05:30`. Undefined when there is none of that name. */
export function makeTimeZone(id: string): TimeZone | undefined {
  const fixed = /^(?:UTC|GMT|Z)?(?:([+-])(\d{1,2})(?::?(\d{2}))?)?$/.exec(id)
  if (fixed !== null && id !== "") {
    const minutes = Number(fixed[2] ?? 0) * 60 + Number(fixed[3] ?? 0)
    if (minutes > 18 * 60) return undefined
    return new TimeZone(
      id,
      minutes === 0 ? 0 : (fixed[1] === "-" ? -1 : 1) * minutes * 60_000,
      undefined
    )
  }
  try {
    return new TimeZone(
      id,
      undefined,
      new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", {
        timeZone: id,
        hourCycle: "h23",
        era: "short",
        year: "numeric",
        month: "numeric",
        day: "numeric",
        hour: "numeric",
        minute: "numeric",
        second: "numeric"
      })
    )
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Offset of `zone` from UTC in millis at an epoch milli. */
export function zoneOffsetMillis(zone: TimeZone, epochMillis: number): number {
  return zone.offsetMillis(epochMillis)
}

/**
 * The epoch milli at which a clock in `zone` shows `localMillis` (its reading taken as if it were UTC). A reading that
 * comes twice means the first; one that is skipped moves forward by the length of the gap.
 */
export function epochOfLocalMillis(zone: TimeZone, localMillis: number): number {
  const before = zone.offsetMillis(localMillis - dayMillis)
  const early = localMillis - before
  if (zone.offsetMillis(early) === before) return early
  const after = zone.offsetMillis(localMillis + dayMillis)
  const late = localMillis - after
  return zone.offsetMillis(late) === after ? late : early
}
