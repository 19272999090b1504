/**
 * Code that decodes messages: one function for a {@link Shape}, with a loop over the fields of each message and a case for each that is wanted.
 * Columns begin as absent (or with their defaults), are overwritten as fields come, and lists are closed when their message ends.
 */
import { type DecodedColumn, encodeUtf8 } from "@millrace/core/internal"
import * as Scan from "./scan.ts"
import { type EnumType, type FieldType, wireOf } from "./schema.ts"
import type { FieldTarget, Shape, Target } from "./shape.ts"

/** Decodes the message `bytes[at … end)` into row `row`. Throws Problem. */
export type Run = (
  bytes: Uint8Array,
  view: DataView,
  at: number,
  end: number,
  row: number,
  cursor: Scan.Cursor
) => void

/** The function. `defaults`: whether everything absent stands for its default, not only simple fields of proto3. */
export function generate(shape: Shape, defaults: boolean): Run {
  return new Emitter(defaults).build(shape)
}

class Emitter {
  private readonly defaults: boolean
  private readonly columns: Array<DecodedColumn> = []
  private readonly constants: Array<unknown> = []
  private names = 0

  constructor(defaults: boolean) {
    this.defaults = defaults
  }

  build(shape: Shape): Run {
    const hoisted = this.hoist(aligned(shape))
    const body = `${hoisted}\nlet x = 0\n${this.begin(shape, "row")}\n${
      this.message(shape, "row", "end")
    }`
    const helpers = { ...Scan, columns: this.columns, constants: this.constants }
    const text = `"use strict"\nconst { ${Object.keys(helpers).join(", ")} } = h\n` +
      `return function run(b, d, at, end, row, s) {\n${body}\n}`
    return (new Function("h", text) as (h: typeof helpers) => Run)(helpers)
  }

  private name(prefix: string): string {
    return `${prefix}${this.names++}`
  }

  private column(column: DecodedColumn): number {
    const found = this.columns.indexOf(column)
    return found >= 0 ? found : this.columns.push(column) - 1
  }

  private constant(value: unknown): string {
    return `constants[${this.constants.push(value) - 1}]`
  }

  private hoist(columns: ReadonlyArray<DecodedColumn>): string {
    return columns.map((column) => {
      const i = this.column(column)
      const parts = [`c${i} = columns[${i}]`, `n${i} = c${i}.nulls`]
      const { layout } = column
      if (layout === "bytes" || layout === "list" || layout === "map") {
        parts.push(`st${i} = c${i}.starts`, `le${i} = c${i}.lengths`)
      } else if (layout !== "row") parts.push(`v${i} = c${i}.values`)
      return `const ${parts.join(", ")}`
    }).join("\n")
  }

  private setNull(column: DecodedColumn, at: string): string {
    const i = this.column(column)
    return column.layout === "row"
      ? `c${i}.setNull(${at})`
      : `n${i}[${at}] = 1; c${i}.anyNull = true`
  }

  /** The fields of a message before any has come. */
  private begin(shape: Shape, at: string): string {
    return shape.fields.map((field) => this.absent(field, shape.message.implicit, at)).join("\n")
  }

  private absent(field: FieldTarget, implicit: boolean, at: string): string {
    if (field.list !== undefined) {
      const i = this.column(field.list)
      const first = this.column(field.list.children[0]!)
      return `st${i}[${at}] = columns[${first}].count; le${i}[${at}] = 0`
    }
    const { target } = field
    if (target.kind === "value") {
      return implicit || this.defaults
        ? this.initial(field.field, target.column, at)
        : this.setNull(target.column, at)
    }
    if (this.defaults) return this.present(target, at)
    return target.column === undefined
      ? columnsOf(target.shape).map((column) => this.setNull(column, at)).join("\n")
      : this.setNull(target.column, at)
  }

  /** A message that is there, without fields so far. */
  private present(target: Target & { readonly kind: "message" }, at: string): string {
    const own = target.column === undefined ? "" : `n${this.column(target.column)}[${at}] = 0\n`
    return own + this.begin(target.shape, at)
  }

