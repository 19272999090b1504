/** A table that is read as a whole: rows stand while it is read again, and splits that are found later are waited for. */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import { Batch } from "../../src/batch/element.ts"
import type { OperatorContext } from "../../src/operator/operator.ts"
import type { Source } from "../../src/source/source.ts"
import { columnOfBoxed } from "../../src/state/boxed.ts"
import { FullTable } from "../../src/table/lookup/full-table.ts"
import { simple } from "../../src/type/logical-type.ts"

const int = simple("INT")
const column = (...values: ReadonlyArray<number | null>) => columnOfBoxed(int, values)

/** What the n-th reading gives, and hooks to let it go on. */
class World {
  readings = 0
  closed = 0
  splitsReady = true
  rowsReady = true
  readonly due: Array<() => void> = []
  notified = 0

  source(): Source {
    return {
      boundedness: "bounded",
      guarantee: "exactly-once",
      enumerator: () => {
        let next = 0
        const reading = ++this.readings
        return {
          next: () => !this.splitsReady ? "wait" : next < 2 ? { id: `${next++}`, reading } : "done",
          snapshot: () => null,
          close: () => {
            this.closed++
          }
        }
      },
      reader: () => {
        let held: number | undefined
        let given = false
        return {
          open: () => {},
          add: (split) => {
            held = split["reading"] as number
            given = false
          },
          poll: () => {
            if (!this.rowsReady) return { kind: "empty" }
            if (given) return { kind: "finished", split: "" }
            given = true
            return {
              kind: "batch",
              split: "",
              batch: new Batch(2, [column(1, null), column(held!, 0)])
            }
          },
          snapshot: () => [],
          close: () => {
            this.closed++
          }
        }
      }
    }
  }

  context(): OperatorContext {
    const context: Partial<OperatorContext> = {
      notify: () => {
        this.notified++
      },
      fork: (_, done) => {
        this.due.push(() => done(undefined as never))
      }
    }
    return context as OperatorContext
  }
}

/** The second columns of the rows of key 1. */
function rowsOf(table: FullTable): ReadonlyArray<unknown> | undefined {
  const keys = [column(1)]
  const found = table.rowsOf(keys, 1)
  if (found === undefined) return undefined
  const heads = new Int32Array(1)
  found.heads(keys, 1, heads)
  const ids: Array<number> = []
  for (let at = heads[0]!; at !== 0; at = found.next[at - 1]!) ids.push(at - 1)
  return [...found.store.gather(Int32Array.from(ids), ids.length)[1]!.values as Int32Array]
}

describe("FullTable", () => {
  it("FullTable.rowsOf() waits for splits and rows, and gives all of them", () => {
    const world = new World()
    world.splitsReady = false
    const table = new FullTable({
      source: world.source(),
      types: [int, int],
      keys: [0],
      reloadMillis: undefined
    })
    table.open(world.context())
    assert.equal(rowsOf(table), undefined)
    world.splitsReady = true
    world.rowsReady = false
    assert.equal(rowsOf(table), undefined)
    world.rowsReady = true
    assert.deepEqual(rowsOf(table), [1, 1])
    assert.deepEqual([world.readings, world.closed, world.due.length], [1, 2, 0])
    table.close()
    assert.equal(world.closed, 2)
  })

  it("FullTable.rowsOf() gives rows of before until the table has been read again", () => {
    const world = new World()
    const table = new FullTable({
      source: world.source(),
      types: [int, int],
      keys: [0],
      reloadMillis: 5
    })
    table.open(world.context())
    assert.deepEqual(rowsOf(table), [1, 1])
    assert.deepEqual(rowsOf(table), [1, 1])
    world.rowsReady = false
    world.due.pop()!()
    assert.deepEqual(rowsOf(table), [1, 1])
    world.rowsReady = true
    assert.deepEqual(rowsOf(table), [2, 2])
    assert.equal(world.due.length, 1)
    world.rowsReady = false
    world.due.pop()!()
    rowsOf(table)
    table.close()
    assert.equal(world.closed, 6)
  })
})
