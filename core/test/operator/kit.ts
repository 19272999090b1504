/**
 * Drives operators without an engine: elements in, rows out, on several instances dealt by key group, with a cut and a
 * restore at another parallelism in the middle.
 */
import assert from "node:assert/strict"
import * as fc from "fast-check"
import { gather } from "../../src/batch/column.ts"
import { Barrier, Batch, End, RowKind, Tag, Watermark } from "../../src/batch/element.ts"
import type { Element } from "../../src/batch/element.ts"
import { isElement } from "../../src/operator/operator.ts"
import type { Operator, OperatorContext, Restored } from "../../src/operator/operator.ts"
import { type Boxed, boxedAt } from "../../src/state/boxed.ts"
import { compileHash, keyGroup } from "../../src/state/key-group.ts"
import type { LogicalType } from "../../src/type/logical-type.ts"
import { column, type Form, keyText } from "../state/kit.ts"

/** A row as it goes in or comes out. */
export interface Row {
  readonly kind: number
  readonly values: ReadonlyArray<Boxed>
}

/** What is pushed: rows as one batch, or a watermark. */
export type Input =
  | { readonly input: number; readonly rows: ReadonlyArray<Row>; readonly form: Form }
  | { readonly watermark: number }
  | { readonly endInput: number }

/** How an operator is made and fed. */
export interface Subject {
  readonly make: () => Operator
  /** Column types of each input, and of the output. */
  readonly inputs: ReadonlyArray<ReadonlyArray<LogicalType>>
  readonly output: ReadonlyArray<LogicalType>
  /** Columns of each input that rows are dealt by. */
  readonly groupBy: ReadonlyArray<ReadonlyArray<number>>
}

/** Groups of every test here. */
export const groupsMax = 8

/** An insertion. */
export function insert(...values: ReadonlyArray<Boxed>): Row {
  return { kind: RowKind.insert, values }
}

/** One text per row out; its kind first. */
export function textOf(row: Row): string {
  return ["+I", "-U", "+U", "-D"][row.kind] + " " + row.values.map(keyText).join(" ")
}

/** Makes a batch of rows. */
export function batchOf(
  types: ReadonlyArray<LogicalType>,
  rows: ReadonlyArray<Row>,
  form: Form
): Batch {
  const kinds = rows.some((row) => row.kind !== RowKind.insert)
    ? Uint8Array.from(rows, (row) => row.kind)
    : undefined
  return new Batch(
    rows.length,
    types.map((type, k) => column(type, rows.map((row) => row.values[k]), form)),
    kinds
  )
}

class Fleet {
  readonly out: Array<Row> = []
  readonly counts: Map<string, number> = new Map()
  private readonly subject: Subject
  private readonly operators: ReadonlyArray<Operator>

  constructor(
    subject: Subject,
    parallelism: number,
    restored: ReadonlyArray<Restored> | undefined
  ) {
    this.subject = subject
    this.operators = Array.from({ length: parallelism }, (_, i) => {
      const operator = subject.make()
      operator.open(this.context(i, parallelism, restored?.[i]))
      return operator
    })
  }

  private context(
    subtask: number,
    parallelism: number,
    restored: Restored | undefined
  ): OperatorContext {
    const context: Partial<OperatorContext> = {
      name: "test",
      subtask,
      parallelism,
      groupsMax,
      restored,
      notify: () => {},
      fork: () => {},
      count: (metric, by) => this.counts.set(metric, (this.counts.get(metric) ?? 0) + by)
    }
    return context as OperatorContext
  }

  push(element: Element, input: number): void {
    if (element.tag !== Tag.batch) {
      for (const operator of this.operators) this.drive(operator, element, input)
      return
    }
    const columns = this.subject.groupBy[input]!
    const hashes = new Int32Array(element.rows)
    compileHash(columns.map((k) => this.subject.inputs[input]![k]!), columns)(element, hashes)
    this.operators.forEach((operator, i) => {
      const owned = Int32Array.from(hashes.keys()).filter((row) =>
        owner(keyGroup(hashes[row]!, groupsMax), this.operators.length) === i
      )
      if (owned.length === 0) return
      const kinds = element.kinds === undefined
        ? undefined
        : Uint8Array.from(owned, (row) => element.kinds![row]!)
      this.drive(
        operator,
        new Batch(
          owned.length,
          element.columns.map((one) => gather(one, owned, owned.length)),
          kinds
        ),
        input
      )
    })
  }

  endInput(input: number): void {
    for (const operator of this.operators) operator.endInput?.(input)
  }

  private drive(operator: Operator, element: Element, input: number): void {
    operator.push(element, input)
    let marks = 0
    for (let given = operator.step(); isElement(given); given = operator.step()) {
      if (given.tag !== Tag.batch) {
        assert.equal(given.tag, element.tag)
        if (given.tag === Tag.watermark && element.tag === Tag.watermark) {
          assert.ok(given.time <= element.time, "a watermark may be held back, not hurried")
        } else assert.equal(given, element)
        marks++
      } else this.take(given)
      if (given.tag === Tag.barrier) this.snapshots.push(operator.snapshot()!)
    }
    assert.equal(marks, element.tag === Tag.batch ? 0 : 1, "a mark leaves exactly once")
  }

  private readonly snapshots: Array<NonNullable<ReturnType<Operator["snapshot"]>>> = []

