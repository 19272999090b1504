/** Options that every table takes, whatever its connector. */
import type { Option, OptionSet } from "./options.ts"

/** `connector`. */
export const connector: Option<"string"> = {
  key: "connector",
  kind: "string",
  required: true,
  description: "Identifier of the connector."
}

/** `property-version`. */
export const propertyVersion: Option<"int"> = {
  key: "property-version",
  kind: "int",
  default: "1",
  description: "Version of the option names."
}

/** `millrace.bad-records`. */
export const badRecords: Option<"enum"> = {
  key: "millrace.bad-records",
  kind: "enum",
  values: ["fail", "skip", "dead-letter"],
  default: "fail",
  own: true,
  description:
    "What happens to a record that cannot be decoded: the job fails, the record is skipped and counted, or it is written to the dead-letter table."
}

/** `millrace.dead-letter.table`. */
export const deadLetterTable: Option<"string"> = {
  key: "millrace.dead-letter.table",
  kind: "string",
  own: true,
  description:
    "Table that receives bad records, with the columns raw BYTES, error STRING, source STRING, position STRING, at TIMESTAMP_LTZ(3)."
}

/** `scan.watermark.idle-timeout`. */
export const watermarkIdleTimeout: Option<"duration"> = {
  key: "scan.watermark.idle-timeout",
  kind: "duration",
  forwardable: true,
  description: "A split without records for so long no longer holds back the watermark."
}

/** `scan.watermark.emit.strategy`. */
export const watermarkEmit: Option<"enum"> = {
  key: "scan.watermark.emit.strategy",
  kind: "enum",
  values: ["on-periodic", "on-event"],
  description: "When watermarks are emitted.",
  unsupported: "watermarks are emitted after every batch"
}

/** `scan.watermark.alignment.group`. */
export const alignmentGroup: Option<"string"> = {
  key: "scan.watermark.alignment.group",
  kind: "string",
  description: "Name of the watermark alignment group.",
  unsupported: "watermark alignment is not built"
}

/** `scan.watermark.alignment.max-drift`. */
export const alignmentDrift: Option<"duration"> = {
  key: "scan.watermark.alignment.max-drift",
  kind: "duration",
  description: "Largest drift within the alignment group.",
  unsupported: "watermark alignment is not built"
}

/** `scan.watermark.alignment.update-interval`. */
export const alignmentInterval: Option<"duration"> = {
  key: "scan.watermark.alignment.update-interval",
  kind: "duration",
  description: "How often alignment is updated.",
  unsupported: "watermark alignment is not built"
}

/** All of them. */
export const commonOptions: OptionSet = [
  connector,
  propertyVersion,
  badRecords,
  deadLetterTable,
  watermarkIdleTimeout,
  watermarkEmit,
  alignmentGroup,
  alignmentDrift,
  alignmentInterval
]
