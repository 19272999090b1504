/** The options of `avro`. */
import type { Option, OptionSet } from "@millrace/core/internal"
import { codecs } from "./codec.ts"

export const encoding: Option<"enum"> = {
  key: "encoding",
  kind: "enum",
  values: ["binary", "json"],
  default: "binary",
  forwardable: true,
  description: "How a message is encoded."
}

export const codec: Option<"enum"> = {
  key: "codec",
  kind: "enum",
  values: codecs,
  default: "snappy",
  forwardable: true,
  description: "How the blocks of files are compressed."
}

export const legacyTimestamps: Option<"boolean"> = {
  key: "timestamp_mapping.legacy",
  kind: "boolean",
  default: "true",
  forwardable: true,
  description:
    "Whether TIMESTAMP is written as `timestamp-millis` as before Flink 1.19. With `false` TIMESTAMP is a `local-timestamp` and TIMESTAMP_LTZ a " +
    "`timestamp`, in millis, micros or nanos as the precision needs. Files are read by the types they name."
}

/** All options. */
export const options: OptionSet = [encoding, codec, legacyTimestamps]
