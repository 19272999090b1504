/** Declarations as text or descriptors give them, names not yet resolved, and how they become a {@link Schema}. */
import { fail } from "./problem.ts"
import {
  type EnumType,
  type FieldType,
  type MessageType,
  type ScalarName,
  scalarNames,
  type Schema,
  type ValueType
} from "./schema.ts"

/** A field. `type`: a scalar's name, or a name to look up from inside outwards (with a dot before it: full). */
export interface DeclaredField {
  readonly name: string
  readonly number: number
  readonly label: "optional" | "required" | "repeated" | "none"
  readonly type: string
  readonly oneof: string | undefined
  readonly packed: boolean | undefined
  readonly default: string | undefined
}

/** A message with what stands in it. */
export interface DeclaredMessage {
  readonly name: string
  readonly map: boolean
  readonly fields: Array<DeclaredField>
  readonly messages: Array<DeclaredMessage>
  readonly enums: Array<EnumType>
}

/** A file. */
export interface DeclaredFile {
  readonly syntax: "proto2" | "proto3"
  readonly package: string
  readonly messages: Array<DeclaredMessage>
  readonly enums: Array<EnumType>
}

/** Resolve all names of files that go together. Throws Problem. */
export function link(files: ReadonlyArray<DeclaredFile>): Schema {
  const messages = new Map<string, MessageType>()
  const enums = new Map<string, EnumType>()
  const open: Array<readonly [DeclaredMessage, MessageType, DeclaredFile]> = []
  const declare = (
    file: DeclaredFile,
    scope: string,
    outer: ReadonlyArray<number>,
    inner: {
      readonly messages: ReadonlyArray<DeclaredMessage>
      readonly enums: ReadonlyArray<EnumType>
    }
  ): void => {
    for (const one of inner.enums) enums.set(join(scope, one.name), one)
    for (const [i, one] of inner.messages.entries()) {
      const path = [...outer, i]
      const name = join(scope, one.name)
      const type: MessageType = {
        name,
        path,
        fields: [],
        map: one.map,
        implicit: file.syntax === "proto3"
      }
      if (messages.has(name)) fail(`The schema declares the message "${name}" twice`)
      messages.set(name, type)
      open.push([one, type, file])
      declare(file, name, path, one)
    }
  }
  for (const file of files) declare(file, file.package, [], file)
  for (const [declared, type, file] of open) {
    for (const field of declared.fields) {
      if (type.fields.some((other) => other.number === field.number)) {
        fail(`The message "${type.name}" has two fields with the number ${field.number}`)
      }
      type.fields.push(fieldOf(field, type.name, file, messages, enums))
    }
    type.fields.sort((a, b) => a.number - b.number)
  }
  return { messages }
}

function join(scope: string, name: string): string {
  return scope === "" ? name : `${scope}.${name}`
}

function fieldOf(
  field: DeclaredField,
  scope: string,
  file: DeclaredFile,
  messages: ReadonlyMap<string, MessageType>,
  enums: ReadonlyMap<string, EnumType>
): FieldType {
  const value = valueOf(field.type, scope, messages, enums)
  const repeated = field.label === "repeated"
  const packable = value.kind !== "message" &&
    !(value.kind === "scalar" && (value.scalar === "string" || value.scalar === "bytes"))
  if (!(Number.isInteger(field.number) && field.number >= 1 && field.number < 2 ** 29)) {
    return fail(`The field "${field.name}" of "${scope}" has the number ${field.number}`)
  }
  return {
    name: field.name,
    number: field.number,
    repeated,
    packed: repeated && packable && (field.packed ?? file.syntax === "proto3"),
    presence: file.syntax === "proto2" || field.label === "optional" ||
      field.oneof !== undefined || value.kind === "message",
    oneof: field.oneof,
    default: field.default,
    value
  }
}

function valueOf(
  type: string,
  scope: string,
  messages: ReadonlyMap<string, MessageType>,
  enums: ReadonlyMap<string, EnumType>
): ValueType {
  if (scalarNames.has(type)) return { kind: "scalar", scalar: type as ScalarName }
  const full = type.startsWith(".")
  for (
    let around = full ? "" : scope;;
    around = around.slice(0, Math.max(0, around.lastIndexOf(".")))
  ) {
    const name = full ? type.slice(1) : join(around, type)
    const message = messages.get(name)
    if (message !== undefined) return { kind: "message", type: message }
    const found = enums.get(name)
    if (found !== undefined) return { kind: "enum", type: found }
    if (around === "") return fail(`The schema uses the type "${type}", which it does not declare`)
  }
}
