/** Times written by a pattern of Java's letters: `yyyy-MM-dd HH:mm:ss.SSS`, in English. */
import { civilOfDays, dayMillis, daysOfCivil, makeCivilDate } from "../../type/civil.ts"
import { floorModulo } from "./instant.ts"

/** A run of one letter, or the text between. */
export type Piece = { readonly letter: string; readonly width: number } | { readonly text: string }

/** A pattern as runs of one letter and the text between. */
export function readPattern(pattern: string): ReadonlyArray<Piece> {
  const pieces: Array<Piece> = []
  const form = /'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+/g
  for (const match of pattern.matchAll(form)) {
    if (match[2] !== undefined) pieces.push({ letter: match[2], width: match[0].length })
    else if (match[1] !== undefined) {
      pieces.push({ text: match[1] === "" ? "'" : match[1].replaceAll("''", "'") })
    } else pieces.push({ text: match[0] })
  }
  return pieces
}

/** Names of the months. */
export const months: ReadonlyArray<string> = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December"
]
const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

/** A wall clock: millis as if it were UTC, and the zone's offset at that time. */
export interface Clock {
  readonly millis: number
  readonly nanos: number
  readonly offsetMillis: number
}

function offsetText(millis: number, colon: boolean): string {
  const minutes = Math.abs(Math.trunc(millis / 60_000))
  const two = (n: number) => String(n).padStart(2, "0")
  return `${millis < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}${colon ? ":" : ""}${
    two(minutes % 60)
  }`
}

/** The week of a day as American calendars count it: from Sunday on, the first being the one with January 1. */
function weekOf(day: number): { readonly week: number; readonly year: number } {
  const saturday = day - floorModulo(day + 4, 7) + 6
  const date = makeCivilDate()
  civilOfDays(saturday, date)
  return { week: Math.floor((saturday - daysOfCivil(date.year, 1, 1)) / 7) + 1, year: date.year }
}

function writeLetter(letter: string, width: number, clock: Clock): string {
  const day = Math.floor(clock.millis / dayMillis)
  const rest = clock.millis - day * dayMillis
  const date = makeCivilDate()
  civilOfDays(day, date)
  const padded = (n: number) => String(n).padStart(width, "0")
  const hour = Math.floor(rest / 3_600_000)
  switch (letter) {
    case "y":
    case "u":
      return width === 2 ? String(floorModulo(date.year, 100)).padStart(2, "0") : padded(date.year)
    case "M":
    case "L":
      return width >= 4
        ? months[date.month - 1]!
        : width === 3
        ? months[date.month - 1]!.slice(0, 3)
        : padded(date.month)
    case "d":
      return padded(date.day)
    case "D":
      return padded(day - daysOfCivil(date.year, 1, 1) + 1)
    case "E":
      return width >= 4
        ? days[floorModulo(day + 4, 7)]!
        : days[floorModulo(day + 4, 7)]!.slice(0, 3)
    case "H":
      return padded(hour)
    case "h":
      return padded(hour % 12 === 0 ? 12 : hour % 12)
    case "K":
      return padded(hour % 12)
    case "k":
      return padded(hour === 0 ? 24 : hour)
    case "a":
      return hour < 12 ? "AM" : "PM"
    case "m":
      return padded(Math.floor(rest / 60_000) % 60)
    case "s":
      return padded(Math.floor(rest / 1000) % 60)
    case "S":
      return String((rest % 1000) * 1_000_000 + clock.nanos).padStart(9, "0").slice(0, width)
        .padEnd(width, "0")
    case "n":
      return padded((rest % 1000) * 1_000_000 + clock.nanos)
    case "G":
      return width === 4
        ? date.year > 0 ? "Anno Domini" : "Before Christ"
        : date.year > 0
        ? "AD"
        : "BC"
    case "Q":
    case "q": {
      const quarter = Math.floor((date.month + 2) / 3)
      if (width === 4) return `${quarter}${["st", "nd", "rd", "th"][quarter - 1]} quarter`
      return width === 3 ? `Q${quarter}` : padded(quarter)
    }
    case "e":
    case "c":
      return width < 3 ? padded(floorModulo(day + 4, 7) + 1) : writeLetter("E", width, clock)
    case "w":
      return padded(weekOf(day).week)
    case "Y":
      return width === 2
        ? String(floorModulo(weekOf(day).year, 100)).padStart(2, "0")
        : padded(weekOf(day).year)
    case "Z":
      return offsetText(clock.offsetMillis, false)
    case "X":
    case "x":
      return letter === "X" && clock.offsetMillis === 0
        ? "Z"
        : offsetText(clock.offsetMillis, width >= 3)
    default:
      return letter.repeat(width)
  }
}

/** A time by a pattern. */
export function writeClock(pieces: ReadonlyArray<Piece>, clock: Clock): string {
  let text = ""
  for (const piece of pieces) {
    text += "text" in piece ? piece.text : writeLetter(piece.letter, piece.width, clock)
  }
  return text
}