  private initial(field: FieldType, column: DecodedColumn, at: string): string {
    const i = this.column(column)
    const given = field.default
    if (field.value.kind === "enum") {
      const { type } = field.value
      const first = type.values.find((one) => one.name === given) ?? type.values[0]!
      return this.enumValue(type, column, at, `${first.number}`, true)
    }
    if (column.layout === "bytes") {
      const bytes = encodeUtf8(given ?? "")
      return `n${i}[${at}] = 0; c${i}.setBytes(${at}, b, ${
        this.constant(bytes)
      }, 0, ${bytes.length})`
    }
    if (column.layout === "i64" && given !== undefined) {
      return `n${i}[${at}] = 0; c${i}.setBigint(${at}, ${BigInt.asIntN(64, BigInt(given))}n)`
    }
    const names: Readonly<Record<string, number>> = {
      true: 1,
      false: 0,
      inf: Infinity,
      "-inf": -Infinity,
      nan: NaN
    }
    return `n${i}[${at}] = 0; v${i}[${at}] = ${
      given === undefined ? 0 : names[given] ?? Number(given)
    }`
  }

  /** All fields up to `end`, then what is left to say of them. */
  private message(shape: Shape, at: string, end: string): string {
    const tag = this.name("t")
    const cases = shape.fields.map((field) => this.cases(field, shape, at, end)).join("\n")
    const flags = shape.fields.filter((field) =>
      field.target.kind === "message" && field.list === undefined
    )
      .map((field) => `let ${this.flag(field)} = false`).join("\n")
    const closing = shape.fields.map((field) => this.close(field, at)).filter((text) => text !== "")
    return `${flags}
while (at < ${end}) {
x = b[at++]
if (x > 127) { x = readVarint32(b, at - 1, ${end}, s) >>> 0; at = s.at }
const ${tag} = x
switch (${tag}) {
${cases}
default: at = skipField(b, at, ${end}, ${tag}, s, 0)
}
}
if (at !== ${end}) ends("a field")
${closing.join("\n")}`
  }

  private readonly flags = new Map<FieldTarget, string>()

  private flag(field: FieldTarget): string {
    const found = this.flags.get(field) ?? this.name("m")
    this.flags.set(field, found)
    return found
  }

  private close(field: FieldTarget, at: string): string {
    if (field.list !== undefined) {
      const i = this.column(field.list)
      const first = this.column(field.list.children[0]!)
      const empty = this.defaults
        ? ""
        : `\nif (le${i}[${at}] > 0) n${i}[${at}] = 0; else { ${
          field.list.type.nullable ? this.setNull(field.list, at) : ""
        } }`
      return `le${i}[${at}] = columns[${first}].count - st${i}[${at}]${empty}`
    }
    const { target } = field
    const column = target.column
    if (column === undefined || column.type.nullable) return ""
    const text = JSON.stringify(
      `Expected a value of field '${field.path}' but the message has none`
    )
    return `if (n${this.column(column)}[${at}] === 1) fail(${text})`
  }

  private cases(field: FieldTarget, shape: Shape, at: string, end: string): string {
    const { number, value } = field.field
    const wire = value.kind === "scalar" ? wireOf(value.scalar) : value.kind === "enum" ? 0 : 2
    const tag = (number * 8 + wire) >>> 0
    if (field.list === undefined) {
      const others = shape.fields.filter((other) =>
        other !== field && other.field.oneof !== undefined &&
        other.field.oneof === field.field.oneof
      ).map((other) => this.absent(other, shape.message.implicit, at)).join("\n")
      return `case ${tag}: {\n${others}\n${this.single(field, at, end)}\nbreak\n}`
    }
    if (field.key !== undefined) return `case ${tag}: {\n${this.entry(field, end)}\nbreak\n}`
    const one = this.element(field, end)
    const packable = wire !== 2
    const packed = packable
      ? `case ${(number * 8 + 2) >>> 0}: {
const until = readLength(b, at, ${end}, s) + s.at
at = s.at
while (at < until) {\n${this.element(field, "until")}\n}
if (at !== until) ends("packed values")
break
}`
      : ""
    return `case ${tag}: {\n${one}\nbreak\n}\n${packed}`
  }

