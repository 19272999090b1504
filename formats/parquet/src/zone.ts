/**
 * Wall-clock time of a time zone: instants to local millis and back. The offset is asked of `Intl` once per quarter of an hour
 * of the data (no zone changes its offset within one) and remembered for the quarter last seen.
 */

const quarterMillis = 900000
const remembered = 4096

/** Conversions of one zone; an object of one reader or writer, never shared. */
export interface Zone {
  /** Epoch millis → wall-clock millis. */
  toWall(instantMillis: number): number
  /** Wall-clock millis → epoch millis; in a gap as if it had not been, in an overlap the earlier. */
  toInstant(wallMillis: number): number
}

/** The zone of an IANA name; undefined for UTC, which needs no conversion. */
export function makeZone(name: string): Zone | undefined {
  if (["UTC", "Etc/UTC", "GMT", "Z", "Etc/GMT", "UCT", "Zulu"].includes(name)) return undefined
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: name,
    hourCycle: "h23",
    era: "short",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric"
  })
  const offsets = new Map<number, number>()
  let lastQuarter = NaN
  let lastOffset = 0
  const offsetAt = (instantMillis: number): number => {
    const quarter = Math.floor(instantMillis / quarterMillis)
    if (quarter === lastQuarter) return lastOffset
    let offset = offsets.get(quarter)
    if (offset === undefined) {
      offset = askOffset(format, quarter * quarterMillis)
      if (offsets.size >= remembered) offsets.clear()
      offsets.set(quarter, offset)
    }
    lastQuarter = quarter
    lastOffset = offset
    return offset
  }
  return {
    toWall: (instantMillis) => instantMillis + offsetAt(instantMillis),
    toInstant: (wallMillis) => {
      const before = offsetAt(wallMillis - 86400000)
      const first = wallMillis - before
      const offset = offsetAt(first)
      if (offset === before) return first
      const second = wallMillis - offset
      return offsetAt(second) === offset ? second : first
    }
  }
}

function askOffset(format: Intl.DateTimeFormat, instantMillis: number): number {
  const field: Record<string, string> = {}
  for (const part of format.formatToParts(instantMillis)) field[part.type] = part.value
  const year = field["era"] === "BC" ? 1 - Number(field["year"]) : Number(field["year"])
  const wall = new Date(0)
  wall.setUTCFullYear(year, Number(field["month"]) - 1, Number(field["day"]))
  wall.setUTCHours(Number(field["hour"]), Number(field["minute"]), Number(field["second"]))
  return wall.getTime() - instantMillis
}
