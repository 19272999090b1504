/** Which rows of a batch have a key: in a join a NULL goes with nothing. */
import { type Column, gather } from "../batch/column.ts"

/** Rows of a batch whose key has no NULL, and their key columns. Used again for every batch. */
export class KeyRows {
  rows: Int32Array = new Int32Array(1024)
  count = 0
  columns: ReadonlyArray<Column> = []

  /** Reads a batch: `strict` are the columns that must not be NULL, `keys` those of the key. */
  read(keys: ReadonlyArray<Column>, strict: ReadonlyArray<Column>, rows: number): void {
    if (this.rows.length < rows) this.rows = new Int32Array(rows)
    let count = 0
    for (let i = 0; i < rows; i++) {
      let isNull = 0
      for (let k = 0; k < strict.length; k++) {
        const { nulls } = strict[k]!
        if (nulls !== undefined) isNull |= nulls[i]!
      }
      if (isNull === 0) this.rows[count++] = i
    }
    this.count = count
    this.columns = count === rows ? keys : keys.map((column) => gather(column, this.rows, count))
  }

  /** Values stand per keyed row; make them stand per row of the batch, 0 where there is no key. */
  spread(values: Int32Array, rows: number): void {
    let j = this.count - 1
    for (let i = rows - 1; i >= 0; i--) {
      if (j >= 0 && this.rows[j] === i) values[i] = values[j--]!
      else values[i] = 0
    }
  }
}
