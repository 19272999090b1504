/**
 * How the columns of a table are found in a file, and which reader each gets in a stripe. Columns are found by name; by position where the
 * file has no names of its own (`_col0`, `_col1` …, as Hive writes them).
 */
import {
  Damage,
  FileColumnFault,
  FileTypeFault,
  LogicalType,
  makeTimeZone,
  nearest
} from "@millrace/core/internal"
import type { FileType } from "./footer.ts"
import { readDecimals, readTimestamps } from "./exact-reader.ts"
import { readLists, readRows } from "./nested-reader.ts"
import { type DenseReader, NodeReader } from "./node-reader.ts"
import {
  readBooleans,
  readBytes,
  readDoubles,
  readFloats,
  readLongs,
  readSmall
} from "./number-reader.ts"
import type { StripeStreams } from "./stripe-streams.ts"
import { readCodes, readTexts } from "./text-reader.ts"

type Type = LogicalType.LogicalType

/** Makes the reader of one projected column for a stripe. */
export interface ColumnPlan {
  readonly open: (streams: StripeStreams) => NodeReader
  /** Where the projected column stands in what the reader gives. */
  readonly path: ReadonlyArray<number>
}

/** A node of the file to be read as a type of the table. */
interface Node {
  readonly file: FileType
  readonly type: Type
  /** Of a STRUCT, LIST, MAP: parts. */
  readonly children: ReadonlyArray<Node>
}

/** Find projected column `path` of the declared columns. Throws {@link FileColumnFault}, {@link FileTypeFault}. */
export function planColumn(
  root: FileType,
  physical: LogicalType.RowType,
  path: ReadonlyArray<number>,
  file: string
): ColumnPlan {
  const [first, ...rest] = path
  const field = physical[first!]!
  const found = childOf(root, field.name, first!, "", file)
  const node = planPath(found, field.type, rest, field.name, file)
  return {
    open: (streams) => makeReader(node, streams),
    path: rest.map(() => 0)
  }
}

/** Only what is projected of a ROW is read. */
function planPath(
  file: FileType,
  type: Type,
  rest: ReadonlyArray<number>,
  name: string,
  path: string
): Node {
  const [next, ...more] = rest
  if (next === undefined) return planNode(file, type, name, path)
  if (type.kind !== "ROW" || file.kind !== "STRUCT") throw mismatch(file, type, name, path)
  const field = type.fields[next]!
  const child = childOf(file, field.name, next, name, path)
  const only = planPath(child, field.type, more, `${name}.${field.name}`, path)
  return { file, type: { ...type, fields: [field] }, children: [only] }
}

function childOf(
  parent: FileType,
  name: string,
  index: number,
  prefix: string,
  path: string
): FileType {
  const { names, children } = parent
  const found = children[names.indexOf(name)]
  if (found !== undefined) return found
  const unnamed = prefix === "" && names.every((one) => /^_col\d+$/.test(one))
  if (unnamed && children[index] !== undefined) return children[index]
  throw new FileColumnFault({
    format: "ORC",
    path,
    column: prefix === "" ? name : `${prefix}.${name}`,
    nearest: nearest(name, names),
    columns: names
  })
}

function planNode(file: FileType, type: Type, name: string, path: string): Node {
  const part = (index: number, of: Type): Node =>
    planNode(file.children[index]!, of, `${name}[]`, path)
  if (type.kind === "ROW" && file.kind === "STRUCT") {
    const children = type.fields.map((field, i) =>
      planNode(childOf(file, field.name, i, name, path), field.type, `${name}.${field.name}`, path)
    )
    return { file, type, children }
  }
  if (type.kind === "ARRAY" && file.kind === "LIST") {
    return { file, type, children: [part(0, type.element)] }
  }
  if (type.kind === "MAP" && file.kind === "MAP") {
    return { file, type, children: [part(0, type.key), part(1, type.value)] }
  }
  if (!fits(file, type)) throw mismatch(file, type, name, path)
  return { file, type, children: [] }
}

const integers = ["TINYINT", "SMALLINT", "INT", "BIGINT"]
const widths: Readonly<Record<string, number>> = { BYTE: 0, SHORT: 1, INT: 2, LONG: 3 }

