/** The suite of sinks on `blackhole`, of which nothing can be read back. */
import { LogicalType } from "@millrace/core/internal"
import { sinkSuite } from "../../conformance/src/mod.ts"
import { factory } from "../src/mod.ts"

sinkSuite({
  name: "nothing is kept",
  factory,
  table: () =>
    Promise.resolve({
      options: {},
      physical: [{ name: "id", type: LogicalType.simple("BIGINT") }]
    }),
  row: (n) => [BigInt(n)]
})
