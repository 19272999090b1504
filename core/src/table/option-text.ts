/** The texts of option values: durations, memory sizes, integers, booleans, as Flink reads them. Each throws {@link Wanted}. */

/** The text of an option is not what is wanted: `a duration such as '1 s'`. Caught where options are read; never leaves the table layer. */
export class Wanted extends Error {}

const units: Readonly<Record<string, number>> = {
  d: 86400000,
  day: 86400000,
  days: 86400000,
  h: 3600000,
  hour: 3600000,
  hours: 3600000,
  min: 60000,
  m: 60000,
  minute: 60000,
  minutes: 60000,
  s: 1000,
  sec: 1000,
  secs: 1000,
  second: 1000,
  seconds: 1000,
  ms: 1,
  milli: 1,
  millis: 1,
  millisecond: 1,
  milliseconds: 1,
  us: 0.001,
  "µs": 0.001,
  micro: 0.001,
  micros: 0.001,
  microsecond: 0.001,
  microseconds: 0.001,
  ns: 0.000001,
  nano: 0.000001,
  nanos: 0.000001,
  nanosecond: 0.000001,
  nanoseconds: 0.000001
}

/** `"1 s"`, `"500ms"`, `"PT1M"`, `"10"` (millis) → millis. */
export function parseDuration(text: string): number {
  const wanted = "a duration such as '1 s', '500 ms' or '5 min'"
  const trimmed = text.trim().toLowerCase()
  if (trimmed.startsWith("p")) return parseIsoDuration(trimmed, wanted)
  const match = /^(\d+)\s*([a-zµ]*)$/.exec(trimmed)
  if (match === null) throw new Wanted(wanted)
  const factor = match[2] === "" ? 1 : units[match[2]!]
  if (factor === undefined) throw new Wanted(wanted)
  return Number(match[1]) * factor
}

function parseIsoDuration(text: string, wanted: string): number {
  const match = /^p(?:(\d+)d)?(?:t(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?)?$/.exec(text)
  if (match === null || text === "p" || text.endsWith("t")) throw new Wanted(wanted)
  return Number(match[1] ?? 0) * 86400000 + Number(match[2] ?? 0) * 3600000 +
    Number(match[3] ?? 0) * 60000 +
    Number(match[4] ?? 0) * 1000
}

const sizes: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  bytes: 1,
  k: 2 ** 10,
  kb: 2 ** 10,
  kibibytes: 2 ** 10,
  m: 2 ** 20,
  mb: 2 ** 20,
  mebibytes: 2 ** 20,
  g: 2 ** 30,
  gb: 2 ** 30,
  gibibytes: 2 ** 30,
  t: 2 ** 40,
  tb: 2 ** 40,
  tebibytes: 2 ** 40
}

/** `"128MB"`, `"1 gb"`, `"4096"` (bytes) → bytes. Units are powers of 1024, as in Flink. */
export function parseMemory(text: string): number {
  const match = /^(\d+)\s*([a-z]*)$/.exec(text.trim().toLowerCase())
  const factor = match === null ? undefined : sizes[match[2]!]
  if (factor === undefined) throw new Wanted("a size such as '128 MB' or '64 kb'")
  return Number(match![1]) * factor
}

/** Decimal digits within the bounds. */
export function parseInteger(text: string, min: bigint, max: bigint): bigint {
  if (!/^[+-]?\d+$/.test(text.trim())) throw new Wanted("a whole number")
  const value = BigInt(text.trim().replace(/^\+/, ""))
  if (value < min || value > max) throw new Wanted(`a whole number from ${min} to ${max}`)
  return value
}

/** `true` or `false`, in any case. */
export function parseBoolean(text: string): boolean {
  const lower = text.trim().toLowerCase()
  if (lower === "true") return true
  if (lower === "false") return false
  throw new Wanted("true or false")
}
