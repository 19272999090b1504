/** The suite of messages on CSV: 5,000 hostile ones among others. */
import { LogicalType } from "@millrace/core/internal"
import { messageSuite } from "../../conformance/src/messages.ts"
import { factory } from "../src/mod.ts"

const { simple, string, bytes, timestamp } = LogicalType

messageSuite(factory, [{
  name: "a record of many types",
  given: { "csv.null-literal": "\u2400" },
  strict: false,
  several: true,
  physical: [
    { name: "id", type: simple("BIGINT") },
    { name: "name", type: string },
    { name: "ratio", type: simple("DOUBLE") },
    { name: "data", type: bytes },
    { name: "at", type: timestamp(3) }
  ]
}])
