/** The suite of sources on `datagen`: a sequence, random values, and one that never ends. */
import { LogicalType } from "@millrace/core/internal"
import { type Row, type SourceSpec, sourceSuite } from "../../conformance/src/mod.ts"
import { factory } from "../src/mod.ts"

const { simple, string } = LogicalType

const physical: LogicalType.RowType = [
  { name: "id", type: simple("BIGINT") },
  { name: "price", type: { kind: "DECIMAL", nullable: true, precision: 10, scale: 2 } },
  { name: "name", type: string },
  { name: "tags", type: { kind: "ARRAY", nullable: true, element: simple("INT") } }
]

function generated(name: string, options: Readonly<Record<string, string>>): SourceSpec {
  const given = {
    "rows-per-second": "1000000000",
    "millrace.datagen.seed": "7",
    "fields.name.length": "5",
    "fields.name.null-rate": "0.2",
    ...options
  }
  return {
    name,
    factory,
    histories: 15,
    table: () => Promise.resolve({ options: given, physical })
  }
}

const numbers: ReadonlyArray<Row> = Array.from({ length: 5000 }, (_, i) => [BigInt(i + 10), `${i}`])

sourceSuite({
  name: "sequences",
  factory,
  rows: numbers,
  table: () =>
    Promise.resolve({
      options: {
        "rows-per-second": "1000000000",
        "fields.id.kind": "sequence",
        "fields.id.start": "10",
        "fields.id.end": "5009",
        "fields.text.kind": "sequence",
        "fields.text.start": "0",
        "fields.text.end": "9999"
      },
      physical: [physical[0]!, { name: "text", type: string }]
    })
})
sourceSuite(generated("random values", { "number-of-rows": "3501" }))
sourceSuite(generated("random values without end", {}))