  private single(field: FieldTarget, at: string, end: string): string {
    const { target } = field
    if (target.kind === "value") {
      return this.read(field.field, target.column, at, end, field.path, false)
    }
    const flag = this.flag(field)
    return `if (!${flag}) { ${flag} = true\n${this.present(target, at)}\n}\n${
      this.inner(target.shape, at, end)
    }`
  }

  /** A message with its length before it. */
  private inner(shape: Shape, at: string, end: string): string {
    const until = this.name("u")
    return `const ${until} = readLength(b, at, ${end}, s) + s.at\nat = s.at\n${
      this.message(shape, at, until)
    }`
  }

  private element(field: FieldTarget, end: string): string {
    const column = field.list!.children[0]!
    const i = this.column(column)
    const e = this.name("e")
    const { target } = field
    const columns = target.kind === "value" ? [column] : [column, ...aligned(target.shape)]
    const body = target.kind === "value"
      ? this.read(field.field, column, e, end, field.path, true)
      : `${this.present(target, e)}\n${this.inner(target.shape, e, end)}`
    return `const ${e} = columns[${i}].count
columns[${i}].ensure(${e})
columns[${i}].count = ${e} + 1
{
${this.hoist(columns)}
${body}
}`
  }

  /** An entry of a map: key and value with their defaults, then the fields that come. */
  private entry(field: FieldTarget, end: string): string {
    const [keys, values] = field.list!.children as [DecodedColumn, DecodedColumn]
    const [k, v, e, until, tag] = [
      this.column(keys),
      this.column(values),
      this.name("e"),
      this.name("u"),
      this.name("t")
    ]
    const entry =
      (field.field.value as { readonly type: { readonly fields: ReadonlyArray<FieldType> } }).type
    const [key, value] = entry.fields as [FieldType, FieldType]
    const { target } = field
    const columns = [keys, values, ...target.kind === "message" ? aligned(target.shape) : []]
    const begin = target.kind === "message"
      ? this.present(target, e)
      : this.initial(value, values, e)
    const read = target.kind === "message"
      ? `${this.present(target, e)}\n${this.inner(target.shape, e, until)}`
      : this.read(value, values, e, until, field.path, true)
    const wire = (one: FieldType): number =>
      one.number * 8 +
      (one.value.kind === "scalar" ? wireOf(one.value.scalar) : one.value.kind === "enum" ? 0 : 2)
    return `const ${until} = readLength(b, at, ${end}, s) + s.at
at = s.at
const ${e} = columns[${k}].count
columns[${k}].ensure(${e}); columns[${v}].ensure(${e})
columns[${k}].count = columns[${v}].count = ${e} + 1
{
${this.hoist(columns)}
${this.initial(key, keys, e)}
${begin}
while (at < ${until}) {
const ${tag} = readVarint32(b, at, ${until}, s) >>> 0
at = s.at
if (${tag} === ${wire(key)}) {\n${this.read(key, keys, e, until, field.path, true)}\n}
else if (${tag} === ${wire(value)}) {\n${read}\n}
else at = skipField(b, at, ${until}, ${tag}, s, 0)
}
if (at !== ${until}) ends("an entry")
}`
  }

  private enumValue(
    type: EnumType,
    column: DecodedColumn,
    at: string,
    number: string,
    element: boolean
  ): string {
    const i = this.column(column)
    if (column.layout !== "bytes") {
      const limit = column.type.kind === "TINYINT"
        ? 128
        : column.type.kind === "SMALLINT"
        ? 32768
        : 0
      const range = limit === 0
        ? ""
        : `if (!(${number} >= ${-limit} && ${number} < ${limit})) fail("Expected a ${column.type.kind} but found another number of an enum")\n`
      return `${range}v${i}[${at}] = ${number}; n${i}[${at}] = 0`
    }
    const names = this.constant(
      new Map([...type.values].reverse().map((one) => [one.number, encodeUtf8(one.name)] as const))
    )
    const unknown = this.constant(encodeUtf8("UNRECOGNIZED"))
    const otherwise = `c${i}.setBytes(${at}, b, ${unknown}, 0, 12)`
    return `n${i}[${at}] = 0\nif (!setName(c${i}, ${at}, b, ${names}, ${number})) ${otherwise}${
      element ? "" : ""
    }`
  }

