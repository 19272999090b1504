/** The options of `print`, as in Flink. */
import type { Option, OptionSet } from "@millrace/core/internal"

/** `print-identifier`. */
export const identifier: Option<"string"> = {
  key: "print-identifier",
  kind: "string",
  description: "Text before each row."
}

/** `standard-error`. */
export const standardError: Option<"boolean"> = {
  key: "standard-error",
  kind: "boolean",
  default: "false",
  description: "Print to standard error instead of standard output."
}

/** `sink.parallelism`. */
export const parallelism: Option<"int"> = {
  key: "sink.parallelism",
  kind: "int",
  min: 1,
  description: "Parallelism of the sink.",
  unsupported: "the sink has the job's parallelism; use 'parallelism.default'"
}

/** All options. */
export const options: OptionSet = [identifier, standardError, parallelism]