  private take(batch: Batch): void {
    assert.ok(batch.rows >= 1 && batch.rows <= 1024, `${batch.rows} rows in a batch`)
    assert.equal(batch.columns.length, this.subject.output.length)
    for (const one of batch.columns) assert.equal(one.rows, batch.rows)
    for (let i = 0; i < batch.rows; i++) {
      const values = batch.columns.map((one, k) => boxedAt(this.subject.output[k]!, one, i))
      this.out.push({ kind: batch.kinds?.[i] ?? 0, values })
    }
  }

  /** What a restore at `parallelism` hands to each subtask. */
  cut(parallelism: number): ReadonlyArray<Restored> {
    this.push(new Barrier(1, 1, false), 0)
    const groups = this.snapshots.flatMap((one) => [...one.groups ?? []])
    assert.equal(
      new Set(groups.map(([group]) => group)).size,
      groups.length,
      "a group is in one snapshot"
    )
    const union = this.snapshots.flatMap((one) => one.union ?? [])
    return Array.from({ length: parallelism }, (_, i) => ({
      checkpoint: 1,
      groups: groups.filter(([group]) => owner(group, parallelism) === i).map(([group, bytes]) => ({
        group,
        bytes
      })),
      items: [],
      union
    }))
  }
}

function owner(group: number, parallelism: number): number {
  return Math.floor(group * parallelism / groupsMax)
}

/** What came out, and what was counted. */
export interface Ran {
  readonly out: ReadonlyArray<Row>
  readonly counts: ReadonlyMap<string, number>
}

/** Where a run is cut, and the parallelism before and after. */
export interface Cut {
  readonly at: number
  readonly before: number
  readonly after: number
}

/** Random cuts of at most `length` inputs. */
export function cuts(length: number): fc.Arbitrary<Cut> {
  return fc.record({
    at: fc.nat(length),
    before: fc.integer({ min: 1, max: 2 }),
    after: fc.integer({ min: 1, max: 2 })
  })
}

/** Everything pushed in order, then the end of all input. */
export function run(subject: Subject, inputs: ReadonlyArray<Input>, cut?: Cut): Ran {
  const at = Math.min(cut?.at ?? inputs.length, inputs.length)
  let fleet = new Fleet(subject, cut?.before ?? 1, undefined)
  feed(fleet, subject, inputs.slice(0, at))
  const before = fleet
  if (cut !== undefined) fleet = new Fleet(subject, cut.after, fleet.cut(cut.after))
  feed(fleet, subject, inputs.slice(at))
  fleet.push(new Watermark(Infinity), 0)
  fleet.push(new End(), 0)
  return { out: before === fleet ? fleet.out : [...before.out, ...fleet.out], counts: fleet.counts }
}

/** How many key groups have state after the inputs. */
export function groupsHeld(subject: Subject, inputs: ReadonlyArray<Input>): number {
  const fleet = new Fleet(subject, 1, undefined)
  feed(fleet, subject, inputs)
  return fleet.cut(1)[0]!.groups.length
}

function feed(fleet: Fleet, subject: Subject, inputs: ReadonlyArray<Input>): void {
  for (const one of inputs) {
    if ("watermark" in one) fleet.push(new Watermark(one.watermark), 0)
    else if ("endInput" in one) fleet.endInput(one.endInput)
    else fleet.push(batchOf(subject.inputs[one.input]!, one.rows, one.form), one.input)
  }
}

/** The same run cut in the middle gives the same rows. */
export function sameWhenCut(subject: Subject, inputs: ReadonlyArray<Input>, cut: Cut): void {
  const whole = run(subject, inputs).out.map(textOf).sort()
  assert.deepEqual(run(subject, inputs, cut).out.map(textOf).sort(), whole)
}

/** The table that a changelog describes: row text → how often. Never less than none, in the order told. */
export function materialize(rows: ReadonlyArray<Row>): ReadonlyArray<string> {
  const table = new Map<string, number>()
  for (const row of rows) {
    const text = row.values.map(keyText).join(" ")
    const sign = row.kind === RowKind.updateBefore || row.kind === RowKind.delete ? -1 : 1
    const count = (table.get(text) ?? 0) + sign
    assert.ok(count >= 0, `${text} is taken back before it was told`)
    table.set(text, count)
  }
  return [...table].flatMap(([text, count]) => Array<string>(count).fill(text)).sort()
}

/** Rows as {@link materialize} gives them. */
export function tableOf(rows: ReadonlyArray<ReadonlyArray<Boxed>>): ReadonlyArray<string> {
  return rows.map((row) => row.map(keyText).join(" ")).sort()
}

/**
 * A history of inserts, updates and deletes: each step inserts its rows or takes back earlier ones, as `takeBack` says.
 * Kinds are right: what is taken back was there.
 */
export function changelog(
  rows: ReadonlyArray<{ readonly values: ReadonlyArray<Boxed>; readonly takeBack: boolean }>
): { readonly rows: ReadonlyArray<Row>; readonly table: ReadonlyArray<ReadonlyArray<Boxed>> } {
  const table: Array<ReadonlyArray<Boxed>> = []
  const out: Array<Row> = []
  for (const { values, takeBack } of rows) {
    if (takeBack && table.length > 0) {
      const [gone] = table.splice((out.length * 7) % table.length, 1)
      out.push({ kind: RowKind.delete, values: gone! })
    } else {
      table.push(values)
      out.push({ kind: RowKind.insert, values })
    }
  }
  return { rows: out, table }
}
