/** The options of `datagen`, as in Flink. `#` is a column, or a path into a nested one (`r.price`, `list.element`). */
import type { Option, OptionSet } from "@millrace/core/internal"

/** `rows-per-second`. */
export const rowsPerSecond: Option<"long"> = {
  key: "rows-per-second",
  kind: "long",
  default: "10000",
  min: 1,
  description: "Rows per second of the whole source, dealt over its subtasks."
}

/** `number-of-rows`. */
export const numberOfRows: Option<"long"> = {
  key: "number-of-rows",
  kind: "long",
  min: 0,
  description: "Rows in all; without it, and without a sequence, the source is unbounded."
}

/** `millrace.datagen.seed`. */
export const seed: Option<"long"> = {
  key: "millrace.datagen.seed",
  kind: "long",
  own: true,
  description:
    "Seed of the random values. Without it every fresh start has its own; restarts and resumes of a run always repeat the same values."
}

/** `scan.parallelism`. */
export const scanParallelism: Option<"int"> = {
  key: "scan.parallelism",
  kind: "int",
  min: 1,
  description: "Parallelism of the source.",
  unsupported: "the source has the job's parallelism; use 'parallelism.default'"
}

function field(name: string, description: string): Option<"string"> {
  return { key: `fields.#.${name}`, kind: "string", description }
}

/** `fields.#.kind`. */
export const fieldKind: Option<"string"> = field("kind", "'random' (default) or 'sequence'.")
/** `fields.#.min`. */
export const fieldMin: Option<"string"> = field("min", "Smallest random number.")
/** `fields.#.max`. */
export const fieldMax: Option<"string"> = field("max", "Largest random number.")
/** `fields.#.max-past`. */
export const fieldMaxPast: Option<"string"> = field(
  "max-past",
  "How far in the past random timestamps lie at most."
)
/** `fields.#.length`. */
export const fieldLength: Option<"string"> = field(
  "length",
  "Length of strings and bytes (100), size of arrays, maps and multisets (3)."
)
/** `fields.#.var-len`. */
export const fieldVarLen: Option<"string"> = field(
  "var-len",
  "Whether lengths of strings and bytes are random, up to the length."
)
/** `fields.#.start`. */
export const fieldStart: Option<"string"> = field("start", "First value of a sequence.")
/** `fields.#.end`. */
export const fieldEnd: Option<"string"> = field("end", "Last value of a sequence.")
/** `fields.#.null-rate`. */
export const fieldNullRate: Option<"string"> = field("null-rate", "Share of NULLs, 0 to 1.")

/** All options. */
export const options: OptionSet = [
  rowsPerSecond,
  numberOfRows,
  seed,
  scanParallelism,
  fieldKind,
  fieldMin,
  fieldMax,
  fieldMaxPast,
  fieldLength,
  fieldVarLen,
  fieldStart,
  fieldEnd,
  fieldNullRate
]
