/** A connector in memory that keeps every law, and the ways in which it can be told to break one. */
import * as Effect from "effect/Effect"
import {
  type ConnectorFactory,
  LogicalType,
  type Option,
  type Plain,
  type ScanAbilities,
  type Sink,
  type SinkWriter,
  type Source,
  type SourceReader,
  type Split
} from "@millrace/core/internal"
import { batchOf, type Row, rowsOf } from "../src/mod.ts"

/** A broken law. */
export type Mutant =
  | "offset-low"
  | "offset-high"
  | "cut-moves"
  | "split-twice"
  | "split-lost"
  | "one-split"
  | "aliased"
  | "bounded-wrong"
  | "option-ignored"
  | "projection-ignored"
  | "commit-twice"
  | "commit-early"
  | "commit-lost"
  | "orphan-kept"
  | "rows-dropped"
  | "rewind-less"
  | "rewind-more"

/** The columns of every table. */
export const schema: LogicalType.RowType = [
  { name: "id", type: LogicalType.simple("BIGINT") },
  { name: "name", type: LogicalType.string }
]

/** Row number `n`. */
export function rowOf(n: number): Row {
  return [BigInt(n), `name ${n}`]
}

/** The first rows. */
export function sourceRows(count: number): ReadonlyArray<Row> {
  return Array.from({ length: count }, (_, n) => rowOf(n))
}

const size: Option<"int"> = {
  key: "size",
  kind: "int",
  required: true,
  min: 1,
  description: "Rows of the table."
}
const secret: Option<"string"> = {
  key: "access.password",
  kind: "string",
  secret: true,
  description: "A secret."
}
const name: Option<"string"> = {
  key: "name",
  kind: "string",
  default: "t",
  description: "Where the rows are kept."
}
const later: Option<"int"> = {
  key: "later",
  kind: "int",
  description: "Not built.",
  unsupported: "it is not built"
}

const inserts = { insert: true, updateBefore: false, updateAfter: false, delete: false } as const

/** What a sink has in the world. */
interface Store {
  readonly visible: Array<{ readonly checkpoint: number; readonly row: Row }>
  /** By id: attempt and rows. */
  readonly hidden: Map<string, { readonly attempt: number; readonly rows: ReadonlyArray<Row> }>
  readonly done: Set<string>
}

/** The connector, and what of its tables is visible and hidden, by name. */
export interface Memory {
  readonly factory: ConnectorFactory
  readonly visible: (table: string) => ReadonlyArray<Row>
  readonly hidden: (table: string) => ReadonlyArray<string>
}

/** Make it. */
export function memoryFactory(mutant: Mutant | undefined): Memory {
  const stores = new Map<string, Store>()
  const storeOf = (key: string): Store => {
    const found = stores.get(key) ?? { visible: [], hidden: new Map(), done: new Set() }
    stores.set(key, found)
    return found
  }
  const factory: ConnectorFactory = {
    kind: "connector",
    identifier: "memory",
    package: "test-memory",
    description: "Rows in memory.",
    options: [size, secret, name, later],
    formatKeys: [],
    source: {
      traits: () => ({
        boundedness: mutant === "bounded-wrong" ? "unbounded" : "bounded",
        changelog: inserts,
        metadata: {},
        nestedProjection: false
      }),
      make: (context, abilities) => {
        if (mutant !== "option-ignored") context.options.get(secret)
        return source(context.options.need(size), abilities, mutant)
      }
    },
    sink: {
      traits: () => ({ changelog: inserts, metadata: {}, partitioning: false, overwrite: false }),
      make: (context) => {
        if (mutant !== "option-ignored") context.options.get(secret)
        context.options.need(size)
        return sink(storeOf(context.options.need(name)), mutant)
      }
    }
  }
  return {
    factory,
    visible: (key) => storeOf(key).visible.map(({ row }) => row),
    hidden: (key) => [...storeOf(key).hidden.keys()]
  }
}

const splitRows = 12
const batchRows = 5

function source(rows: number, abilities: ScanAbilities, mutant: Mutant | undefined): Source {
  return {
    boundedness: "bounded",
    guarantee: "exactly-once",
    enumerator: ({ restored }) => {
      const waiting = Array.isArray(restored)
        ? [...restored as ReadonlyArray<Split>]
        : Array.from({ length: Math.ceil(rows / splitRows) }, (_, i): Split => ({
          id: `${i}`,
          next: i * splitRows,
          end: Math.min(rows, (i + 1) * splitRows)
        }))
      let last: Split | undefined
      return {
        next: () => (last = waiting.shift()) ?? "done",
        snapshot: () =>
          mutant === "split-twice" && last !== undefined ? [last, ...waiting] : [...waiting],
        close: () => {}
      }
    },
    reader: () => reader(abilities, mutant)
  }
}

interface Held {
  id: string
  next: number
  end: number
  [key: string]: Plain
}

