/** SQL's three-valued logic and a few aggregates on plain values: what naive evaluators of queries are written in. */

/** A value of a table here: BIGINT as a number, STRING, or NULL. */
export type Cell = number | string | null

/** TRUE, FALSE or UNKNOWN. */
export type Truth = boolean | null

export function equal(a: Cell, b: Cell): Truth {
  return a === null || b === null ? null : a === b
}

export function less(a: Cell, b: Cell): Truth {
  return a === null || b === null ? null : a < b
}

export function both(a: Truth, b: Truth): Truth {
  return a === false || b === false ? false : a === null || b === null ? null : true
}

export function either(a: Truth, b: Truth): Truth {
  return not(both(not(a), not(b)))
}

export function not(a: Truth): Truth {
  return a === null ? null : !a
}

/** Whether one of many is TRUE; UNKNOWN when one might be. */
export function some(all: ReadonlyArray<Truth>): Truth {
  return all.reduce(either, false)
}

/** Whether all of many are TRUE. */
export function every(all: ReadonlyArray<Truth>): Truth {
  return all.reduce(both, true)
}

function present(values: ReadonlyArray<Cell>): ReadonlyArray<number> {
  return values.filter((value) => value !== null) as ReadonlyArray<number>
}

export function greatest(values: ReadonlyArray<Cell>): Cell {
  const found = present(values)
  return found.length === 0 ? null : Math.max(...found)
}

export function least(values: ReadonlyArray<Cell>): Cell {
  const found = present(values)
  return found.length === 0 ? null : Math.min(...found)
}

export function sum(values: ReadonlyArray<Cell>): Cell {
  const found = present(values)
  return found.length === 0 ? null : found.reduce((a, b) => a + b, 0)
}

/** Rows by the value of `key`. */
export function groupBy<R>(
  rows: ReadonlyArray<R>,
  key: (row: R) => Cell
): ReadonlyMap<Cell, ReadonlyArray<R>> {
  const groups = new Map<Cell, Array<R>>()
  for (const row of rows) {
    const group = groups.get(key(row))
    if (group === undefined) groups.set(key(row), [row])
    else group.push(row)
  }
  return groups
}
