/**
 * Object container files: a header with schema, codec and a marker of 16 bytes, then blocks of records, each with its number of records, its
 * size and the marker behind it. The numbers before the blocks tell where each row stands without decompressing any.
 */
import type { RandomFile } from "@millrace/core/internal"
import { codecs } from "./codec.ts"
import { FileFault } from "@millrace/core/internal"
import { Problem } from "./problem.ts"
import { type Cursor, readLength, readLong } from "./scan.ts"
import { parseSchema, type Schema } from "./schema.ts"

/** What the header says. */
export interface Header {
  readonly schema: Schema
  readonly codec: string
  readonly marker: Uint8Array
  /** Where the first block begins. */
  readonly at: number
}

/** A block: its records are rows `row` to `row + rows` of the file. */
export interface Block {
  readonly at: number
  readonly row: number
  readonly rows: number
  /** Of the content, which stands at `contentAt`. */
  readonly bytes: number
  readonly contentAt: number
  /** Where the next block begins. */
  readonly next: number
}

/** The marker's length. */
export const markerBytes = 16

const magic = Uint8Array.of(79, 98, 106, 1)
const headerBytesMax = 2 ** 26
const windowBytes = 65536
const decoder = new TextDecoder("utf-8", { fatal: true })

/** Read a file's header. Throws FileFault. */
export function readHeader(file: RandomFile): Header {
  for (let size = windowBytes;; size *= 4) {
    const length = Math.min(size, file.sizeBytes)
    const bytes = file.read(0, length)
    try {
      return parseHeader(bytes)
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem
      const whole = length === file.sizeBytes || size >= headerBytesMax
      if (whole || !problem.text.endsWith("the record ends")) {
        throw new FileFault({ format: "Avro", path: file.path, at: 0, detail: problem.text })
      }
    }
  }
}

function parseHeader(bytes: Uint8Array): Header {
  if (magic.some((byte, i) => bytes[i] !== byte)) {
    throw new Problem('It does not begin with "Obj" and 1: it is not an Avro container file')
  }
  const cursor: Cursor = { at: 4, wide: 0n }
  const metadata = new Map<string, Uint8Array>()
  for (;;) {
    let count = readLong(bytes, cursor.at, bytes.length, cursor)
    if (count === 0) break
    if (count < 0) {
      count = -count
      readLong(bytes, cursor.at, bytes.length, cursor)
    }
    for (let i = 0; i < count; i++) {
      const key = readBytes(bytes, cursor)
      metadata.set(textOf(key), readBytes(bytes, cursor))
    }
  }
  const { at } = cursor
  if (at + markerBytes > bytes.length) throw new Problem("Expected a marker but the record ends")
  const schema = metadata.get("avro.schema")
  if (schema === undefined) throw new Problem('Its header has no "avro.schema"')
  const codec = metadata.has("avro.codec") ? textOf(metadata.get("avro.codec")!) : "null"
  if (!codecs.includes(codec)) {
    throw new Problem(
      `Its codec is "${codec.slice(0, 40)}" but only ${
        codecs.join(", ")
      } are supported; write it anew with one of these`
    )
  }
  const marker = bytes.slice(at, at + markerBytes)
  return { schema: parseSchema(textOf(schema)), codec, marker, at: at + markerBytes }
}

function readBytes(bytes: Uint8Array, cursor: Cursor): Uint8Array {
  const length = readLength(bytes, cursor.at, bytes.length, cursor)
  cursor.at += length
  return bytes.subarray(cursor.at - length, cursor.at)
}

function textOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw new Problem("Its header holds text that is not UTF-8")
  }
}

/** Walks the blocks of a file from the first. Cost: for each block a read of a few bytes, in windows of 64 KiB where blocks are small. */
export class BlockWalk {
  private readonly file: RandomFile
  private window: Uint8Array = new Uint8Array(0)
  private windowAt = 0
  private at: number
  private row = 0
  private readonly cursor: Cursor = { at: 0, wide: 0n }

  constructor(file: RandomFile, header: Header) {
    this.file = file
    this.at = header.at
  }

  /** The next block, or undefined at the file's end. Throws FileFault. */
  next(): Block | undefined {
    const { at, file, cursor } = this
    if (at === file.sizeBytes) return undefined
    const from = this.load(at)
    try {
      const rows = readLong(this.window, from, this.window.length, cursor)
      const bytes = readLong(this.window, cursor.at, this.window.length, cursor)
      const contentAt = this.windowAt + cursor.at
      const next = contentAt + bytes + markerBytes
      if (!(rows >= 0 && bytes >= 0)) {
        throw new Problem(`a block claims ${rows} records in ${bytes} bytes`)
      }
      if (next > file.sizeBytes) {
        throw new Problem(
          `a block ends at byte ${next} but the file has ${file.sizeBytes}: it was cut off`
        )
      }
      this.row += rows
      this.at = next
      return { at, row: this.row - rows, rows, bytes, contentAt, next }
    } catch (problem) {
      throw damaged(problem, file.path, at)
    }
  }

  /** Make the window hold the beginning of a block; answers its place there. */
  private load(at: number): number {
    const into = at - this.windowAt
    if (into >= 0 && into + 20 <= this.window.length) return into
    const { sizeBytes } = this.file
    if (
      into >= 0 && into < this.window.length && this.windowAt + this.window.length === sizeBytes
    ) {
      return into
    }
    this.window = this.file.read(at, Math.min(windowBytes, sizeBytes - at))
    this.windowAt = at
    return 0
  }
}

/** The fault for a Problem met at a place; anything else as it is. */
export function damaged(problem: unknown, path: string, at: number): unknown {
  return problem instanceof Problem
    ? new FileFault({ format: "Avro", path, at, detail: problem.text })
    : problem
}

/** At most `parts` ranges of rows, cut between blocks. */
export function splitBlocks(
  file: RandomFile,
  parts: number
): ReadonlyArray<readonly [from: number, to: number]> {
  const header = readHeader(file)
  const walk = new BlockWalk(file, header)
  const share = (file.sizeBytes - header.at) / parts
  const starts: Array<number> = []
  let rows = 0
  for (let block = walk.next(); block !== undefined; block = walk.next()) {
    const due = block.at - header.at >= starts.length * share
    if (due && starts.length < parts && block.rows > 0) starts.push(block.row)
    rows = block.row + block.rows
  }
  return starts.map((start, i) => [start, starts[i + 1] ?? rows] as const)
}
