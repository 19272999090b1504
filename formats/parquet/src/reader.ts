/**
 * Reads the rows of a file from one row number to another as batches. Batches are cut at multiples of the batch size counted from
 * the start of their row group, and at its end: the cuts depend on the file alone, so a reader that starts at any position given
 * before goes on with the same batches.
 */
import {
  Batch,
  batchRowsMax,
  type BulkReader,
  Damage,
  type Expression,
  FileFault,
  type FormatContext,
  isFault,
  type RandomFile
} from "@millrace/core/internal"
import { planColumn } from "./column-plan.ts"
import { type ColumnCursor, makeCursor } from "./cursor.ts"
import { type GroupTest, makeGroupTest } from "./filter.ts"
import { type Footer, readFooter, type RowGroup } from "./footer.ts"
import { batchSize, utcTimezone } from "./option-set.ts"
import { makeZone } from "./zone.ts"

/** Open a file. Throws FileFault, FileColumnFault, FileTypeFault. Cost: reads the footer. */
export function makeReader(
  context: FormatContext,
  file: RandomFile,
  from: number,
  to: number,
  filters: ReadonlyArray<Expression>
): BulkReader {
  const footer = readFooter(file)
  const zone = context.options.need(utcTimezone) ? undefined : makeZone(context.timeZone)
  const cursors = context.projection.map((path) =>
    makeCursor(file, planColumn(footer.root, context.physical, path, file.path, zone))
  )
  const test = makeGroupTest(
    filters,
    context.physical,
    context.projection,
    footer.root,
    zone !== undefined
  )
  const rows = Math.min(batchRowsMax, context.options.need(batchSize))
  return new Reader(file.path, footer, cursors, test, from, Math.min(to, footer.rows), rows)
}

class Reader implements BulkReader {
  position: number
  private readonly path: string
  private readonly footer: Footer
  private readonly cursors: ReadonlyArray<ColumnCursor>
  private readonly test: GroupTest | undefined
  private readonly to: number
  private readonly rowsMax: number
  private groupIndex = 0
  private group: RowGroup | undefined

  constructor(
    path: string,
    footer: Footer,
    cursors: ReadonlyArray<ColumnCursor>,
    test: GroupTest | undefined,
    from: number,
    to: number,
    rowsMax: number
  ) {
    this.path = path
    this.footer = footer
    this.cursors = cursors
    this.test = test
    this.position = from
    this.to = to
    this.rowsMax = rowsMax
  }

  next(): Batch | undefined {
    const group = this.current()
    if (group === undefined) return undefined
    const into = this.position - group.from
    const cut = (Math.floor(into / this.rowsMax) + 1) * this.rowsMax
    const rows = Math.min(cut, group.rows, this.to - group.from) - into
    const columns = this.cursors.map((cursor) => this.blame(cursor, () => cursor.take(rows)))
    this.position += rows
    return new Batch(rows, columns)
  }

  close(): void {
    this.position = this.to
    this.group = undefined
    this.groupIndex = this.footer.groups.length
  }

  /** The row group of the next row, opened; undefined at the end. */
  private current(): RowGroup | undefined {
    for (;;) {
      if (this.position >= this.to) return undefined
      const open = this.group
      if (open !== undefined && this.position < open.from + open.rows) return open
      const group = this.footer.groups[this.groupIndex++]
      if (group === undefined) return undefined
      if (this.position >= group.from + group.rows) continue
      if (this.test !== undefined && !this.test(group)) {
        this.position = Math.min(this.to, group.from + group.rows)
        continue
      }
      this.group = group
      for (const cursor of this.cursors) {
        this.blame(cursor, () => {
          cursor.open(group)
          cursor.skip(this.position - group.from)
        })
      }
      return group
    }
  }

  private blame<A>(cursor: ColumnCursor, work: () => A): A {
    try {
      return work()
    } catch (cause) {
      if (isFault(cause) || !(cause instanceof Damage)) throw cause
      throw new FileFault({
        format: "Parquet",
        path: this.path,
        at: cursor.at,
        detail: cause.detail
      })
    }
  }
}

/** At most `parts` ranges of whole row groups, or of rows within them when there are fewer groups than parts. */
export function splitRows(
  file: RandomFile,
  parts: number
): ReadonlyArray<readonly [from: number, to: number]> {
  const { rows, groups } = readFooter(file)
  const cuts = new Set<number>([0])
  for (let i = 1; i < parts; i++) {
    const ideal = rows * i / parts
    const group = groups.find((candidate) => ideal < candidate.from + candidate.rows)
    if (group === undefined) continue
    const into = ideal - group.from
    if (groups.length >= parts) {
      cuts.add(into * 2 < group.rows ? group.from : group.from + group.rows)
    } else {cuts.add(
        Math.min(
          group.from + group.rows,
          group.from + Math.round(into / batchRowsMax) * batchRowsMax
        )
      )}
  }
  cuts.delete(rows)
  const starts = [...cuts].sort((a, b) => a - b)
  return rows === 0 ? [] : starts.map((start, i) => [start, starts[i + 1] ?? rows] as const)
}
