/**
 * Filters and projections, predicates and watermarks as generated loops. One loop evaluates the condition and all computed columns and
 * writes the rows that pass densely; columns that only pass through are shared, or gathered when rows fell out.
 */
import { type Column, gather } from "../../batch/column.ts"
import { Batch } from "../../batch/element.ts"
import { layoutOf, type RowType } from "../../type/logical-type.ts"
import type { Expression } from "../expression.ts"
import { scaleOf } from "../function/type-rule.ts"
import { isTrue } from "../function/value.ts"
import { type CodeSettings, environmentOf } from "./constant.ts"
import type { Emitter } from "./emitter.ts"
import { leafPath, leavesOf, resolveLeaf } from "./leaf.ts"
import { type Body, type Program, Specialiser } from "./program.ts"
import { emitFinish, emitStore, Slot, slotKind } from "./slot.ts"

export type { CodeSettings } from "./constant.ts"

/** A filter with a projection. */
export interface Calc {
  /**
   * The rows that pass, with their kinds and timestamps and the projected columns; undefined when none does. Cost: one pass. Throws
   * an {@link ExpressionFault} when a value cannot be computed.
   */
  run(batch: Batch): Batch | undefined
}

/** The parts of a conjunction. */
function conjuncts(condition: Expression | undefined): ReadonlyArray<Expression> {
  if (condition === undefined) return []
  if (condition.op === "call" && condition.name === "and") return condition.args.flatMap(conjuncts)
  return [condition]
}

/** Where an output column comes from: an input leaf, or a slot of the loop. */
type Source = { readonly leaf: ReturnType<typeof leavesOf>[number] } | { readonly slot: number }

class GeneratedCalc implements Calc {
  private readonly sources: ReadonlyArray<Source>
  private readonly specialiser: Specialiser | undefined
  private readonly filters: boolean
  private readonly columns: Array<Column> = []
  private selected: Int32Array = new Int32Array(0)

  constructor(
    input: RowType,
    condition: Expression | undefined,
    projection: ReadonlyArray<Expression>,
    settings: CodeSettings
  ) {
    const computed: Array<Expression> = []
    this.sources = projection.map((expression): Source => {
      if (leafPath(expression) !== undefined) return { leaf: leavesOf([expression])[0]! }
      computed.push(expression)
      return { slot: computed.length - 1 }
    })
    this.filters = condition !== undefined
    const tests = conjuncts(condition)
    if (tests.length + computed.length > 0) {
      this.specialiser = new Specialiser(
        input,
        [...tests, ...computed],
        environmentOf(settings),
        (emit) => writeCalc(emit, tests, computed)
      )
    }
  }

  run(batch: Batch): Batch | undefined {
    const { rows } = batch
    if (this.specialiser === undefined) return this.project(batch, rows, undefined)
    if (this.selected.length < rows) this.selected = new Int32Array(rows)
    const { result, program } = this.specialiser.run(batch, this.columns, this.selected)
    return result === 0 && this.filters ? undefined : this.project(batch, result, program)
  }

  private project(batch: Batch, rows: number, program: Program | undefined): Batch {
    const all = rows === batch.rows
    const { selected } = this
    const columns = this.sources.map((source) => {
      if ("slot" in source) return program!.slots[source.slot]!.finish(rows)
      const column = resolveLeaf(source.leaf, batch.columns)
      return all ? column : gather(column, selected, rows)
    })
    if (all) return new Batch(rows, columns, batch.kinds, batch.timestamps, batch.port)
    const kinds = batch.kinds && pickKinds(batch.kinds, selected, rows)
    const timestamps = batch.timestamps && pickTimes(batch.timestamps, selected, rows)
    return new Batch(rows, columns, kinds, timestamps, batch.port)
  }
}

function pickKinds(kinds: Uint8Array, selected: Int32Array, rows: number): Uint8Array | undefined {
  const picked = new Uint8Array(rows)
  let any = 0
  for (let i = 0; i < rows; i++) any |= picked[i] = kinds[selected[i]!]!
  return any === 0 ? undefined : picked
}

function pickTimes(times: Float64Array, selected: Int32Array, rows: number): Float64Array {
  const picked = new Float64Array(rows)
  for (let i = 0; i < rows; i++) picked[i] = times[selected[i]!]!
  return picked
}

function writeCalc(
  emit: Emitter,
  tests: ReadonlyArray<Expression>,
  computed: ReadonlyArray<Expression>
): Body {
  for (const test of tests) emit.line(`if (!(${isTrue(emit.evaluate(test))})) continue`)
  if (tests.length > 0) emit.line("out[o] = i")
  const slots: Array<Slot> = []
  const after: Array<string> = []
  computed.forEach((expression, index) => {
    const item = emit.evaluate(expression)
    const kind = slotKind(item, layoutOf(expression.type))
    emitStore(emit, index, item, kind)
    slots.push(new Slot(expression.type, kind))
    after.push(emitFinish(index, item, kind))
  })
  emit.line("o++")
  return { slots, before: ["let o = 0"], after, result: "o" }
}

/**
 * A filter and projection over `input`. `condition` undefined: all rows pass. The expressions are over columns of `input`; those of
 * `projection` become the output columns in order.
 */
export function compileCalc(
  input: RowType,
  condition: Expression | undefined,
  projection: ReadonlyArray<Expression>,
  settings: CodeSettings
): Calc {
  return new GeneratedCalc(input, condition, projection, settings)
}

/** A condition alone: `into[i]` becomes 1 where it is TRUE, 0 where it is FALSE or UNKNOWN. `into` has at least as many rows. */
export function compilePredicate(
  input: RowType,
  condition: Expression,
  settings: CodeSettings
): (batch: Batch, into: Uint8Array) => void {
  const specialiser = new Specialiser(input, [condition], environmentOf(settings), (emit) => {
    emit.line(`out[i] = ${isTrue(emit.evaluate(condition))} ? 1 : 0`)
    return { slots: [], before: [], after: [], result: "rows" }
  })
  const columns: Array<Column> = []
  return (batch, into) => {
    specialiser.run(batch, columns, into)
  }
}

const noRows = new Int32Array(0)

/** The greatest value of a number or a TIMESTAMP (epoch millis) over the rows; -Infinity when all are NULL. For watermarks. */
export function compileNumber(
  input: RowType,
  expression: Expression,
  settings: CodeSettings
): (batch: Batch) => number {
  let greatest = -Infinity
  const note = (most: number) => {
    greatest = most
  }
  const specialiser = new Specialiser(input, [expression], environmentOf(settings), (emit) => {
    const item = emit.evaluate(expression)
    const scale = scaleOf(expression.type)
    const number = item.form === "wide" ? `Number(${item.code})` : item.code
    const code = scale === 0 ? number : `${number} / ${10 ** scale}`
    emit.line(
      `${
        item.nil === "false" ? "" : `if (!(${item.nil})) `
      }{ const m = ${code}; if (m > most) most = m }`
    )
    return {
      slots: [],
      before: ["let most = -Infinity"],
      after: [`${emit.constant(note)}(most)`],
      result: "rows"
    }
  })
  const columns: Array<Column> = []
  return (batch) => {
    specialiser.run(batch, columns, noRows)
    return greatest
  }
}