function reader({ projection }: ScanAbilities, mutant: Mutant | undefined): SourceReader {
  const held: Array<Held> = []
  let fresh = false
  const columns = mutant === "projection-ignored" ? [0, 1] : projection.map((path) => path[0]!)
  return {
    open: () => {},
    add: (split) => {
      fresh = (split["next"] as number) % splitRows > 0
      if (mutant === "one-split") held.length = 0
      held.push({ ...split } as unknown as Held)
    },
    poll: () => {
      const [current] = held
      if (current === undefined) return { kind: "empty" }
      if (current.next === current.end) {
        held.shift()
        return { kind: "finished", split: current.id }
      }
      const cut = mutant === "cut-moves" && fresh ? 1 : batchRows - current.next % batchRows
      fresh = false
      const count = Math.min(current.end - current.next, cut)
      const rows = Array.from({ length: count }, (_, i) => rowOf(current.next + i))
      current.next += count
      const picked = rows.map((row) => columns.map((i) => row[i]!))
      const batch = batchOf(columns.map((i) => schema[i]!), picked)
      return { kind: "batch", split: current.id, batch }
    },
    snapshot: () => {
      if (mutant === "split-lost") return held.slice(1) as unknown as ReadonlyArray<Split>
      if (mutant === "aliased") return held as unknown as ReadonlyArray<Split>
      return held.map((split, i) => ({ ...split, next: shifted(split, i, mutant) }))
    },
    close: () => {}
  }
}

/** Where reading goes on; the first split is the one that is being read. */
function shifted(split: Held, index: number, mutant: Mutant | undefined): number {
  if (index > 0) return split.next
  if (mutant === "offset-low") return Math.max(0, split.next - 1)
  if (mutant === "offset-high") return Math.min(split.end, split.next + 1)
  return split.next
}

function sink(store: Store, mutant: Mutant | undefined): Sink {
  return {
    guarantee: "exactly-once",
    writer: () => writer(store, mutant),
    committer: () => ({
      commit: (committables) =>
        Effect.sync(() => {
          const ids = committables as ReadonlyArray<string>
          for (const id of mutant === "commit-lost" ? ids.slice(0, -1) : ids) {
            publish(store, id, mutant)
          }
        }),
      close: () => {}
    }),
    rewind: (_context, checkpoint) =>
      Effect.sync(() => {
        const last = mutant === "rewind-less" ? checkpoint + 1 : checkpoint
        takeBack(store, mutant === "rewind-more" ? last - 1 : last)
      }),
    prepare: ({ job }) =>
      Effect.sync(() => {
        clean(store, mutant, (attempt) => attempt >= job.attempt)
        return Effect.sync(() => clean(store, mutant, (attempt) => attempt < job.attempt))
      })
  }
}

/** Remove orphans: what an attempt left that died before any checkpoint named it. */
function clean(
  store: Store,
  mutant: Mutant | undefined,
  unwanted: (attempt: number) => boolean
): void {
  if (mutant === "orphan-kept") return
  for (const [id, { attempt }] of store.hidden) if (unwanted(attempt)) store.hidden.delete(id)
}

function takeBack(store: Store, last: number): void {
  const kept = store.visible.filter(({ checkpoint }) => checkpoint <= last)
  store.visible.splice(0, store.visible.length, ...kept)
  for (const id of store.done) if (checkpointOf(id) > last) store.done.delete(id)
}

/** Ids are `attempt-subtask-checkpoint-rows`. */
function checkpointOf(id: string): number {
  return Number(id.split("-")[2])
}

function publish(store: Store, id: string, mutant: Mutant | undefined): void {
  if (store.done.has(id) && mutant !== "commit-twice") return
  store.done.add(id)
  const rows = store.hidden.get(id)?.rows ?? JSON.parse(id.slice(id.indexOf("["))) as Array<number>
  const checkpoint = checkpointOf(id)
  for (const row of rows) {
    store.visible.push({ checkpoint, row: typeof row === "number" ? rowOf(row) : row })
  }
  if (mutant !== "commit-early") store.hidden.delete(id)
}

function writer(store: Store, mutant: Mutant | undefined): SinkWriter {
  let rows: Array<Row> = []
  let attempt = 0
  let subtask = 0
  return {
    open: ({ job, subtask: own }) => {
      attempt = job.attempt
      subtask = own
    },
    ready: () => true,
    write: (batch) => void rows.push(...rowsOf(schema, batch)),
    prepareCommit: (checkpoint) =>
      Effect.sync(() => {
        const kept = mutant === "rows-dropped" ? rows.slice(0, -1) : rows
        rows = []
        if (kept.length === 0) return []
        // the numbers of the rows stand in the id, so that a commit needs nothing that a cleaning may have taken
        const id = `${attempt}-${subtask}-${checkpoint}-${
          JSON.stringify(kept.map((row) => Number(row[0])))
        }`
        store.hidden.set(id, { attempt, rows: kept })
        if (mutant === "commit-early") publish(store, id, mutant)
        return [id]
      }),
    snapshot: () => [],
    close: () => {}
  }
}