/** Whether every value of a file's type has one of the table's. */
function fits(file: FileType, type: Type): boolean {
  switch (file.kind) {
    case "BOOLEAN":
      return type.kind === "BOOLEAN"
    case "BYTE":
    case "SHORT":
    case "INT":
    case "LONG":
      return integers.indexOf(type.kind) >= widths[file.kind]!
    case "FLOAT":
      return type.kind === "FLOAT" || type.kind === "DOUBLE"
    case "DOUBLE":
      return type.kind === "DOUBLE"
    case "STRING":
    case "VARCHAR":
    case "CHAR":
      return type.kind === "CHAR" || type.kind === "VARCHAR"
    case "BINARY":
      return type.kind === "BINARY" || type.kind === "VARBINARY"
    case "DATE":
      return type.kind === "DATE"
    case "TIMESTAMP":
      return type.kind === "TIMESTAMP"
    case "TIMESTAMP_INSTANT":
      return type.kind === "TIMESTAMP_LTZ"
    case "DECIMAL":
      return type.kind === "DECIMAL" && type.scale >= file.scale &&
        type.precision - type.scale >= file.precision - file.scale
    default:
      return false
  }
}

function mismatch(file: FileType, type: Type, column: string, path: string): FileTypeFault {
  const found = file.kind === "DECIMAL" ? `DECIMAL(${file.precision}, ${file.scale})` : file.kind
  return new FileTypeFault({ format: "ORC", path, column, found, wanted: LogicalType.format(type) })
}

function makeReader(node: Node, streams: StripeStreams): NodeReader {
  return new NodeReader(node.type, streams.present(node.file.column), makeDense(node, streams))
}

function makeDense({ file, type, children }: Node, streams: StripeStreams): DenseReader {
  const { column } = file
  switch (file.kind) {
    case "BOOLEAN":
      return readBooleans(streams.data(column))
    case "BYTE":
      return readBytes(streams.data(column), type.kind === "BIGINT" ? "i64" : "i32")
    case "SHORT":
    case "INT":
    case "LONG":
    case "DATE": {
      const data = streams.integers(column, "data", true)
      return type.kind === "BIGINT" ? readLongs(data) : readSmall(data)
    }
    case "FLOAT":
      return readFloats(streams.data(column))
    case "DOUBLE":
      return readDoubles(streams.data(column))
    case "DECIMAL": {
      const { precision, scale } = type as Type & { readonly kind: "DECIMAL" }
      const scales = streams.integers(column, "secondary", true)
      return readDecimals(streams.data(column), scales, precision, scale)
    }
    case "TIMESTAMP":
    case "TIMESTAMP_INSTANT": {
      const { precision } = type as Type & { readonly kind: "TIMESTAMP" }
      const seconds = streams.integers(column, "data", true)
      const nanos = streams.integers(column, "secondary", false)
      const zone = file.kind === "TIMESTAMP" ? zoneOf(streams.zone) : undefined
      return readTimestamps(seconds, nanos, precision, zone)
    }
    case "STRUCT":
      return readRows(children.map((child) => makeReader(child, streams)))
    case "LIST":
    case "MAP": {
      const lengths = streams.integers(column, "length", false)
      const parts = children.map((child) => makeReader(child, streams))
      return readLists(file.kind === "LIST" ? "list" : "map", lengths, parts)
    }
    default:
      return textReader(column, streams)
  }
}

function textReader(column: number, streams: StripeStreams): DenseReader {
  const lengths = streams.integers(column, "length", false)
  const { dictionary, dictionarySize } = streams.encoding(column)
  if (!dictionary) return readTexts(streams.data(column), lengths)
  const codes = streams.integers(column, "data", false)
  return readCodes(codes, dictionarySize, streams.stream(column, "dictionaryData"), lengths)
}

function zoneOf(id: string): ReturnType<typeof makeTimeZone> {
  if (id === "" || id === "UTC" || id === "GMT") return undefined
  const zone = makeTimeZone(id)
  if (zone === undefined) {
    throw new Damage(`it was written in the time zone "${id}", which is unknown here`)
  }
  return zone
}
