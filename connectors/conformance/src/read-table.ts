/** Reads a table as a batch job would: for sinks whose files only their own connector understands. */
import { MortalDisk } from "./mortal-disk.ts"
import { type Row, rowsOf } from "./rows.ts"
import { SourceRun } from "./source-run.ts"
import { Stage } from "./stage.ts"
import { sourceOf, type Subject, type TableSpec } from "./table.ts"

/** All rows of a bounded table. */
export async function readTable(subject: Subject, table: TableSpec): Promise<ReadonlyArray<Row>> {
  const source = await sourceOf(subject, table, 1)
  const stage = new Stage(new MortalDisk(1, false), { run: "read", attempt: 1 })
  const rows: Array<Row> = []
  const run = new SourceRun(source, stage, 1, undefined, (_split, _index, batch) => {
    rows.push(...rowsOf(table.physical, batch))
  })
  try {
    await run.drain()
  } finally {
    await stage.end()
    run.close()
  }
  return rows
}
