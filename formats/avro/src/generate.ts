/**
 * Code that decodes records: one function for a {@link Reading}, with a statement for each value in the writer's order. It writes straight
 * into the arrays of the columns; what is rare (numbers of several bytes, text beyond ASCII, damage) is left to `scan.ts`.
 *
 * The arrays are taken from the columns when the function begins, those of elements when a block of them begins, right after room was made:
 * nothing grows while they are held.
 */
import { type DecodedColumn, encodeUtf8 } from "@millrace/core/internal"
import type { Conversion, Missing, Reading } from "./reading.ts"
import * as Scan from "./scan.ts"
import { type Schema, sizeMin } from "./schema.ts"

/** Where a generated function left off. `before`, `after`, `op`: of an envelope, the rows of its images (-1: none) and its operation. */
export interface State extends Scan.Cursor {
  row: number
  before: number
  after: number
  op: number
}

/** Decodes records at `bytes[at …)` into rows `row` to `stop`, then leaves the place in `state.at`. */
export type Run = (
  bytes: Uint8Array,
  view: DataView,
  at: number,
  end: number,
  row: number,
  stop: number,
  state: State
) => void

/** A state to decode with. */
export function makeState(): State {
  return { at: 0, wide: 0n, row: 0, before: -1, after: -1, op: 0 }
}

/** The function for records that are a row each. */
export function generate(reading: Reading): Run {
  return new Emitter().build(reading)
}

/** What an envelope's fields are: images become rows, the operation a number (its character; 0: not one character), others are passed. */
export type EnvelopeField =
  /** By branch of its union, in order; undefined: null. One that is no union has one. */
  | {
    readonly kind: "image"
    readonly name: "before" | "after"
    readonly branches: ReadonlyArray<Reading | undefined>
    readonly union: boolean
  }
  | { readonly kind: "op"; readonly nullAt: number | undefined }
  | { readonly kind: "pass"; readonly schema: Schema }

/**
 * The function for one envelope, whose images become rows `row` and the next; `state.row` is behind the last. `branch`: the envelope's own place in a
 * union, if it stands in one.
 */
export function generateEnvelope(
  fields: ReadonlyArray<EnvelopeField>,
  branch: number | undefined
): Run {
  return new Emitter().buildEnvelope(fields, branch)
}

class Emitter {
  private readonly columns: Array<DecodedColumn> = []
  private readonly constants: Array<unknown> = []
  private names = 0

  build(reading: Reading): Run {
    const body = this.value(reading, "row")
    const hoisted = this.hoist(alignedColumns(reading))
    return this.compile(
      `${hoisted}\nlet x = 0\nfor (; row < stop; row++) {\n${body}\n` +
        `if (at > end) ends("more bytes")\n}\ns.at = at\ns.row = row`
    )
  }

  buildEnvelope(fields: ReadonlyArray<EnvelopeField>, branch: number | undefined): Run {
    const columns = fields.flatMap((field) =>
      field.kind === "image"
        ? field.branches.flatMap((reading) => reading === undefined ? [] : alignedColumns(reading))
        : []
    )
    const statements = fields.map((field) => {
      if (field.kind === "pass") return this.skip(field.schema)
      if (field.kind === "op") return this.operation(field.nullAt)
      const images = field.branches.map((reading) =>
        reading === undefined ? "" : `s.${field.name} = row\n${this.value(reading, "row")}\nrow++`
      )
      return field.union ? this.choose(images) : images.join("\n")
    }).join("\n")
    const body = branch === undefined
      ? statements
      : this.choose(Array.from({ length: branch + 1 }, (_, i) =>
        i === branch ? statements : 'fail("Expected an envelope but found null")'))
    return this.compile(
      `${this.hoist(columns)}\nlet x = 0\ns.before = -1\ns.after = -1\ns.op = 0\n${body}\n` +
        `if (at > end) ends("more bytes")\ns.at = at\ns.row = row`
    )
  }

  private operation(nullAt: number | undefined): string {
    const read = `${this.length()}\ns.op = x === 1 ? b[at] : 0\nat += x`
    if (nullAt === undefined) return read
    return this.choose(nullAt === 0 ? ["", read] : [read, ""])
  }

  private compile(body: string): Run {
    const helpers = { ...Scan, columns: this.columns, constants: this.constants }
    const names = Object.keys(helpers).join(", ")
    const text = `"use strict"\nconst { ${names} } = h\n` +
      `return function run(b, d, at, end, row, stop, s) {\n${body}\n}`
    return (new Function("h", text) as (h: typeof helpers) => Run)(helpers)
  }

  private column(column: DecodedColumn): number {
    const found = this.columns.indexOf(column)
    return found >= 0 ? found : this.columns.push(column) - 1
  }

  private constant(value: unknown): string {
    const found = this.constants.indexOf(value)
    return `constants[${found >= 0 ? found : this.constants.push(value) - 1}]`
  }

  private name(prefix: string): string {
    return `${prefix}${this.names++}`
  }

