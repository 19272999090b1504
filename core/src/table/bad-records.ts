/**
 * What happens to the records of one scan that could not be decoded: the job fails, they are counted, or they go to a
 * dead-letter table in the same step of the stream, so that they are part of the same checkpoint.
 *
 * **Invariant** between two polls the queue is empty: the source operator takes it right after each poll.
 */
import type { Column } from "../batch/column.ts"
import { Batch } from "../batch/element.ts"
import { encodeUtf8 } from "../batch/utf8.ts"
import { Fault } from "../fault.ts"
import type { FaultClass } from "../fault.ts"
import { columnOfBoxed } from "../state/boxed.ts"
import { layoutOf } from "../type/logical-type.ts"
import type { Field, RowType } from "../type/logical-type.ts"
import type { BadRecord } from "./format.ts"

/** The values of `millrace.bad-records`. */
export type BadRecordPolicy = "fail" | "skip" | "dead-letter"

interface BadRecordFields {
  readonly table: string
  /** File, partition or whatever the connector calls the record's origin. */
  readonly source: string
  /** Byte offset within it. */
  readonly offset: number
  /** 1-based number of the record, when known. */
  readonly row: number | undefined
  readonly error: string
}

const Base: FaultClass<"BadRecordFault", BadRecordFields> = Fault<BadRecordFields>()(
  "BadRecordFault",
  "user",
  "never"
)

/** A record cannot be decoded and its table's policy is to fail. */
export class BadRecordFault extends Base {
  override get message(): string {
    return `Cannot read a record of table "${this.table}" from "${this.source}", ${
      positionText(this)
    }: ${this.error}. Correct it, or set 'millrace.bad-records' to 'skip' or 'dead-letter'`
  }
}

/** `row 17, byte 1234`. */
function positionText(record: Pick<BadRecord, "row" | "offset">): string {
  return record.row === undefined
    ? `byte ${record.offset}`
    : `row ${record.row}, byte ${record.offset}`
}

interface Letter {
  readonly record: BadRecord
  readonly source: string
  readonly atMillis: number
}

/** The bad records of one scan. */
export class BadRecords {
  private readonly table: string
  private readonly policy: BadRecordPolicy
  private readonly letterColumns: RowType
  private readonly nowMillis: () => number
  private letters: Array<Letter> = []
  private count = 0

  /** `letterColumns`: the columns of the dead-letter table; those that no letter has are NULL. */
  constructor(
    table: string,
    policy: BadRecordPolicy,
    letterColumns: RowType,
    nowMillis: () => number
  ) {
    this.table = table
    this.policy = policy
    this.letterColumns = letterColumns
    this.nowMillis = nowMillis
  }

  /** What a format or connector tells of a bad record. Throws {@link BadRecordFault} when the policy is to fail. */
  readonly onBad = (record: BadRecord, source: string): void => {
    if (this.policy === "fail") {
      throw new BadRecordFault({
        table: this.table,
        source,
        offset: record.offset,
        row: record.row,
        error: record.error
      })
    }
    this.count++
    if (this.policy === "skip") return
    this.letters.push({ record, source, atMillis: this.nowMillis() })
  }

  /** What came since the last call. */
  readonly take = (): { readonly count: number; readonly letters: Batch | undefined } => {
    const { count, letters } = this
    if (count === 0) return { count, letters: undefined }
    this.clear()
    if (letters.length === 0) return { count, letters: undefined }
    const columns = this.letterColumns.map((field) => letterColumn(field, letters))
    return { count, letters: new Batch(letters.length, columns, undefined, undefined, 1) }
  }

  /** Forget what a poll that failed left behind; it is read again. */
  clear(): void {
    this.count = 0
    this.letters = []
  }
}

function letterColumn(field: Field, letters: ReadonlyArray<Letter>): Column {
  return columnOfBoxed(field.type, letters.map((letter) => letterValue(field, letter)))
}

function letterValue(field: Field, { record, source, atMillis }: Letter): unknown {
  switch (field.name) {
    case "raw":
      return record.bytes
    case "error":
      return encodeUtf8(record.error)
    case "source":
      return encodeUtf8(source)
    case "position":
      return encodeUtf8(positionText(record))
    case "at":
      return layoutOf(field.type) === "ts9" ? [atMillis, 0] : atMillis
    default:
      return null
  }
}
