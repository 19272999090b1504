/** The suite of damaged files on Parquet, with every codec. */
import { LogicalType } from "@millrace/core/internal"
import { bulkDamageSuite } from "../../conformance/src/bulk-damage.ts"
import { contextOf, type Value } from "../../conformance/src/bulk.ts"
import { factory } from "../src/mod.ts"

const { simple, string, timestamp } = LogicalType
const physical: LogicalType.RowType = [
  { name: "id", type: simple("BIGINT") },
  { name: "name", type: string },
  { name: "at", type: timestamp(3) },
  { name: "tags", type: { kind: "ARRAY", nullable: true, element: string } }
]
const rows = Array.from({ length: 200 }, (_, i): ReadonlyArray<Value> => [
  i % 5 === 0 ? null : BigInt(i),
  `name ${i % 10}`,
  [i * 1000, 0],
  i % 3 === 0 ? null : [`t${i % 4}`, null]
])

bulkDamageSuite(
  factory,
  ["SNAPPY", "GZIP", "ZSTD", "UNCOMPRESSED"].map((codec) =>
    contextOf(factory, physical, { "parquet.compression": codec })
  ),
  rows,
  true
)
