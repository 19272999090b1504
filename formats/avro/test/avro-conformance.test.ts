/** The suites of messages and of damaged files on Avro. */
import { LogicalType } from "@millrace/core/internal"
import fc from "fast-check"
import { bulkDamageSuite } from "../../conformance/src/bulk-damage.ts"
import { contextOf, type Value } from "../../conformance/src/bulk.ts"
import { messageSuite } from "../../conformance/src/messages.ts"
import { factory } from "../src/mod.ts"

type Type = LogicalType.LogicalType
const { simple, string, bytes, timestamp } = LogicalType
const fields = (types: Record<string, Type>): LogicalType.RowType =>
  Object.entries(types).map(([name, type]) => ({ name, type }))
const decimal = (precision: number, scale: number): Type => ({
  kind: "DECIMAL",
  nullable: true,
  precision,
  scale
})
const pair: Type = {
  kind: "ROW",
  nullable: true,
  fields: fields({ x: simple("BIGINT"), y: string })
}
const physical = fields({
  flag: simple("BOOLEAN"),
  tiny: simple("TINYINT"),
  small: simple("SMALLINT", false),
  int: simple("INT"),
  big: simple("BIGINT"),
  float: simple("FLOAT"),
  double: simple("DOUBLE", false),
  price: decimal(12, 3),
  huge: decimal(38, 10),
  text: string,
  blob: bytes,
  day: simple("DATE"),
  time: { kind: "TIME", nullable: true, precision: 3 },
  at: timestamp(3),
  exact: timestamp(9),
  zoned: { kind: "TIMESTAMP_LTZ", nullable: true, precision: 6 },
  list: { kind: "ARRAY", nullable: true, element: simple("INT", false) },
  pairs: { kind: "ARRAY", nullable: true, element: pair },
  map: { kind: "MAP", nullable: true, key: string, value: decimal(20, 2) },
  set: { kind: "MULTISET", nullable: true, element: string },
  pair,
  constructor: string
})
const given = { "avro.timestamp_mapping.legacy": "false" }

messageSuite(factory, [
  { name: "every type", physical, given, strict: true },
  {
    name: "the older mapping of timestamps",
    physical: fields({ a: timestamp(3), b: string }),
    given: {},
    strict: true
  }
])

const small = fields({
  id: simple("BIGINT"),
  name: string,
  tags: { kind: "ARRAY", nullable: true, element: string },
  pair
})
const rows = fc.sample(
  fc.tuple(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.string(),
    fc.array(fc.string(), { maxLength: 3 }),
    fc.constantFrom<Value>(null, [1n, "y"], [null, null])
  ),
  { numRuns: 300, seed: 20261122 }
)
bulkDamageSuite(
  factory,
  ["null", "snappy", "deflate", "zstandard"].map((codec) =>
    contextOf(factory, small, { "avro.codec": codec })
  ),
  rows,
  false
)
