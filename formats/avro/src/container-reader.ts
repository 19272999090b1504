/**
 * Reads rows of a container file as batches, which end with their block or after 1,024 rows: the cuts depend on the file and the first row
 * alone, so a reader that starts at a position goes on with the same batches. A batch within one block is decoded where the block stands;
 * small blocks are joined by copying.
 */
import {
  Batch,
  batchRowsMax,
  type BulkReader,
  type FormatContext,
  MessageColumns,
  type RandomFile,
  wantOf
} from "@millrace/core/internal"
import { decompress } from "./codec.ts"
import {
  type Block,
  BlockWalk,
  damaged,
  type Header,
  markerBytes,
  readHeader
} from "./container.ts"
import { generate, makeState, type Run, type State } from "./generate.ts"
import { fail, Problem } from "./problem.ts"
import { readRoot } from "./reading.ts"
import { skip } from "./scan.ts"

/** Open a file. Throws FileFault. Cost: reads the header, and the block headers up to `from`. */
export function openContainer(
  context: FormatContext,
  file: RandomFile,
  from: number,
  to: number
): BulkReader {
  return new ContainerReader(context, file, from, to)
}

/** A batch of so many rows may end with its block. */
const enoughRows = 256

class ContainerReader implements BulkReader {
  position: number
  private to: number
  private readonly file: RandomFile
  private readonly header: Header
  private readonly walk: BlockWalk
  private readonly columns: MessageColumns
  private readonly run: Run
  private readonly state: State = makeState()
  private block: Block | undefined = undefined
  /** What `block` holds, and the place of row `position` there. */
  private content: Uint8Array = new Uint8Array(0)
  private at = 0

  constructor(context: FormatContext, file: RandomFile, from: number, to: number) {
    this.file = file
    this.header = readHeader(file)
    this.walk = new BlockWalk(file, this.header)
    this.columns = new MessageColumns(context.physical, context.projection)
    this.position = from
    this.to = to
    try {
      const { paths, tops } = this.columns
      const want = wantOf(context.physical, paths, tops)
      this.run = generate(readRoot(this.header.schema, want, undefined))
    } catch (problem) {
      throw damaged(problem, file.path, 0)
    }
  }

  next(): Batch | undefined {
    const start = this.position
    let block = this.open()
    if (block === undefined || start >= this.to) return undefined
    const cut = Math.min(this.to, start + batchRowsMax)
    const rows = Math.min(cut, block.row + block.rows) - start
    if (start + rows === cut || rows >= enoughRows) return this.decode(rows, block)
    // The batch goes on in the next blocks: their contents are put one behind the other.
    const parts = [this.content.subarray(this.at)]
    const blocks = [block]
    while (block.row + block.rows < Math.min(cut, start + enoughRows)) {
      const next = this.nextBlock()
      if (next === undefined) break
      block = next
      blocks.push(block)
      parts.push(this.content)
    }
    return this.decodeAcross(start, cut, parts, blocks)
  }

  close(): void {
    this.to = this.position
    this.block = undefined
    this.content = new Uint8Array(0)
  }

  /** The block of row `position`, with `at` there. */
  private open(): Block | undefined {
    for (;;) {
      const { block } = this
      if (block !== undefined && this.position < block.row + block.rows) return block
      if (block !== undefined && this.at < this.content.length) {
        throw damaged(surplus(this.content.length - this.at), this.file.path, block.at)
      }
      if (this.position >= this.to) return undefined
      const next = this.nextBlock()
      if (next === undefined) return undefined
      if (this.position > next.row && this.position < next.row + next.rows) this.pass(next)
    }
  }

  private pass(block: Block): void {
    const { content, state, header } = this
    try {
      for (let row = block.row; row < this.position; row++) {
        this.at = skip(header.schema, content, this.at, content.length, state, 0)
      }
    } catch (problem) {
      throw damaged(problem, this.file.path, block.at)
    }
  }

  /** Go to the next block, reading its content when it has rows from `position` on. */
  private nextBlock(): Block | undefined {
    let block = this.walk.next()
    while (block !== undefined && block.row + block.rows <= this.position) block = this.walk.next()
    this.block = block
    this.at = 0
    if (block === undefined) return undefined
    try {
      const bytes = this.file.read(block.contentAt, block.bytes + markerBytes)
      for (let i = 0; i < markerBytes; i++) {
        if (bytes[block.bytes + i] !== this.header.marker[i]) {
          fail("the marker behind a block is not the file's: it is damaged")
        }
      }
      this.content = decompress(this.header.codec, bytes.subarray(0, block.bytes))
    } catch (problem) {
      throw damaged(problem, this.file.path, block.at)
    }
    return block
  }

  private decode(rows: number, block: Block): Batch {
    const { columns, state, content: bytes } = this
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    try {
      columns.rows = 0
      this.run(bytes, view, this.at, bytes.length, 0, rows, state)
    } catch (problem) {
      throw damaged(problem, this.file.path, block.at)
    }
    this.at = state.at
    this.position += rows
    columns.rows = rows
    return columns.takeFrom(bytes)
  }

  private decodeAcross(
    start: number,
    cut: number,
    parts: ReadonlyArray<Uint8Array>,
    blocks: ReadonlyArray<Block>
  ): Batch {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
    const view = new DataView(whole.buffer)
    const { columns, state } = this
    let from = 0
    let row = 0
    for (const [i, block] of blocks.entries()) {
      const part = parts[i]!
      whole.set(part, from)
      const stop = Math.min(cut, block.row + block.rows) - start
      try {
        this.run(whole, view, from, from + part.length, row, stop, state)
        const rest = from + part.length - state.at
        if (rest > 0 && stop + start === block.row + block.rows) throw surplus(rest)
      } catch (problem) {
        throw damaged(problem, this.file.path, block.at)
      }
      row = stop
      // Of the last block's content, what follows the batch.
      this.at = state.at - from
      from += part.length
    }
    if (blocks.length === 1) this.at += this.content.length - parts[0]!.length
    this.position = start + row
    columns.rows = row
    return columns.takeFrom(whole)
  }
}

function surplus(bytes: number): Problem {
  return new Problem(`a block has ${bytes} bytes behind its last record`)
}
