/** From options to the message of a table: the schema's text, a .proto file or a descriptor set, and the name of a class or message in it. */
import type { ReadOptions } from "@millrace/core/internal"
import { readFileSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { type DeclaredFile, link } from "./declared.ts"
import { parseDescriptors } from "./descriptor.ts"
import { descriptorFile, messageName, schemaFile, schemaImports, schemaText } from "./options.ts"
import { fail } from "./problem.ts"
import { parseProto } from "./proto-text.ts"
import type { MessageType, Schema } from "./schema.ts"

/** Files that import one another. */
const filesMax = 1000

const fields = (...lines: ReadonlyArray<string>): string => lines.join(";") + ";"
const wrapper = (name: string, type: string): string => `message ${name} { ${type} value = 1; }`
const wellKnown: Readonly<Record<string, string>> = {
  timestamp: `message Timestamp { ${fields("int64 seconds = 1", "int32 nanos = 2")} }`,
  duration: `message Duration { ${fields("int64 seconds = 1", "int32 nanos = 2")} }`,
  any: `message Any { ${fields("string type_url = 1", "bytes value = 2")} }`,
  empty: "message Empty {}",
  field_mask: "message FieldMask { repeated string paths = 1; }",
  wrappers: [
    wrapper("DoubleValue", "double"),
    wrapper("FloatValue", "float"),
    wrapper("Int64Value", "int64"),
    wrapper("UInt64Value", "uint64"),
    wrapper("Int32Value", "int32"),
    wrapper("UInt32Value", "uint32"),
    wrapper("BoolValue", "bool"),
    wrapper("StringValue", "string"),
    wrapper("BytesValue", "bytes")
  ].join(" "),
  struct: "message Struct { map<string, Value> fields = 1; } enum NullValue { NULL_VALUE = 0; } " +
    "message ListValue { repeated Value values = 1; } message Value { oneof kind { NullValue null_value = 1; " +
    "double number_value = 2; string string_value = 3; bool bool_value = 4; Struct struct_value = 5; ListValue list_value = 6; } }"
}

/** The message of a table. Reads files. Throws Problem. */
export function loadMessage(options: ReadOptions): MessageType {
  return messageOf(schemaOf(options), options.need(messageName))
}

function schemaOf(options: ReadOptions): Schema {
  const text = options.get(schemaText)
  const file = options.get(schemaFile)
  const descriptor = options.get(descriptorFile)
  const given = [text, file, descriptor].filter((one) => one !== undefined)
  if (given.length !== 1) {
    return fail(
      "The schema must be given by one of 'millrace.protobuf.schema', 'millrace.protobuf.schema-file' and 'millrace.protobuf.descriptor-file'"
    )
  }
  if (descriptor !== undefined) return link(parseDescriptors(contentOf(descriptor)))
  const folders = options.get(schemaImports) ?? []
  const found = new Map<string, DeclaredFile>()
  const parse = (content: string, name: string, folder: string): void => {
    const parsed = parseProto(content, name)
    found.set(name, parsed)
    if (found.size > filesMax) fail(`The schema imports more than ${filesMax} files`)
    for (const other of parsed.imports) {
      if (found.has(other)) continue
      const known = /^google\/protobuf\/(\w+)\.proto$/.exec(other)?.[1]
      if (known !== undefined && Object.hasOwn(wellKnown, known)) {
        parse(`syntax = "proto3"; package google.protobuf; ${wellKnown[known]}`, other, folder)
      } else parse(importOf(other, [...folders, folder]), other, folder)
    }
  }
  if (file !== undefined) parse(contentOf(file).toString("utf8"), file, dirname(resolve(file)))
  else parse(text!, "millrace.protobuf.schema", ".")
  return link([...found.values()])
}

function contentOf(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    return fail(`Cannot read the schema "${path}": ${(error as Error).message}`)
  }
}

function importOf(name: string, folders: ReadonlyArray<string>): string {
  for (const folder of folders) {
    try {
      return readFileSync(resolve(folder, name), "utf8")
    } catch (error) {
      if ((error as { readonly code?: string }).code !== "ENOENT") throw error
    }
  }
  return fail(
    `Cannot find the import "${name}" in ${
      folders.map((folder) => `"${folder}"`).join(", ")
    }: add its folder to 'millrace.protobuf.import-paths'`
  )
}

/** The message that a class name means: the last parts of both are the same, as Java's package may be another. */
function messageOf(schema: Schema, className: string): MessageType {
  const name = className.replaceAll("$", ".")
  const exact = schema.messages.get(name)
  if (exact !== undefined) return exact
  const parts = name.split(".")
  const all = [...schema.messages.values()].filter((message) => !message.map)
  for (let from = 1; from < parts.length; from++) {
    const end = parts.slice(from).join(".")
    const found = all.filter((message) => message.name === end || message.name.endsWith(`.${end}`))
    if (found.length === 1) return found[0]!
    if (found.length > 1) {
      return fail(
        `The message "${className}" may be any of ${
          found.map((one) => one.name).join(", ")
        }: write its full name`
      )
    }
  }
  const names = all.map((message) => message.name).slice(0, 20).join(", ")
  return fail(`The schema has no message "${className}"; it has ${names}`)
}
