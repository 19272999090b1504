/**
 * Generated loops, one for each form of input that comes along, made when it first comes. A loop that meets a whole number above 2^52
 * gives -1, and the batch is computed again by its wide twin.
 */
import type { Column } from "../../batch/column.ts"
import type { Batch } from "../../batch/element.ts"
import type { RowType } from "../../type/logical-type.ts"
import type { Expression } from "../expression.ts"
import type { Environment } from "../function/definition.ts"
import { Emitter } from "./emitter.ts"
import { formBits, generalBits, generalise, type Leaf, leavesOf, resolveLeaf } from "./leaf.ts"
import type { Slot } from "./slot.ts"

/** A loop over `rows` rows; `out` and `slots` are what the kind of loop writes. Gives a count or a number, or -1: too wide. */
type Loop = (
  columns: ReadonlyArray<Column>,
  rows: number,
  slots: ReadonlyArray<Slot>,
  out: Uint8Array | Int32Array
) => number

/** A loop with the slots it writes. */
export interface Program {
  readonly loop: Loop
  readonly slots: ReadonlyArray<Slot>
}

/** What a body leaves behind: slots, statements after the loop, and what the loop gives. */
export interface Body {
  readonly slots: ReadonlyArray<Slot>
  readonly before: ReadonlyArray<string>
  readonly after: ReadonlyArray<string>
  readonly result: string
}

/** How many forms get loops of their own; further ones are brought into the general form. */
const formsMax = 16

/** All loops of one piece of work. Owned by one operator. */
export class Specialiser {
  readonly leaves: ReadonlyArray<Leaf>
  private readonly input: RowType
  private readonly environment: Environment
  private readonly write: (emit: Emitter) => Body
  private readonly programs: Map<string, Program> = new Map()
  private lastKey = ""
  private last: Program | undefined = undefined

  /** `write` writes the statements of one row and says what else the loop needs. */
  constructor(
    input: RowType,
    expressions: ReadonlyArray<Expression>,
    environment: Environment,
    write: (emit: Emitter) => Body
  ) {
    this.input = input
    this.leaves = leavesOf(expressions)
    this.environment = environment
    this.write = write
  }

  /** Run over a batch. `columns` is room for the leaves' columns, kept by the caller. */
  run(
    batch: Batch,
    columns: Array<Column>,
    out: Uint8Array | Int32Array
  ): { readonly result: number; readonly program: Program } {
    const { leaves } = this
    let key = ""
    for (let i = 0; i < leaves.length; i++) {
      const column = resolveLeaf(leaves[i]!, batch.columns)
      columns[i] = column
      key += String.fromCharCode(48 + formBits(column))
    }
    let program = this.select(key, columns, true)
    let result = this.start(program, columns, batch.rows, out)
    if (result === tooWide) {
      program = this.select(key, columns, false)
      result = this.start(program, columns, batch.rows, out)
    }
    return { result, program }
  }

  private start(
    program: Program,
    columns: ReadonlyArray<Column>,
    rows: number,
    out: Uint8Array | Int32Array
  ): number {
    const { slots } = program
    for (let i = 0; i < slots.length; i++) slots[i]!.start(rows)
    return program.loop(columns, rows, slots, out)
  }

  private select(key: string, columns: Array<Column>, narrow: boolean): Program {
    const full = narrow ? key : `w${key}`
    if (this.last !== undefined && full === this.lastKey) return this.last
    let program = this.programs.get(full)
    if (program === undefined) {
      if (this.programs.size >= 2 * formsMax) return this.general(columns)
      const forms = Array.from(key, (character) => character.charCodeAt(0) - 48)
      program = this.make(forms, narrow)
      this.programs.set(full, program)
    }
    this.lastKey = full
    this.last = program
    return program
  }

  private general(columns: Array<Column>): Program {
    const { leaves } = this
    for (let i = 0; i < leaves.length; i++) columns[i] = generalise(columns[i]!)
    let program = this.programs.get("general")
    if (program === undefined) {
      program = this.make(leaves.map((leaf) => generalBits(leaf.layout)), false)
      this.programs.set("general", program)
    }
    return program
  }

  private make(forms: ReadonlyArray<number>, narrow: boolean): Program {
    const { input, leaves, environment } = this
    const emit = new Emitter({ input, leaves, forms, narrow, environment })
    const body = this.write(emit)
    const opening = emit.opening
    const source = [
      ...emit.constants.map((_, i) => `const k${i} = K[${i}]`),
      "return function loop(columns, rows, slots, out) {",
      ...emit.prelude,
      ...body.before,
      "for (let i = 0; i < rows; i++) {",
      ...opening,
      ...emit.lines,
      "}",
      ...body.after,
      `return ${body.result}`,
      "}"
    ].join("\n")
    const loop = new Function("K", source)(emit.constants) as Loop
    return { loop, slots: body.slots }
  }
}

/** What a loop gives when a whole number does not fit its narrow form. */
const tooWide = -1
