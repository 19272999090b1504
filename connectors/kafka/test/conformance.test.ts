/** The suites of connectors on `kafka`: a real broker, both clients, rows read back by kafkajs's own requests. */
import { after, it } from "node:test"
import { LogicalType } from "@millrace/core/internal"
import { factory as csv } from "../../../formats/csv/src/mod.ts"
import { factory as json } from "../../../formats/json/src/mod.ts"
import { factory as raw } from "../../../formats/raw/src/mod.ts"
import {
  type Row,
  type SinkSpec,
  sinkSuite,
  type SourceSpec,
  sourceSuite,
  type TableSpec
} from "../../conformance/src/mod.ts"
import { factory } from "../src/mod.ts"
import { brokerOrSkip, freshName, Other, runtime } from "./support.ts"

const { simple, string } = LogicalType
const formats = [csv, json, raw]

const columns: LogicalType.RowType = [
  { name: "id", type: simple("BIGINT") },
  { name: "name", type: string }
]

/** Row `n`: NULLs and umlauts. */
function row(n: number): Row {
  return [BigInt(n), n % 7 === 3 ? null : `näme ${n}`]
}

const { broker, skip } = await brokerOrSkip()
if (broker === undefined) it("kafka suites", { skip: skip ?? false }, () => {})
else {
  const other = new Other(broker.address)
  after(async () => {
    await other.close()
    await broker.close()
  })
  const common = { "properties.bootstrap.servers": broker.address, "value.format": "json" }
  const topic = freshName("source")
  await other.create(topic, 3)
  const rows = Array.from({ length: 4000 }, (_, n) => row(n))
  await other.produce(
    topic,
    rows.map(([id, name], n) => ({
      partition: n % 3,
      key: String(id),
      value: JSON.stringify({ id: Number(id), name }),
      headers: { n: String(n) }
    }))
  )

  const source = (client: string): SourceSpec => ({
    name: `three partitions by ${client}`,
    factory,
    formats,
    rows,
    histories: runtime === "node" && client === "platformatic" ? 12 : 4,
    table: () =>
      Promise.resolve({
        options: {
          ...common,
          topic,
          "scan.startup.mode": "earliest-offset",
          "scan.bounded.mode": "latest-offset",
          "millrace.kafka.client": client
        },
        physical: columns
      })
  })

  const sink = (client: string, delivery: string, partitions: number): SinkSpec => ({
    name: `${delivery}, ${partitions} partitions by ${client}`,
    factory,
    formats,
    parallelisms: [1, 2],
    histories: runtime === "node" && client === "platformatic" ? 8 : 3,
    row,
    table: async (): Promise<TableSpec> => {
      const fresh = freshName("sink")
      await other.create(fresh, partitions)
      return {
        options: {
          ...common,
          topic: fresh,
          "sink.delivery-guarantee": delivery,
          "millrace.kafka.client": client,
          "properties.linger.ms": "0",
          "scan.startup.mode": "earliest-offset",
          ...(delivery === "exactly-once" ? { "sink.transactional-id-prefix": fresh } : {})
        },
        physical: columns
      }
    },
    readBack: async (_, { options }) => {
      const messages = await other.readAll(options["topic"]!, true)
      return messages.map(({ value }): Row => {
        const read = JSON.parse(value!) as { id: number; name: string | null }
        return [BigInt(read.id), read.name]
      })
    }
  })

  sourceSuite(source("platformatic"))
  sinkSuite(sink("platformatic", "exactly-once", 2))
  // on Bun and Deno the default client and the strongest guarantee stand for the others
  if (runtime === "node") {
    sinkSuite(sink("platformatic", "at-least-once", 1))
    sourceSuite(source("kafkajs"))
    sinkSuite(sink("kafkajs", "exactly-once", 1))
  }
}
