/**
 * What the main job found, for people: the ten worst airport-hours and the average delay by hour of day, read from the
 * job's own output files.
 */
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { type Batch, LogicalType, type RandomFile, readOptions } from "@millrace/core/internal"
import { factory as parquet } from "@millrace/format-parquet"

const out = fileURLToPath(new URL("out/", import.meta.url))
const files = (folder: string) =>
  readdirSync(out + folder).filter((name) => name.startsWith("part-")).map((name) =>
    `${out}${folder}/${name}`
  )

interface Worst {
  readonly window_start: string
  readonly origin: string
  readonly flights: number
  readonly avg_delay: number
}

/** The `count` worst airport-hours; of equals the earlier. */
function worst(count: number): ReadonlyArray<Worst> {
  const rows = files("worst").flatMap((file) =>
    readFileSync(file, "utf8").split("\n").filter((line) => line !== "").map((line) =>
      JSON.parse(line) as Worst
    )
  )
  return rows.sort((a, b) =>
    b.avg_delay - a.avg_delay || (a.window_start < b.window_start ? -1 : 1)
  ).slice(0, count)
}

/** City of each airport, as the job joined it, and per hour of day the minutes of delay and the flights. */
function hourly(): { cities: Map<string, string>; minutes: Float64Array; flights: Float64Array } {
  const physical: LogicalType.RowType = [
    { name: "window_start", type: LogicalType.timestamp(3) },
    { name: "origin", type: LogicalType.string },
    { name: "city", type: LogicalType.string },
    { name: "flights", type: LogicalType.simple("BIGINT") },
    { name: "avg_delay", type: LogicalType.simple("DOUBLE") }
  ]
  const options = readOptions(parquet.options, { given: {}, prefix: "parquet." }, new Set(), [])
  const context = {
    options,
    physical,
    projection: physical.map((_, i) => [i]),
    timeZone: "UTC",
    table: "hourly"
  }
  const result = {
    cities: new Map<string, string>(),
    minutes: new Float64Array(24),
    flights: new Float64Array(24)
  }
  for (const path of files("hourly")) {
    const file = open(path)
    const reader = parquet.bulkReader!(context, file, 0, Infinity, [])
    for (let batch = reader.next(); batch !== undefined; batch = reader.next()) add(result, batch)
    reader.close()
    file.close()
  }
  return result
}

function add({ cities, minutes, flights }: ReturnType<typeof hourly>, batch: Batch): void {
  const [start, origin, city, count, delay] = batch.columns
  for (let i = 0; i < batch.rows; i++) {
    const hour = Math.floor(Number(start!.values[i]) / 3600000) % 24
    flights[hour]! += Number(count!.values[i])
    minutes[hour]! += Number(count!.values[i]) * Number(delay!.values[i])
    const code = origin!.dictionary?.text(Number(origin!.values[i]))
    if (code !== undefined && !cities.has(code)) {
      cities.set(code, city!.dictionary!.text(Number(city!.values[i])))
    }
  }
}

function open(path: string): RandomFile & { close: () => void } {
  const descriptor = openSync(path, "r")
  return {
    path,
    sizeBytes: fstatSync(descriptor).size,
    read: (at, length) => {
      const bytes = new Uint8Array(length)
      readSync(descriptor, bytes, 0, length, at)
      return bytes
    },
    close: () => closeSync(descriptor)
  }
}

const { cities, minutes, flights } = hourly()
console.log("\nThe ten worst airport-hours (at least 5 flights)\n")
console.log("  hour              airport                     flights  average delay")
for (const row of worst(10)) {
  const airport = `${row.origin} ${cities.get(row.origin) ?? ""}`.padEnd(26)
  const delay = `${Math.floor(row.avg_delay / 60)} h ${
    Math.round(row.avg_delay % 60).toString().padStart(2)
  } min`
  console.log(
    `  ${row.window_start.slice(0, 16)}  ${airport}  ${row.flights.toString().padStart(7)}  ${
      delay.padStart(13)
    }`
  )
}
console.log("\nAverage delay by hour of day, minutes\n")
const averages = [...minutes].map((sum, hour) => flights[hour] === 0 ? NaN : sum / flights[hour]!)
const most = Math.max(...averages.filter((value) => !Number.isNaN(value)))
averages.forEach((value, hour) => {
  const bar = Number.isNaN(value) ? "" : "█".repeat(Math.max(0, Math.round(value / most * 50)))
  const text = Number.isNaN(value) ? "no flights" : value.toFixed(1).padStart(5)
  console.log(`  ${hour.toString().padStart(2, "0")}:00 ${text} ${bar}`)
})
