/** The options of `'format' = 'parquet'`, declared once; keys stand without the `parquet.` prefix. */
import type { Option, OptionSet } from "@millrace/core/internal"

/** Whether INT96 and UTC-adjusted instants are read into TIMESTAMP as UTC; otherwise in the job's time zone. */
export const utcTimezone: Option<"boolean"> = {
  key: "utc-timezone",
  kind: "boolean",
  default: "false",
  description:
    "Convert between instants of the file (INT96, UTC-adjusted INT64) and TIMESTAMP in UTC instead of the job's time zone. Files without UTC adjustment are wall-clock time and never converted."
}

/** Unit of INT64 timestamps that are written. */
export const timestampTimeUnit: Option<"enum"> = {
  key: "timestamp.time.unit",
  kind: "enum",
  default: "micros",
  values: ["millis", "micros", "nanos"],
  description: "Unit of timestamps written as INT64."
}

/** Whether timestamps are written as INT64 instead of INT96. */
export const writeInt64Timestamp: Option<"boolean"> = {
  key: "write.int64.timestamp",
  kind: "boolean",
  default: "false",
  description: "Write timestamps as INT64 with a logical type instead of INT96."
}

/** Most rows in a batch read. */
export const batchSize: Option<"int"> = {
  key: "batch-size",
  kind: "int",
  default: "2048",
  min: 1,
  description: "Most rows that the reader gives at once; the engine's batches hold at most 1,024."
}

/** Codec of the files written. */
export const compression: Option<"enum"> = {
  key: "compression",
  kind: "enum",
  default: "SNAPPY",
  values: ["UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD"],
  description: "Compression of the pages written."
}

/** Bytes after which a row group is closed. */
export const blockSize: Option<"memory"> = {
  key: "block.size",
  kind: "memory",
  default: "134217728",
  min: 1024,
  description:
    "Close a row group when it holds this many bytes; it is closed at 65,536 rows in any case."
}

/** Whether text and byte columns may be dictionary-coded. */
export const enableDictionary: Option<"boolean"> = {
  key: "enable.dictionary",
  kind: "boolean",
  default: "true",
  description: "Write text and byte columns whose values repeat as a dictionary and codes."
}

function later(key: string, description: string): Option {
  return { key, kind: "string", description, unsupported: "it is not built yet" }
}

/** All of them. Keys of the writer library that change nothing here are refused by name rather than ignored. */
export const parquetOptions: OptionSet = [
  utcTimezone,
  timestampTimeUnit,
  writeInt64Timestamp,
  batchSize,
  compression,
  blockSize,
  enableDictionary,
  later("page.size", "Bytes of a data page."),
  later("dictionary.page.size", "Bytes of a dictionary page."),
  later("page.row.count.limit", "Rows of a data page."),
  later("writer.version", "Version of the data pages written."),
  later("writer.max-padding", "Padding between row groups."),
  later("page.write-checksum.enabled", "Checksums of the pages written; they are always written."),
  later("page.verify-checksum.enabled", "Checksums of the pages read; they are always verified."),
  later("bloom.filter.enabled", "Bloom filters of the columns written."),
  later("bloom.filter.max.bytes", "Largest Bloom filter.")
]
