/** The suite of messages on JSON: 5,000 hostile ones among others. */
import { LogicalType } from "@millrace/core/internal"
import { messageSuite } from "../../conformance/src/messages.ts"
import { factory } from "../src/mod.ts"

const { simple, string, bytes, timestamp } = LogicalType

messageSuite(factory, [{
  name: "a record of many types",
  given: {},
  strict: false,
  physical: [
    { name: "id", type: simple("BIGINT") },
    { name: "name", type: string },
    { name: "ratio", type: simple("DOUBLE") },
    { name: "data", type: bytes },
    { name: "at", type: timestamp(3) },
    { name: "tags", type: { kind: "ARRAY", nullable: true, element: string } },
    { name: "counts", type: { kind: "MAP", nullable: true, key: string, value: simple("INT") } }
  ]
}])
