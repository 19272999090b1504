/** The options of `protobuf`. */
import type { Option, OptionSet } from "@millrace/core/internal"

export const messageName: Option<"string"> = {
  key: "message-class-name",
  kind: "string",
  required: true,
  forwardable: true,
  description:
    "The message: its full name in the schema, or the name of the Java class that Flink would use; `$` stands before inner ones."
}

export const ignoreParseErrors: Option<"boolean"> = {
  key: "ignore-parse-errors",
  kind: "boolean",
  default: "false",
  forwardable: true,
  description: "Whether messages that cannot be decoded are left out, without a word."
}

export const readDefaults: Option<"boolean"> = {
  key: "read-default-values",
  kind: "boolean",
  default: "false",
  forwardable: true,
  description:
    "Whether what a message does not hold is read as its default instead of NULL. Simple fields of proto3 are so in any case."
}

export const nullLiteral: Option<"string"> = {
  key: "write-null-string-literal",
  kind: "string",
  default: "",
  forwardable: true,
  description: "What is written for a NULL text within an array or map."
}

export const schemaText: Option<"string"> = {
  key: "millrace.protobuf.schema",
  kind: "string",
  own: true,
  description: "The schema: the text of a .proto file."
}

export const schemaFile: Option<"string"> = {
  key: "millrace.protobuf.schema-file",
  kind: "string",
  own: true,
  description: "The schema: the path of a .proto file; its imports are found beside it."
}

export const schemaImports: Option<"list"> = {
  key: "millrace.protobuf.import-paths",
  kind: "list",
  own: true,
  description: "More folders in which imports are looked for, with semicolons between them."
}

export const descriptorFile: Option<"string"> = {
  key: "millrace.protobuf.descriptor-file",
  kind: "string",
  own: true,
  description:
    "The schema: the path of what `protoc --include_imports --descriptor_set_out` writes."
}

export const confluent: Option<"boolean"> = {
  key: "millrace.protobuf.confluent",
  kind: "boolean",
  default: "false",
  own: true,
  description:
    "Whether messages begin as with a Confluent schema registry: a zero byte, the number of a schema, the place of the message in it."
}

export const confluentId: Option<"int"> = {
  key: "millrace.protobuf.confluent-schema-id",
  kind: "int",
  min: 0,
  own: true,
  description: "The number of the schema to write before each message; it must be registered."
}

/** All options. */
export const options: OptionSet = [
  messageName,
  ignoreParseErrors,
  readDefaults,
  nullLiteral,
  schemaText,
  schemaFile,
  schemaImports,
  descriptorFile,
  confluent,
  confluentId
]
