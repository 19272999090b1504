/**
 * A compressed text file, inflated beside the task: chunks of the file go into a zlib stream, what comes out is held until it is read. No
 * more is fed while enough is held, so a file that inflates a thousandfold needs no more memory than another.
 */
import * as zlib from "node:zlib"
import type { Transform } from "node:stream"
import type { OpenFile } from "@millrace/core/internal"
import type { ByteSource } from "./byte-source.ts"
import { makeBunzip } from "./bzip2-stream.ts"

/** Compressions of text files. */
export type Compression = "gzip" | "zstd" | "deflate" | "bzip2"

const feedBytes = 65536

/** What a file name's ending says of its content. */
export function compressionOf(
  path: string
): Compression | "unsupported" | undefined {
  const ending = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase()
  switch (ending) {
    case "gz":
    case "gzip":
      return "gzip"
    case "zst":
    case "zstd":
      return "zstd"
    case "deflate":
      return "deflate"
    case "bz2":
      return "bzip2"
    case "xz":
    case "lz4":
    case "lzo":
    case "br":
    case "snappy":
    case "z":
      return "unsupported"
    default:
      return undefined
  }
}

/** Compressions that this runtime can undo. */
export function canInflate(kind: Compression): boolean {
  return kind !== "zstd" || typeof zlib.createZstdDecompress === "function"
}

function makeStream(kind: Compression): Transform {
  switch (kind) {
    case "gzip":
      return zlib.createGunzip()
    case "zstd":
      return zlib.createZstdDecompress()
    case "deflate":
      return zlib.createInflate()
    case "bzip2":
      return makeBunzip()
  }
}

/** See the head of this file. */
export class InflatedBytes implements ByteSource {
  private readonly file: OpenFile
  private readonly fileBytes: number
  private readonly stream: Transform
  private readonly notify: () => void
  private readonly fail: (error: Error) => void
  private fed = 0
  /** Decoded bytes `[heldFrom, heldFrom + heldBytes)`, in parts. */
  private held: Array<Uint8Array> = []
  private heldFrom = 0
  private heldBytes = 0
  private wantedFrom = 0
  private wantedTo = 0
  private writing = false
  private ended = false
  private closed = false

  constructor(
    file: OpenFile,
    fileBytes: number,
    kind: Compression,
    notify: () => void,
    fail: (error: Error) => void
  ) {
    this.file = file
    this.fileBytes = fileBytes
    this.notify = notify
    this.fail = fail
    this.stream = makeStream(kind)
    this.stream.on("data", (part: Uint8Array) => this.receive(part))
    this.stream.on("end", () => {
      this.ended = true
      this.notify()
    })
    this.stream.on("error", (error: Error) => {
      if (!this.closed) this.fail(error)
    })
  }

  window(from: number, to: number): Uint8Array | undefined {
    this.wantedFrom = from
    this.wantedTo = to
    this.drop()
    if (this.ended || this.heldFrom >= from && this.heldFrom + this.heldBytes >= to) {
      return this.copy(from, to)
    }
    this.stream.resume()
    this.feed()
    return undefined
  }

  endsAt(offset: number): boolean {
    return this.ended && offset >= this.heldFrom + this.heldBytes
  }

  close(): void {
    this.closed = true
    this.stream.destroy()
    this.file.close()
  }

  private receive(part: Uint8Array): void {
    if (this.closed) return
    this.held.push(part)
    this.heldBytes += part.length
    this.drop()
    if (this.heldFrom + this.heldBytes >= this.wantedTo) {
      this.stream.pause()
      this.notify()
    }
  }

  private feed(): void {
    if (this.writing || this.closed) return
    if (this.fed >= this.fileBytes) {
      if (this.fed < Infinity) this.stream.end()
      this.fed = Infinity
      return
    }
    const chunk = new Uint8Array(Math.min(feedBytes, this.fileBytes - this.fed))
    const count = this.file.read(chunk, this.fed)
    if (count < chunk.length) {
      this.fail(new Error(`the file ends at byte ${this.fed + count}, not at ${this.fileBytes}`))
      return
    }
    this.fed += count
    this.writing = true
    this.stream.write(chunk, () => {
      this.writing = false
      if (!this.closed && this.heldFrom + this.heldBytes < this.wantedTo) this.feedOrFail()
    })
  }

  /** As `feed`, where nobody is there to catch. */
  private feedOrFail(): void {
    try {
      this.feed()
    } catch (error) {
      this.fail(error as Error)
    }
  }

  /** Forget what is before the window: a restore passes over all that was read earlier. */
  private drop(): void {
    const before = this.wantedFrom
    let dropped = 0
    while (dropped < this.held.length && this.heldFrom + this.held[dropped]!.length <= before) {
      this.heldFrom += this.held[dropped]!.length
      this.heldBytes -= this.held[dropped]!.length
      dropped++
    }
    if (dropped > 0) this.held.splice(0, dropped)
  }

  private copy(from: number, to: number): Uint8Array {
    const end = Math.min(to, this.heldFrom + this.heldBytes)
    const bytes = new Uint8Array(Math.max(0, end - from))
    let at = this.heldFrom
    for (const part of this.held) {
      if (at >= end) break
      const start = Math.max(0, from - at)
      const piece = part.subarray(start, Math.min(part.length, end - at))
      if (piece.length > 0) bytes.set(piece, at + start - from)
      at += part.length
    }
    return bytes
  }
}
