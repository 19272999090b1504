/**
 * One hidden file being written: rows go through the format's encoder into a buffer, the buffer to the disk. Nobody takes a hidden file for
 * data; its visible name appears only by the commit's rename, when it is whole and durable.
 */
import * as Effect from "effect/Effect"
import {
  type AnyFault,
  assert,
  attempt,
  type Batch,
  type BulkWriter,
  closeQuietly,
  type Disk,
  type FormatContext,
  type FormatFactory,
  GrowingBytes,
  type OpenFile,
  type RowEncoder
} from "@millrace/core/internal"

/** The buffer goes to the disk when it is this full. */
const drainBytes = 256 * 1024

/** A finished file, not yet durable. */
export interface Ended {
  readonly place: PartPlace
  readonly bytes: number
}

/** A finished file that is to become visible. Plain data, kept in checkpoints. */
export interface Pending {
  readonly [key: string]: string | number
  /** The hidden file. */
  readonly hidden: string
  /** Its name when committed. */
  readonly target: string
  readonly bytes: number
  readonly attempt: number
}

/** Make a finished file durable. It was closed, so that files waiting for a barrier are not held open; any handle syncs them. */
export function seal(disk: Disk, { place }: Ended): Effect.Effect<void, AnyFault> {
  return Effect.flatMap(
    attempt(() => disk.open(place.hidden, "append")),
    (file) => Effect.ensuring(file.sync, Effect.sync(() => closeQuietly(file)))
  )
}

/** Where a part goes. */
export interface PartPlace {
  readonly directory: string
  /** The whole path. */
  readonly hidden: string
  /** The end of both names. */
  readonly tail: string
}

/** See the head of this file. */
export class PartFile {
  readonly place: PartPlace
  private readonly file: OpenFile
  private readonly out = new GrowingBytes()
  private readonly bulk: BulkWriter | undefined
  private readonly encoder: RowEncoder | undefined
  private writtenBytes = 0
  private closed = false

  constructor(disk: Disk, place: PartPlace, factory: FormatFactory, context: FormatContext) {
    this.place = place
    this.file = disk.open(place.hidden, "append")
    this.bulk = factory.bulkWriter?.(context, this.out)
    this.encoder = this.bulk === undefined ? factory.encoder?.(context) : undefined
    assert(this.bulk !== undefined || this.encoder !== undefined, "the format was checked to write")
  }

  /** About how large the file would be if it ended here. */
  get sizeBytes(): number {
    return this.writtenBytes + this.out.length + (this.bulk?.buffered ?? 0)
  }

  write(batch: Batch): void {
    if (this.bulk === undefined) this.encoder!.encodeStream(batch, this.out)
    else this.bulk.write(batch)
    if (this.out.length >= drainBytes) this.drain()
  }

  /** No row follows: the whole content goes to the disk, not yet durable, and the file is closed. */
  finish(): Ended {
    this.bulk?.finish()
    this.drain()
    this.close()
    return { place: this.place, bytes: this.writtenBytes }
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    this.file.close()
  }

  private drain(): void {
    if (this.out.length === 0) return
    this.file.write(this.out.view())
    this.writtenBytes += this.out.length
    this.out.length = 0
  }
}
