/**
 * The footer of a file: its schema as a tree with levels, and its row groups. Everything a later step relies on (offsets inside the
 * file, row counts that agree, known codecs) is checked here, once, so that pages are read without doubt.
 */
import type { RandomFile } from "@millrace/core/internal"
import { parquetMetadata } from "hyparquet/src/metadata.js"
import type { SchemaElement, Statistics } from "hyparquet/src/types.js"
import { Damage, FileFault } from "@millrace/core/internal"
import { guarded } from "./fault.ts"
import { checkThrift } from "./thrift-check.ts"

/** A node of the file's schema; the root's path is empty. `def` and `rep` are the levels at which it is present; `leaf` is its column number or -1. */
export interface FileNode {
  readonly name: string
  readonly path: string
  readonly element: SchemaElement
  readonly children: ReadonlyArray<FileNode>
  readonly def: number
  readonly rep: number
  readonly leaf: number
}

/** One column of one row group. `at` and `length` are bytes of the file. */
export interface Chunk {
  readonly at: number
  readonly length: number
  readonly values: number
  readonly codec: string
  readonly statistics: Statistics | undefined
}

/** A run of rows; `chunks` in the order of the schema's leaves. */
export interface RowGroup {
  readonly from: number
  readonly rows: number
  readonly chunks: ReadonlyArray<Chunk>
}

/** What the footer says. */
export interface Footer {
  readonly root: FileNode
  readonly rows: number
  readonly groups: ReadonlyArray<RowGroup>
}

const magic = 0x31524150
const magicEncrypted = 0x45524150
const tailBytes = 65536
const depthMax = 64

/** Statistics stay raw numbers: a timestamp is the number of its units, text is its bytes. */
const rawParsers = {
  timestampFromMilliseconds: (value: bigint): bigint => value,
  timestampFromMicroseconds: (value: bigint): bigint => value,
  timestampFromNanoseconds: (value: bigint): bigint => value,
  dateFromDays: (value: number): number => value,
  stringFromBytes: (value: Uint8Array): Uint8Array => value
}

/** Read and check the footer. Throws {@link FileFault}. Cost: one read of 64 KiB, a second one for larger footers. */
export function readFooter(file: RandomFile): Footer {
  const size = file.sizeBytes
  if (size < 12) {
    throw new FileFault({
      format: "Parquet",
      path: file.path,
      at: 0,
      detail: `it has ${size} bytes, fewer than any Parquet file`
    })
  }
  let tail = file.read(Math.max(0, size - tailBytes), Math.min(size, tailBytes))
  const view = new DataView(tail.buffer, tail.byteOffset, tail.length)
  const mark = view.getUint32(tail.length - 4, true)
  if (mark !== magic) {
    throw new FileFault({
      format: "Parquet",
      path: file.path,
      at: size - 4,
      detail: mark === magicEncrypted
        ? "it is encrypted, which is not supported"
        : `it does not end in "PAR1": it is not a Parquet file or was cut off`
    })
  }
  const length = view.getUint32(tail.length - 8, true)
  if (length > size - 12) {
    throw new FileFault({
      format: "Parquet",
      path: file.path,
      at: size - 8,
      detail: `its footer claims ${length} bytes but the file has ${size}`
    })
  }
  if (length + 8 > tail.length) tail = file.read(size - 8 - length, length + 8)
  try {
    return check(tail, length, size - 8 - length)
  } catch (cause) {
    if (!(cause instanceof Damage)) throw cause
    throw new FileFault({
      format: "Parquet",
      path: file.path,
      at: size - 8 - length,
      detail: cause.detail
    })
  }
}

