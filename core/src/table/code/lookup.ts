/**
 * An expression over one dictionary-coded column, computed once for each entry of its dictionary instead of once for each row. The
 * answers stay with the dictionary as long as it lives.
 *
 * Entry `size` of a table is the answer for a NULL row. Numbers and truth values are computed when a row first asks; text at once, as
 * it becomes a dictionary of its own. An entry whose computation faults is left open: it faults when a row asks for it.
 */
import { narrowMax } from "../../batch/column.ts"
import type { Dictionary } from "../../batch/dictionary.ts"
import { isFault } from "../../fault.ts"
import type { Boxed, Form, Moment } from "../function/definition.ts"
import { dictionaryOf } from "../function/merge.ts"
import type { Interpreter } from "./interpret.ts"

/** States of an entry; truth values are told by the state alone: `value` is TRUE. */
export const Entry = { open: 0, value: 1, null: 2, tooWide: 3, false: 4 } as const

/** The answers for one dictionary. */
export interface LookupTable {
  readonly source: Dictionary
  readonly states: Uint8Array
  readonly values: Uint8Array | Int32Array | Float64Array | Array<Boxed>
  readonly nanos: Int32Array
  /** Form `coded`: the answers as texts; codes are those of the source. */
  readonly texts: Dictionary | undefined
}

function valuesFor(form: Form, size: number): LookupTable["values"] {
  switch (form) {
    case "bool":
      return new Uint8Array(0)
    case "i32":
      return new Int32Array(size)
    case "f64":
    case "narrow":
    case "ts9":
      return new Float64Array(size)
    case "wide":
      return new Array<Boxed>(size).fill(0n)
    default:
      return new Array<Boxed>(form === "coded" ? 0 : size).fill(null)
  }
}

const noInts = new Int32Array(0)

/** One lifted expression in one form. Owned by a loop. */
export class Lookup {
  private readonly interpreter: Interpreter
  private readonly form: Form
  private readonly tables: WeakMap<Dictionary, LookupTable> = new WeakMap()
  private last: LookupTable | undefined = undefined

  constructor(interpreter: Interpreter, form: Form) {
    this.interpreter = interpreter
    this.form = form
  }

  /** The answers for a dictionary, made at the first call. */
  table(dictionary: Dictionary): LookupTable {
    if (this.last?.source === dictionary) return this.last
    let table = this.tables.get(dictionary)
    if (table === undefined) {
      table = this.make(dictionary)
      this.tables.set(dictionary, table)
    }
    this.last = table
    return table
  }

  private make(dictionary: Dictionary): LookupTable {
    const size = dictionary.size + 1
    const states = new Uint8Array(size)
    const texts = this.form === "coded" ? this.makeTexts(dictionary, states) : undefined
    const nanos = this.form === "ts9" ? new Int32Array(size) : noInts
    return { source: dictionary, states, values: valuesFor(this.form, size), nanos, texts }
  }

  private makeTexts(dictionary: Dictionary, states: Uint8Array): Dictionary {
    const texts = new Array<string>(states.length).fill("")
    for (let code = 0; code < states.length; code++) {
      try {
        const value = this.compute(dictionary, code)
        states[code] = value === null ? Entry.null : Entry.value
        if (value !== null) texts[code] = value as string
      } catch (error) {
        if (!isFault(error)) throw error
      }
    }
    return dictionaryOf(texts)
  }

  private compute(dictionary: Dictionary, code: number): Boxed {
    return this.interpreter([code === dictionary.size ? null : dictionary.text(code)])
  }

  /** Compute an open entry; gives its state. Throws the fault of the expression. */
  fill(table: LookupTable, code: number): number {
    const value = this.compute(table.source, code)
    let state: number = Entry.value
    if (value === null) state = Entry.null
    else if (this.form === "narrow") {
      const number = Number(value as bigint)
      if (number > narrowMax || number < -narrowMax) state = Entry.tooWide
      else table.values[code] = number
    } else if (this.form === "bool") state = value === true ? Entry.value : Entry.false
    else if (this.form === "ts9") {
      const { millis, nanos } = value as Moment
      table.values[code] = millis
      table.nanos[code] = nanos
    } else table.values[code] = value as number
    table.states[code] = state
    return state
  }
}
