/** The four tools whose changes are read and written: Debezium, Canal, Maxwell, Oracle GoldenGate. */
import { LogicalType } from "@millrace/core/internal"
import {
  type Dialect,
  type EnvelopeMetadata,
  epochMetadata,
  localTimestamp,
  plainMetadata
} from "./dialect.ts"

const { string } = LogicalType
const texts: LogicalType.LogicalType = { kind: "ARRAY", nullable: true, element: string }
const map = (value: LogicalType.LogicalType): LogicalType.LogicalType => ({
  kind: "MAP",
  nullable: true,
  key: string,
  value
})

function sourceEntry(key: string, millis: boolean): EnvelopeMetadata {
  return {
    type: millis ? localTimestamp(3) : string,
    field: "source",
    fieldType: map(string),
    outside: false,
    conversion: { kind: "entry", key, millis }
  }
}

function timestampText(field: string, separator: number): EnvelopeMetadata {
  const conversion = { kind: "timestamp", separator } as const
  return { type: localTimestamp(6), field, fieldType: string, outside: false, conversion }
}

/** Debezium. */
export const debezium: Dialect = {
  identifier: "debezium-json",
  title: "Debezium",
  operation: "op",
  actions: { c: "insert", r: "insert", u: "update", d: "delete" },
  current: "after",
  previous: "before",
  before: "whole",
  lists: false,
  metadata: {
    schema: { ...plainMetadata("schema", string), outside: true },
    "ingestion-timestamp": epochMetadata("ts_ms", 1),
    "source.timestamp": sourceEntry("ts_ms", true),
    "source.database": sourceEntry("db", false),
    "source.schema": sourceEntry("schema", false),
    "source.table": sourceEntry("table", false),
    "source.properties": plainMetadata("source", map(string))
  },
  written: { insert: "c", delete: "d" }
}

/** Canal. */
export const canal: Dialect = {
  identifier: "canal-json",
  title: "Canal",
  operation: "type",
  actions: { INSERT: "insert", UPDATE: "update", DELETE: "delete", CREATE: "skip" },
  current: "data",
  previous: "old",
  before: "changed",
  lists: true,
  metadata: {
    database: plainMetadata("database", string),
    table: plainMetadata("table", string),
    "sql-type": plainMetadata("sqlType", map({ kind: "INT", nullable: true })),
    "pk-names": plainMetadata("pkNames", texts),
    "ingestion-timestamp": epochMetadata("ts", 1),
    "event-timestamp": epochMetadata("es", 1)
  },
  written: { insert: "INSERT", delete: "DELETE" }
}

/** Maxwell. */
export const maxwell: Dialect = {
  identifier: "maxwell-json",
  title: "Maxwell",
  operation: "type",
  actions: { insert: "insert", update: "update", delete: "delete" },
  current: "data",
  previous: "old",
  before: "changed",
  lists: false,
  metadata: {
    database: plainMetadata("database", string),
    table: plainMetadata("table", string),
    "primary-key-columns": plainMetadata("primary_key_columns", texts),
    "ingestion-timestamp": epochMetadata("ts", 1000)
  },
  written: { insert: "insert", delete: "delete" }
}

/** Oracle GoldenGate. */
export const ogg: Dialect = {
  identifier: "ogg-json",
  title: "Ogg",
  operation: "op_type",
  actions: { I: "insert", U: "update", D: "delete" },
  current: "after",
  previous: "before",
  before: "whole",
  lists: false,
  metadata: {
    table: plainMetadata("table", string),
    "primary-keys": plainMetadata("primary_keys", texts),
    "ingestion-timestamp": timestampText("current_ts", 84),
    "event-timestamp": timestampText("op_ts", 32)
  },
  written: { insert: "I", delete: "D" }
}
