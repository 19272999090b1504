/** The main job of `delays.sql` in the DataStream API: `npx millrace run examples/flights/delays.ts`. */
import { Date as Time, Int, Number as Double, String as Text, Struct } from "effect/Schema"
import { StreamJob, Window } from "@millrace/core"

const Flight = Struct({ date: Time, delay: Int, origin: Text })
const Airport = Struct({ iata: Text, city: Text })
const statistics = { flights: Int, avg_delay: Double, max_delay: Int, late_share: Double }
const Hour = Struct({ window_start: Time, origin: Text, ...statistics })
const Hourly = Struct({ window_start: Time, origin: Text, city: Text, ...statistics })
const Worst = Struct({ window_start: Time, rn: Int, origin: Text, flights: Int, avg_delay: Double })

const file = (path: string, format: string) => ({ connector: "filesystem", path, format })
const checkpoints = { interval: "1 second", directory: "examples/flights/checkpoints" } as const

const job: StreamJob.StreamJob = StreamJob.make("delays-ts", { checkpoints }, (streams) => {
  const data = "node_modules/vega-datasets/data"
  const flights = streams.fromTable(file(`${data}/flights-3m.parquet`, "parquet"), Flight)
  const csv = { ...file(`${data}/airports.csv`, "csv"), "millrace.csv.header": "true" }
  const airports = streams.fromTable(csv, Airport)
  const hours = flights
    .withEventTime((flight) => flight.date, { lag: "5 minutes" })
    .keyBy((flight) => flight.origin)
    .window(Window.tumbling("1 hour"))
    .aggregate({
      create: () => ({ flights: 0, sum: 0, max_delay: -Infinity, late: 0 }),
      add: ({ flights, sum, max_delay, late }, { delay }) => ({
        flights: flights + 1,
        sum: sum + delay,
        max_delay: Math.max(max_delay, delay),
        late: late + (delay > 15 ? 1 : 0)
      }),
      result({ flights, sum, max_delay, late }, origin, window): typeof Hour.Type {
        const shares = { avg_delay: sum / flights, late_share: late / flights }
        return { window_start: new Date(window.start), origin, flights, max_delay, ...shares }
      }
    })
  const hourly = hours.join(airports)
    .on((hour) => hour.origin, ({ iata }) => iata, (hour, { city }) => ({ ...hour, city }))
  streams.toTable(hourly, file("examples/flights/out/hourly", "parquet"), Hourly)
  const worst = hours
    .filter((hour) => hour.flights >= 5)
    .keyBy((hour) => hour.window_start.getTime())
    .window(Window.tumbling("1 hour"))
    .aggregate({
      create: (): Array<{ avg_delay: number; origin: string; flights: number }> => [],
      add: (best, { avg_delay, origin, flights }) =>
        [...best, { avg_delay, origin, flights }]
          .sort((a, b) => b.avg_delay - a.avg_delay || (a.origin < b.origin ? -1 : 1)).slice(0, 3),
      result: (best, start) =>
        best.map((one, i) => ({ window_start: new Date(start), rn: i + 1, ...one }))
    })
    .flatMap((best) => best)
  streams.toTable(worst, file("examples/flights/out/worst", "json"), Worst)
})
export default job
