/**
 * Bringing the values of several branches into one variable: each branch is written in its own scope, then all are converted to the one
 * form that holds them all.
 */
import { Dictionary } from "../../batch/dictionary.ts"
import { encodeUtf8 } from "../../batch/utf8.ts"
import type { LogicalType } from "../../type/logical-type.ts"
import type { Emit, Form, Value } from "./definition.ts"
import { isText } from "./type-rule.ts"
import { formOf, initial, value, wideCode } from "./value.ts"

/** A branch: its statements and its value. */
export interface Branch {
  readonly lines: ReadonlyArray<string>
  readonly result: Value
}

/** The variable that takes the value of whichever branch runs. */
export interface Merged {
  readonly value: Value
  /** Statements that compute a branch and assign it. */
  readonly assign: (branch: Branch) => void
}

function literalText(branch: Branch): boolean {
  return typeof branch.result.constant === "string" || branch.result.constant === null
}

function mergedForm(type: LogicalType, branches: ReadonlyArray<Branch>, narrow: boolean): Form {
  const forms = new Set(
    branches.filter((branch) => branch.result.constant !== null).map((branch) => branch.result.form)
  )
  if (isText(type)) return branches.every(literalText) ? "coded" : "text"
  if (forms.size === 0) return formOf(type, narrow)
  if (forms.has("wide")) return "wide"
  if (forms.has("narrow")) return "narrow"
  if (forms.size === 1) {
    const [form] = forms
    return form === "view" || form === "coded" || form === "column" ? "boxed" : form!
  }
  return "boxed"
}

/** A dictionary of the given texts. */
export function dictionaryOf(texts: ReadonlyArray<string>): Dictionary {
  const parts = texts.map(encodeUtf8)
  const lengths = Int32Array.from(parts, (part) => part.length)
  const starts = new Int32Array(parts.length)
  let size = 0
  parts.forEach((part, i) => {
    starts[i] = size
    size += part.length
  })
  const bytes = new Uint8Array(size)
  parts.forEach((part, i) => bytes.set(part, starts[i]!))
  return new Dictionary(parts.length, bytes, starts, lengths)
}

function converted(emit: Emit, item: Value, form: Form): string {
  if (item.form === form) return item.code
  if (form === "wide") return wideCode(emit, item)
  if (form === "narrow") return item.code
  return form === "text" ? emit.text(item) : emit.box(item)
}

/** Declare the variable for `branches`; the caller places `assign`s under its conditions. */
export function merge(emit: Emit, type: LogicalType, branches: ReadonlyArray<Branch>): Merged {
  const form = mergedForm(type, branches, emit.narrow)
  const code = emit.fresh()
  const second = form === "ts9" ? emit.fresh() : ""
  const mayBeNil = branches.some((branch) => branch.result.nil !== "false")
  const nil = mayBeNil ? emit.fresh() : "false"
  emit.line(`let ${code} = ${initial(form)}`)
  if (form === "ts9") emit.line(`let ${second} = 0`)
  if (mayBeNil) emit.line(`let ${nil} = false`)
  const texts: Array<string> = []
  if (form === "coded") {
    for (const { result } of branches) {
      if (typeof result.constant === "string" && !texts.includes(result.constant)) {
        texts.push(result.constant)
      }
    }
    if (texts.length === 0) texts.push("")
  }
  const assign = (branch: Branch) => {
    for (const line of branch.lines) emit.line(line)
    const { result } = branch
    if (mayBeNil) emit.line(`${nil} = ${result.nil}`)
    if (result.constant === null) return
    if (form === "coded") return emit.line(`${code} = ${texts.indexOf(result.constant as string)}`)
    const guard = mayBeNil && result.nil !== "false" ? `if (!${nil}) ` : ""
    emit.line(`${guard}${code} = ${converted(emit, result, form)}`)
    if (form === "ts9") emit.line(`${second} = ${result.second}`)
  }
  const bound = branches.reduce((most, branch) => Math.max(most, branch.result.bound), 0)
  const dictionary = form === "coded" ? emit.constant(dictionaryOf(texts)) : second
  return { value: { ...value(form, type, code, nil, bound), second: dictionary }, assign }
}
