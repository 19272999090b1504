/**
 * Keeps the last change of each key back for a while, so that a key that changes often is written once. The barrier empties it, so
 * nothing in it belongs to a checkpoint.
 */
import { alarm } from "../client/timer.ts"

/** A record as it will be written; its bytes are its own. */
export interface BufferedRecord {
  readonly topic: string
  readonly partition: number
  readonly timestampMillis: number
  readonly key: Uint8Array
  /** Undefined: a deletion. */
  readonly value: Uint8Array | undefined
  readonly headers: Uint8Array | undefined
}

/** At most `rowsMax` records, one per key, for at most `intervalMillis`. */
export class UpsertBuffer {
  private readonly rowsMax: number
  private readonly intervalMillis: number
  private readonly write: (records: Iterable<BufferedRecord>) => void
  /** Of a failure that comes when nobody has called. */
  private readonly fail: (error: unknown) => void
  private readonly records = new Map<string, BufferedRecord>()
  private cancel: (() => void) | undefined = undefined

  constructor(
    rowsMax: number,
    intervalMillis: number,
    write: (records: Iterable<BufferedRecord>) => void,
    fail: (error: unknown) => void
  ) {
    this.rowsMax = rowsMax
    this.intervalMillis = intervalMillis
    this.write = write
    this.fail = fail
  }

  /** Take a record in the place of an earlier one of its key. */
  put(record: BufferedRecord): void {
    const { key } = record
    const text = `${record.topic} ${
      Buffer.from(key.buffer, key.byteOffset, key.length).toString("latin1")
    }`
    this.records.set(text, record)
    if (this.records.size >= this.rowsMax) this.flush()
    else {
      this.cancel ??= alarm(this.intervalMillis, () => {
        this.cancel = undefined
        try {
          this.flush()
        } catch (error) {
          this.fail(error)
        }
      })
    }
  }

  /** Write all that is held. */
  flush(): void {
    this.cancel?.()
    this.cancel = undefined
    if (this.records.size === 0) return
    const records = [...this.records.values()]
    this.records.clear()
    this.write(records)
  }

  /** Forget all that is held. */
  close(): void {
    this.cancel?.()
    this.cancel = undefined
    this.records.clear()
  }
}