  private hoist(columns: ReadonlyArray<DecodedColumn>): string {
    return [...new Set(columns)].map((column) => {
      const i = this.column(column)
      const parts = [`c${i} = columns[${i}]`, `n${i} = c${i}.nulls`]
      switch (column.layout) {
        case "bytes":
        case "list":
        case "map":
          parts.push(`st${i} = c${i}.starts`, `le${i} = c${i}.lengths`)
          break
        case "ts9":
          parts.push(`v${i} = c${i}.values`, `na${i} = c${i}.nanos`)
          break
        case "row":
        case "big":
        case "object":
          break
        default:
          parts.push(`v${i} = c${i}.values`)
      }
      return `const ${parts.join(", ")}`
    }).join("\n")
  }

  private value(reading: Reading, at: string): string {
    switch (reading.kind) {
      case "skip":
        return this.skip(reading.schema)
      case "refuse":
        return `fail(${JSON.stringify(reading.text)})`
      case "null":
        return this.setNull(reading.column, at)
      case "row":
        return [
          ...reading.fields.map((field) => this.value(field, at)),
          ...reading.missing.map((missing) => this.missing(missing, at))
        ].join("\n")
      case "union":
        return this.choose(reading.branches.map((branch) => this.value(branch, at)))
      case "list":
        return this.elements(reading.column, [reading.element], reading.schema, at, reading.path)
      case "map":
        return this.elements(
          reading.column,
          [undefined, reading.value],
          reading.schema,
          at,
          reading.path
        )
      case "value":
        return this.convert(reading.conversion, reading.column, at, reading.path)
    }
  }

  private setNull(column: DecodedColumn, at: string): string {
    const i = this.column(column)
    return column.layout === "row"
      ? `c${i}.setNull(${at})`
      : `n${i}[${at}] = 1; c${i}.anyNull = true`
  }

  private missing({ column, value }: Missing, at: string): string {
    const i = this.column(column)
    if (value === null) return this.setNull(column, at)
    if (typeof value !== "string") return `v${i}[${at}] = ${Number(value)}`
    const bytes = encodeUtf8(value)
    return `c${i}.setBytes(${at}, b, ${this.constant(bytes)}, 0, ${bytes.length})`
  }

  /** The index of a union, then one of the statements. */
  private choose(branches: ReadonlyArray<string>): string {
    const cases = branches.map((text, i) => `if (x === ${i * 2}) {\n${text}\n}`)
    return `x = b[at++]
if (x >= 128 || (x & 1) === 1) { x = readInt(b, at - 1, end, s) * 2; at = s.at }
${cases.join(" else ")} ${
      cases.length > 0 ? "else" : ""
    } { if (at > end) ends("a union"); badIndex("a union", x / 2) }`
  }

  private skip(schema: Schema): string {
    switch (schema.type) {
      case "null":
        return ""
      case "int":
        return this.int()
      case "long":
        return this.long()
      case "float":
        return "at += 4"
      case "double":
        return "at += 8"
      case "fixed":
        return `at += ${schema.size}`
      case "bytes":
        return `${this.length()}\nat += x`
      case "string":
        return `${this.length()}\ncheckText(b, d, at, x, "(no column)")\nat += x`
      case "union":
        if (schema.branches.length === 2 && schema.branches[0]!.type === "null") {
          return this.choose(schema.branches.map((branch) => this.skip(branch)))
        }
    }
    return `at = skip(${this.constant(schema)}, b, at, end, s, 0)`
  }

  private int(): string {
    return `x = b[at++]
if (x < 128) x = (x >>> 1) ^ -(x & 1)
else { x = readInt(b, at - 1, end, s); at = s.at }`
  }

  private long(): string {
    return `x = b[at++]
if (x < 128) x = (x >>> 1) ^ -(x & 1)
else { x = readLong(b, at - 1, end, s); at = s.at }`
  }

  private length(): string {
    return `x = b[at++]
if (x < 128 && (x & 1) === 0 && x >>> 1 <= end - at) x >>>= 1
else { x = readLength(b, at - 1, end, s); at = s.at }`
  }