function check(tail: Uint8Array, footerBytes: number, footerAt: number): Footer {
  checkThrift(tail.subarray(0, tail.length - 8), tail.length - 8 - footerBytes)
  const metadata = guarded(
    "reading the footer",
    () => parquetMetadata(tail, { geoparquet: false, parsers: rawParsers as never })
  )
  const schema = metadata.schema
  const leaves: Array<FileNode> = []
  const cursor = { at: 0 }
  const root = makeTree(schema, cursor, "", 0, 0, 0, leaves)
  if (cursor.at !== schema.length) {
    throw new Damage("its schema has elements that belong to no column")
  }
  const groups: Array<RowGroup> = []
  let from = 0
  for (const group of metadata.row_groups) {
    const rows = whole(group.num_rows, "rows of a row group")
    if (group.columns.length !== leaves.length) {
      throw new Damage(
        `a row group has ${group.columns.length} columns but the schema ${leaves.length}`
      )
    }
    const chunks = group.columns.map((column, i) => checkChunk(column, leaves[i]!, rows, footerAt))
    groups.push({ from, rows, chunks })
    from += rows
  }
  if (whole(metadata.num_rows, "rows") !== from) {
    throw new Damage(`its footer claims ${metadata.num_rows} rows but its row groups have ${from}`)
  }
  return { root, rows: from, groups }
}

function makeTree(
  schema: ReadonlyArray<SchemaElement>,
  cursor: { at: number },
  parent: string,
  parentDef: number,
  parentRep: number,
  depth: number,
  leaves: Array<FileNode>
): FileNode {
  const element = schema[cursor.at++]
  if (element === undefined) throw new Damage("its schema ends early")
  if (depth > depthMax) throw new Damage(`its schema is nested deeper than ${depthMax} levels`)
  if (typeof element.name !== "string") throw new Damage("a schema element has no name")
  const repetition = depth === 0 ? "REQUIRED" : element.repetition_type
  if (repetition === undefined) throw new Damage(`column "${element.name}" has no repetition type`)
  const def = parentDef + (repetition === "REQUIRED" ? 0 : 1)
  const rep = parentRep + (repetition === "REPEATED" ? 1 : 0)
  const path = depth === 0 ? "" : parent === "" ? element.name : `${parent}.${element.name}`
  const count = element.num_children ?? 0
  if (depth > 0 && count === 0) {
    if (element.type === undefined) throw new Damage(`column "${element.name}" has no type`)
    const leaf = { name: element.name, path, element, children: [], def, rep, leaf: leaves.length }
    leaves.push(leaf)
    return leaf
  }
  if (count < 0 || count > schema.length) {
    throw new Damage(`"${element.name}" claims ${count} children`)
  }
  const children: Array<FileNode> = []
  for (let i = 0; i < count; i++) {
    children.push(makeTree(schema, cursor, path, def, rep, depth + 1, leaves))
  }
  return { name: element.name, path, element, children, def, rep, leaf: -1 }
}

type FileColumn = ReturnType<typeof parquetMetadata>["row_groups"][number]["columns"][number]

function checkChunk(column: FileColumn, leaf: FileNode, rows: number, footerAt: number): Chunk {
  const found = column.meta_data
  if (found === undefined) throw new Damage(`column "${leaf.path}" has no metadata`)
  if (column.file_path !== undefined && column.file_path !== "") {
    throw new Damage(`column "${leaf.path}" stands in another file, which is not supported`)
  }
  if (found.type !== leaf.element.type) {
    throw new Damage(
      `column "${leaf.path}" is ${found.type} in a row group but ${leaf.element.type} in the schema`
    )
  }
  const data = whole(found.data_page_offset, "offset of a column")
  const dictionary = found.dictionary_page_offset === undefined
    ? 0
    : whole(found.dictionary_page_offset, "offset of a dictionary")
  const at = dictionary >= 4 && dictionary < data ? dictionary : data
  const length = whole(found.total_compressed_size, "size of a column")
  const values = whole(found.num_values, "values of a column")
  if (rows > 0 && (at < 4 || at + length > footerAt)) {
    throw new Damage(`column "${leaf.path}" claims bytes ${at} to ${at + length}, beyond the data`)
  }
  if (leaf.rep === 0 ? values !== rows : values < rows) {
    throw new Damage(`column "${leaf.path}" has ${values} values in a row group of ${rows} rows`)
  }
  return { at, length, values, codec: String(found.codec), statistics: found.statistics }
}

function whole(value: unknown, what: string): number {
  const number = typeof value === "bigint" ? Number(value) : value
  if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 0) {
    throw new Damage(`the number of ${what} is ${value}`)
  }
  return number
}
