/** The options of `'format' = 'orc'`, declared once; keys stand without the `orc.` prefix. */
import type { Option, OptionSet } from "@millrace/core/internal"

/** Codec of the files written. */
export const compression: Option<"enum"> = {
  key: "compress",
  kind: "enum",
  default: "ZLIB",
  values: ["NONE", "ZLIB", "SNAPPY", "ZSTD"],
  description: "Compression of the files written."
}

/** Bytes of a stripe. */
export const stripeSize: Option<"memory"> = {
  key: "stripe.size",
  kind: "memory",
  default: "67108864",
  min: 1024,
  description: "End a stripe when it holds about this many bytes."
}

/** Bytes of a chunk. */
export const chunkSize: Option<"memory"> = {
  key: "compress.size",
  kind: "memory",
  default: "262144",
  min: 1024,
  description: "Bytes that are compressed together."
}

function later(key: string, description: string): Option {
  return { key, kind: "string", description, unsupported: "it is not built yet" }
}

/** All of them. Keys of the writer library that change nothing here are refused by name rather than ignored. */
export const orcOptions: OptionSet = [
  compression,
  stripeSize,
  chunkSize,
  later("row.index.stride", "Rows between entries of the row index."),
  later("create.index", "Whether a row index is written; none is."),
  later("bloom.filter.columns", "Columns with Bloom filters."),
  later("write.format", "Version of the files written; it is 0.12."),
  later("encoding.strategy", "How encodings are chosen."),
  later("dictionary.key.threshold", "When text is written as a dictionary; it never is.")
]