  private convert(
    conversion: Conversion,
    column: DecodedColumn,
    at: string,
    path: string
  ): string {
    const i = this.column(column)
    const big = `if (x !== x) c${i}.setBigint(${at}, s.wide)`
    switch (conversion.kind) {
      case "int":
        return `${this.int()}\n${inRange(conversion.limit, column, path)}v${i}[${at}] = x`
      case "long":
        return `${this.long()}\n${big}\nelse v${i}[${at}] = x`
      case "longAsDouble":
        return `${this.long()}\nif (x !== x) x = Number(s.wide)\nv${i}[${at}] = ${
          conversion.single ? "Math.fround(x)" : "x"
        }`
      case "float":
      case "double": {
        const size = conversion.kind === "float" ? 4 : 8
        return `if (at + ${size} > end) ends("a ${conversion.kind}")
v${i}[${at}] = d.getFloat${size * 8}(at, true)\nat += ${size}`
      }
      case "boolean":
        return `x = b[at++]\nif (x > 1) fail(${
          JSON.stringify(`Expected a boolean in field '${path}' but found another byte`)
        })\nv${i}[${at}] = x`
      case "text":
        return `${this.length()}\ncheckText(b, d, at, x, ${JSON.stringify(path)})\n${
          this.store(i, at)
        }`
      case "bytes":
        return `${this.length()}\n${this.store(i, at)}`
      case "fixed":
        return `x = ${conversion.size}\nif (at + x > end) ends("a fixed")\n${this.store(i, at)}`
      case "uuid":
        return `if (at + 16 > end) ends("a uuid")\nsetUuid(c${i}, ${at}, b, at)\nat += 16`
      case "enum": {
        const symbols = this.constant(conversion.symbols.map((symbol) => encodeUtf8(symbol)))
        return `${this.int()}\nsetSymbol(c${i}, ${at}, b, ${symbols}, x)`
      }
      case "decimal": {
        const size = conversion.size === undefined
          ? this.length()
          : `x = ${conversion.size}\nif (at + x > end) ends("a decimal")`
        return `${size}\nsetDecimal(c${i}, ${at}, b, at, x, ${conversion.shift}, ${conversion.precision})\nat += x`
      }
      case "timeMicros":
        return `${this.long()}\nif (!(x >= 0 && x < 86400000000)) fail(${
          JSON.stringify(`Expected a time of day in field '${path}' but found another number`)
        })\nv${i}[${at}] = Math.floor(x / 1000)`
      case "timestamp": {
        const per = conversion.unit === "millis" ? 1 : conversion.unit === "micros" ? 1000 : 1000000
        const quick = per === 1 && column.layout === "f64"
          ? `if (x === x) v${i}[${at}] = x\nelse `
          : ""
        return `${this.long()}\n${quick}setTimestamp(c${i}, ${at}, x, s.wide, ${per})`
      }
    }
  }

  private store(i: number, at: string): string {
    return `if (c${i}.own !== undefined) c${i}.setBytes(${at}, b, b, at, x)
else { st${i}[${at}] = at; le${i}[${at}] = x }
at += x`
  }

  /** Blocks of elements (of a map: a key before each). `parts`: the reading of each child column; undefined: a map's key. */
  private elements(
    column: DecodedColumn,
    parts: ReadonlyArray<Reading | undefined>,
    schema: Schema,
    at: string,
    path: string
  ): string {
    const i = this.column(column)
    const [first, e, last] = [this.name("f"), this.name("e"), this.name("l")]
    const least = sizeMin(schema) + (parts.length === 2 ? 1 : 0)
    const children = column.children.map((child) => `c${this.column(child)}`)
    const from = column.children.map((child) =>
      `const c${this.column(child)} = columns[${this.column(child)}]`
    ).join("\n")
    const body = parts.map((part, k) =>
      part === undefined
        ? this.convert({ kind: "text" }, column.children[k]!, e, `${path} (a key)`)
        : this.value(part, e)
    ).join("\n")
    const inner = this.hoist([
      ...column.children,
      ...parts.flatMap((part) => part === undefined ? [] : alignedColumns(part))
    ])
    return `{
${from}
const ${first} = ${children[0]}.count
let ${e} = ${first}
for (;;) {
x = b[at++]
if (x < 128 && (x & 1) === 0 && x <= 2 * (end - at) / ${Math.max(1, least)}) x >>>= 1
else { x = readCount(b, at - 1, end, s, ${least}); at = s.at }
if (x === 0) break
const ${last} = ${e} + x
${least === 0 ? `if (${last} - ${first} > 65536) ends("so many elements")` : ""}
${children.map((child) => `${child}.ensure(${last} - 1)`).join("\n")}
{
${inner}
for (; ${e} < ${last}; ${e}++) {
${body}
}
}
${children.map((child) => `${child}.count = ${e}`).join("\n")}
}
st${i}[${at}] = ${first}
le${i}[${at}] = ${e} - ${first}
}`
  }
}

function inRange(limit: number, column: DecodedColumn, path: string): string {
  if (limit === 2147483648) return ""
  const { kind } = column.type
  const test = kind === "TIME" ? `x >= 0 && x < ${limit}` : `x >= ${-limit} && x < ${limit}`
  const text = `Expected a ${kind} in field '${path}' but found another number`
  return `if (!(${test})) fail(${JSON.stringify(text)})\n`
}

/** The columns that a reading writes at its own index. */
function alignedColumns(reading: Reading): ReadonlyArray<DecodedColumn> {
  switch (reading.kind) {
    case "skip":
    case "refuse":
      return []
    case "row":
      return [
        ...reading.fields.flatMap(alignedColumns),
        ...reading.missing.map((missing) => missing.column)
      ]
    case "union":
      return reading.branches.flatMap(alignedColumns)
    default:
      return [reading.column]
  }
}
