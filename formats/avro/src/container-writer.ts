/** Writes a container file: blocks of about 64,000 bytes of records, as Flink's, each compressed on its own. */
import {
  type Batch,
  type BulkWriter,
  type ByteSink,
  encodeUtf8,
  GrowingBytes,
  writeBytes
} from "@millrace/core/internal"
import { randomBytes } from "node:crypto"
import { compress } from "./codec.ts"
import { markerBytes } from "./container.ts"
import { putNumber } from "./encode.ts"
import type { Put } from "./generate-encoder.ts"

/** Records of a block, before compression. */
export const blockBytes = 64000

/** See the head of this file. */
export class ContainerWriter implements BulkWriter {
  private readonly out: ByteSink
  private readonly put: Put
  private readonly codec: string
  private readonly marker: Uint8Array = randomBytes(markerBytes)
  private readonly held = new GrowingBytes(blockBytes + 4096)
  private rows = 0

  constructor(out: ByteSink, schema: string, codec: string, put: Put) {
    this.out = out
    this.put = put
    this.codec = codec
    writeBytes(out, Uint8Array.of(79, 98, 106, 1), 0, 4)
    putNumber(out, 2)
    for (const text of ["avro.codec", codec, "avro.schema", schema]) {
      const bytes = encodeUtf8(text)
      putNumber(out, bytes.length)
      writeBytes(out, bytes, 0, bytes.length)
    }
    putNumber(out, 0)
    writeBytes(out, this.marker, 0, markerBytes)
  }

  get buffered(): number {
    return this.held.length
  }

  write(batch: Batch): void {
    const { held } = this
    for (let row = 0; row < batch.rows;) {
      // Some rows at a time, so that a block ends soon after it is full.
      const mean = this.rows === 0 ? 256 : held.length / this.rows
      const room = Math.ceil((blockBytes - held.length) / Math.max(1, mean))
      const to = Math.min(batch.rows, row + Math.max(1, Math.min(room, 256)))
      this.put(batch.columns, row, to, held)
      this.rows += to - row
      row = to
      if (held.length >= blockBytes) this.flush()
    }
  }

  finish(): void {
    if (this.rows > 0) this.flush()
  }

  private flush(): void {
    const { held, out } = this
    const content = compress(this.codec, held.view())
    putNumber(out, this.rows)
    putNumber(out, content.length)
    writeBytes(out, content, 0, content.length)
    writeBytes(out, this.marker, 0, markerBytes)
    held.length = 0
    this.rows = 0
  }
}