  /** A value that follows its tag. `element`: what is there cannot be absent. */
  private read(
    field: FieldType,
    column: DecodedColumn,
    at: string,
    end: string,
    path: string,
    element: boolean
  ): string {
    const i = this.column(column)
    const set = `v${i}[${at}] = x; n${i}[${at}] = 0`
    const wide =
      `if (x !== x) c${i}.setBigint(${at}, s.wide); else v${i}[${at}] = x\nn${i}[${at}] = 0`
    const short =
      `x = b[at++]\nif (!(x < 128)) { x = readVarint32(b, at - 1, ${end}, s); at = s.at }`
    if (field.value.kind === "enum") {
      return `${short}\n${this.enumValue(field.value.type, column, at, "x", element)}`
    }
    const { scalar } = field.value as { readonly scalar: string }
    switch (scalar) {
      case "int32":
        return `${short}\n${set}`
      case "uint32":
        return `${short}\n${column.layout === "i64" ? "x >>>= 0\n" : ""}${set}`
      case "sint32":
        return `${short}\nx = (x >>> 1) ^ -(x & 1)\n${set}`
      case "bool":
        return `x = readVarint64(b, at, ${end}, s)\nat = s.at\nv${i}[${at}] = x === 0 ? 0 : 1; n${i}[${at}] = 0`
      case "int64":
      case "uint64":
        return `x = b[at++]\nif (!(x < 128)) { x = readVarint64(b, at - 1, ${end}, s); at = s.at }\n${wide}`
      case "sint64":
        return `x = readZigzag64(b, at, ${end}, s)\nat = s.at\n${wide}`
      case "fixed32":
      case "sfixed32": {
        const get = column.layout === "i64" ? "getUint32" : "getInt32"
        return `if (at + 4 > ${end}) ends("4 bytes")\nx = d.${get}(at, true)\nat += 4\n${set}`
      }
      case "fixed64":
      case "sfixed64":
        return `if (at + 8 > ${end}) ends("8 bytes")\nx = readFixed64(d, at, s)\nat += 8\n${wide}`
      case "float":
        return `if (at + 4 > ${end}) ends("a float")\nx = d.getFloat32(at, true)\nat += 4\n${set}`
      case "double":
        return `if (at + 8 > ${end}) ends("a double")\nx = d.getFloat64(at, true)\nat += 8\n${set}`
      default:
        return `x = b[at++]
if (!(x < 128 && x <= ${end} - at)) { x = readLength(b, at - 1, ${end}, s); at = s.at }
${scalar === "string" ? `checkText(b, d, at, x, ${JSON.stringify(path)})` : ""}
if (c${i}.own !== undefined) c${i}.setBytes(${at}, b, b, at, x)
else { st${i}[${at}] = at; le${i}[${at}] = x }
n${i}[${at}] = 0
at += x`
    }
  }
}

/** Columns written at the index of the message itself. */
function aligned(shape: Shape): ReadonlyArray<DecodedColumn> {
  return shape.fields.flatMap((field) => {
    if (field.list !== undefined) return [field.list]
    const { target } = field
    if (target.kind === "value") return [target.column]
    return [...target.column === undefined ? [] : [target.column], ...aligned(target.shape)]
  })
}

/** The outermost columns of a message of which only fields are wanted. */
function columnsOf(shape: Shape): ReadonlyArray<DecodedColumn> {
  return shape.fields.flatMap((field) => {
    const own = field.list ?? field.target.column
    if (own !== undefined) return [own]
    return field.target.kind === "message" ? columnsOf(field.target.shape) : []
  })
}
