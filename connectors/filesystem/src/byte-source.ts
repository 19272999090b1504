/**
 * The bytes of one file as a row format reads them: windows that only move forward. A plain file answers at once; a compressed one is
 * inflated beside the task and says "not yet".
 */
import type { Disk, OpenFile } from "@millrace/core/internal"
import { FilesystemFault } from "./fault.ts"

/** See the head of this file. */
export interface ByteSource {
  /** Bytes `[from, to)`, fewer only at the end; undefined: not there yet, the reader will be notified. `from` never falls. */
  window(from: number, to: number): Uint8Array | undefined
  /** Whether the source is known to have no byte at or after `offset`. */
  endsAt(offset: number): boolean
  close(): void
}

/** A file as it is, up to the size at which it was listed. */
export class PlainBytes implements ByteSource {
  private readonly file: OpenFile
  private readonly endBytes: number

  constructor(file: OpenFile, endBytes: number) {
    this.file = file
    this.endBytes = endBytes
  }

  window(from: number, to: number): Uint8Array {
    const end = Math.min(to, this.endBytes)
    return readExactly(this.file, from, Math.max(0, end - from))
  }

  endsAt(offset: number): boolean {
    return offset >= this.endBytes
  }

  close(): void {
    this.file.close()
  }
}

/** `length` bytes from `at`. Throws a DiskFault, or {@link ShortFile} when the file has become shorter. */
export function readExactly(file: OpenFile, at: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  const count = file.read(bytes, at)
  if (count < length) throw new ShortFile(at + count)
  return bytes
}

/** Signals that a file ends before the size it was listed with. Its catcher knows the table. */
export class ShortFile extends Error {
  readonly endBytes: number
  constructor(endBytes: number) {
    super(`The file ends at byte ${endBytes}`)
    this.endBytes = endBytes
  }
}

/** Open a listed file. Throws {@link FilesystemFault} when it is gone or has become shorter. */
export function openListed(
  disk: Disk,
  table: string,
  file: { readonly path: string; readonly sizeBytes: number }
): OpenFile {
  const stat = disk.stat(file.path)
  const changed = (detail: string): FilesystemFault =>
    new FilesystemFault({ table, action: "read the file", path: file.path, detail })
  if (stat === undefined) throw changed("it was listed when the job started, and is gone now")
  if (stat.sizeBytes < file.sizeBytes) {
    throw changed(
      `it had ${file.sizeBytes} bytes when it was listed, and has ${stat.sizeBytes} now; files must not change while they are read`
    )
  }
  return disk.open(file.path, "read")
}

/** The offset after the first `delimiter` that ends after `offset`; records that begin before `offset` end there. */
export function boundary(
  file: OpenFile,
  offset: number,
  sizeBytes: number,
  delimiter: Uint8Array
): number {
  if (offset <= 0) return 0
  if (offset >= sizeBytes) return sizeBytes
  const step = 65536
  for (let at = Math.max(0, offset - delimiter.length); at < sizeBytes; at += step) {
    const length = Math.min(step + delimiter.length - 1, sizeBytes - at)
    const found = indexOf(readExactly(file, at, length), delimiter)
    if (found >= 0) return at + found + delimiter.length
  }
  return sizeBytes
}

/** Where `part` first stands in `bytes`, or −1. */
export function indexOf(bytes: Uint8Array, part: Uint8Array): number {
  const first = part[0]!
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    let same = 1
    while (same < part.length && bytes[at + same] === part[same]) same++
    if (same === part.length) return at
  }
  return -1
}
