/**
 * Writes the body of a generated loop: statements, constants by index, and the values of expressions, each computed once where it is
 * first needed. No text of the user becomes code: names, literals and patterns are constants.
 */
import { narrowMax } from "../../batch/column.ts"
import { decodeUtf8 } from "../../batch/utf8.ts"
import { layoutOf, type LogicalType, type RowType } from "../../type/logical-type.ts"
import type { Expression } from "../expression.ts"
import { generateCast } from "../function/cast-code.ts"
import type { Boxed, Call, Emit, Environment, Moment, Value } from "../function/definition.ts"
import { boxedCall } from "../function/math.ts"
import { isDeterministic, scalarOf } from "../function/registry.ts"
import { isText } from "../function/type-rule.ts"
import { anyNil, formOf, initial, typeBound, value } from "../function/value.ts"
import { readBoxed } from "./boxed.ts"
import { describe } from "./describe.ts"
import { callOf, interpret } from "./interpret.ts"
import { FormBit, type Leaf, leafPath, visitLeaves } from "./leaf.ts"
import { literalValue } from "./literal.ts"
import { Lookup } from "./lookup.ts"

/** A bigint as a narrow number; NaN when its magnitude is above 2^52. */
function toNarrow(wide: bigint): number {
  const number = Number(wide)
  return number > narrowMax || number < -narrowMax ? NaN : number
}

/** A number as JavaScript text. */
function numberCode(number: number): string {
  return Object.is(number, -0) ? "-0" : number < 0 ? `(${number})` : String(number)
}

/** What an emitter starts from. */
export interface EmitterParts {
  readonly input: RowType
  readonly leaves: ReadonlyArray<Leaf>
  /** {@link FormBit}s of each leaf. */
  readonly forms: ReadonlyArray<number>
  readonly narrow: boolean
  readonly environment: Environment
}

/** One loop being written. */
export class Emitter implements Emit {
  readonly narrow: boolean
  readonly environment: Environment
  /** Statements before the loop. */
  readonly prelude: Array<string> = []
  /** Constants, named k0, k1, …. */
  readonly constants: Array<unknown> = []
  /** Statements of the loop. */
  lines: Array<string> = []
  private readonly parts: EmitterParts
  private readonly names: Map<unknown, string> = new Map()
  private readonly bound: Set<number> = new Set()
  private readonly digests: WeakMap<Expression, string> = new WeakMap()
  private scopes: Array<Map<string, Value>> = [new Map()]
  private count = 0
  private nowName: string | undefined = undefined

  constructor(parts: EmitterParts) {
    this.parts = parts
    this.narrow = parts.narrow
    this.environment = parts.environment
  }

  line(code: string): void {
    this.lines.push(code)
  }

  fresh(): string {
    return `x${this.count++}`
  }

  constant(item: unknown): string {
    const known = this.names.get(item)
    if (known !== undefined) return known
    const name = `k${this.constants.length}`
    this.constants.push(item)
    this.names.set(item, name)
    return name
  }

  store(code: string): string {
    if (/^(true|false|null|\(?-?\d+(\.\d+)?\)?|[a-z]\d+)$/.test(code)) return code
    const name = this.fresh()
    this.lines.push(`const ${name} = ${code}`)
    return name
  }

  scope<A>(body: () => A): { readonly lines: ReadonlyArray<string>; readonly result: A } {
    const outer = this.lines
    this.lines = []
    this.scopes.push(new Map())
    const result = body()
    this.scopes.pop()
    const { lines } = this
    this.lines = outer
    return { lines, result }
  }

  widenWhen(condition: string): void {
    this.lines.push(`if (${condition}) return -1`)
  }

  now(): string {
    if (this.nowName === undefined) {
      this.nowName = this.fresh()
      // At the head of the body, so that every function of one record sees one time.
      this.prelude.push(`let ${this.nowName} = 0`)
    }
    return this.nowName
  }

  /** Statements that must open each row. */
  get opening(): ReadonlyArray<string> {
    return this.nowName === undefined
      ? []
      : [`${this.nowName} = ${this.constant(this.environment)}.nowMillis()`]
  }

  callOf(expression: Expression & { readonly op: "call" }): Call {
    return callOf(expression, this.parts.input, this.environment)
  }

  evaluate(expression: Expression): Value {
    const digest = this.digestOf(expression)
    for (let i = this.scopes.length - 1; i >= 0; i--) {
      const known = this.scopes[i]!.get(digest)
      if (known !== undefined) return known
    }
    const result = this.compute(expression)
    this.scopes.at(-1)!.set(digest, result)
    return result
  }

  private digestOf(expression: Expression): string {
    let digest = this.digests.get(expression)
    if (digest === undefined) {
      // What may differ from call to call is computed for each place where it stands.
      digest = isPure(expression) ? JSON.stringify(expression) : `#${this.count++}`
      this.digests.set(expression, digest)
    }
    return digest
  }

  private compute(expression: Expression): Value {
    const path = leafPath(expression)
    if (path !== undefined) return this.leafValue(path)
    const lifted = this.liftable(expression)
    if (lifted !== undefined) return this.lookup(expression, lifted)
    switch (expression.op) {
      case "literal":
        return this.literal(literalValue(expression.value, expression.type), expression.type)
      case "cast": {
        const text = describe(expression, this.parts.input)
        const use = { to: expression.type, attempt: expression.try, text }
        return generateCast(this, this.evaluate(expression.of), use)
      }
      case "call":
        return this.call(expression)
      default:
        return this.fieldOf(expression as Expression & { readonly op: "field" })
    }
  }

  private call(expression: Expression & { readonly op: "call" }): Value {
    const scalar = scalarOf(expression.name, this.environment)
    const call = this.callOf(expression)
    if (scalar.lazy !== undefined) return scalar.lazy(this, expression.args, call)
    const args = expression.args.map((arg) => this.evaluate(arg))
    const strict = scalar.strict !== false
    const nil = strict ? this.store(anyNil(args)) : "false"
    if (nil === "true") return this.unbox("null", "true", expression.type)
    if (scalar.generate !== undefined) return scalar.generate(this, args, call, nil)
    if (strict) return boxedCall(this, args, call, nil, scalar.evaluate(call))
    const list = args.map((arg) =>
      arg.nil === "false" ? this.box(arg) : `((${arg.nil}) ? null : ${this.box(arg)})`
    )
    const result = this.store(`${this.constant(scalar.evaluate(call))}(${list.join(", ")})`)
    return this.unbox(result, this.store(`${result} === null`), expression.type)
  }

  private fieldOf(expression: Expression & { readonly op: "field" }): Value {
    const of = this.evaluate(expression.of)
    const field = `${this.box(of)}[${expression.index}]`
    const code = this.store(of.nil === "false" ? field : `(${of.nil}) ? null : ${field}`)
    return this.unbox(code, this.store(`${code} === null`), expression.type)
  }

  private literal(item: Boxed, type: LogicalType): Value {
    if (item === null) return this.unbox("null", "true", type)
    const form = formOf(type, true)
    const made = (code: string, bound?: number): Value => ({
      ...value(form, type, code, "false", bound),
      constant: item
    })
    if (typeof item === "boolean") return made(String(item))
    if (typeof item === "number") return made(numberCode(item), Math.abs(item))
    if (typeof item === "bigint") {
      const number = toNarrow(item)
      if (number === number) return made(numberCode(number), Math.abs(number))
      return { ...made(this.constant(item)), form: "wide" }
    }
    if (form !== "ts9") return made(this.constant(item))
    const { millis, nanos } = item as Moment
    return { ...made(numberCode(millis)), second: String(nanos) }
  }

  /** The leaf that alone an expression depends on, if it is coded and its answers may be kept. */
  private liftable(expression: Expression): number | undefined {
    if (expression.op !== "call" && expression.op !== "cast") return undefined
    if (expression.op === "call" && /^is(Not)?Null$/.test(expression.name)) return undefined
    const found = new Set<number>()
    visitLeaves(expression, (path) => found.add(this.leafIndex(path)))
    if (found.size !== 1) return undefined
    const leaf = [...found][0]!
    const coded = (this.parts.forms[leaf]! & FormBit.coded) !== 0 &&
      isText(this.parts.leaves[leaf]!.type)
    return coded && isPure(expression) ? leaf : undefined
  }

  private lookup(expression: Expression, leaf: number): Value {
    const { type } = expression
    const source = this.leafValue(this.parts.leaves[leaf]!.path)
    const input: RowType = [{ name: this.leafName(leaf), type: this.parts.leaves[leaf]!.type }]
    const form = isText(type) ? "coded" : formOf(type, this.narrow)
    const interpreter = interpret(onlyLeaf(expression), input, this.environment)
    const lookup = this.constant(new Lookup(interpreter, form))
    const table = this.fresh()
    this.prelude.push(
      `const ${table} = ${lookup}.table(${source.second})`,
      `const ${table}s = ${table}.states, ${table}v = ${table}.values, ${table}t = ${table}.texts`
    )
    const code = this.store(
      source.nil === "false"
        ? source.code
        : `(${source.nil}) ? ${source.second}.size : ${source.code}`
    )
    const state = this.fresh()
    this.line(`let ${state} = ${table}s[${code}]`)
    this.line(`if (${state} === 0) ${state} = ${lookup}.fill(${table}, ${code})`)
    if (form === "narrow") this.widenWhen(`${state} === 3`)
    const nil = type.nullable || source.nil !== "false" ? this.store(`${state} === 2`) : "false"
    if (form === "coded") return { ...value("coded", type, code, nil), second: `${table}t` }
    const item = this.store(form === "bool" ? `${state} === 1` : `${table}v[${code}]`)
    const result = value(form, type, item, nil, typeBound(type))
    return form === "ts9" ? { ...result, second: this.store(`${table}.nanos[${code}]`) } : result
  }

  private leafIndex(path: ReadonlyArray<number>): number {
    const key = path.join(".")
    return this.parts.leaves.findIndex((leaf) => leaf.path.join(".") === key)
  }

  private leafName(leaf: number): string {
    return this.parts.input[this.parts.leaves[leaf]!.path[0]!]?.name ?? `$${leaf}`
  }

  /** Names of the arrays of a leaf: c column, v values, u nulls, b bytes, s starts, l lengths, d dictionary, n nanos. */
  private bind(leaf: number): void {
    if (this.bound.has(leaf)) return
    this.bound.add(leaf)
    const form = this.parts.forms[leaf]!
    const { layout } = this.parts.leaves[leaf]!
    const c = `c${leaf}`
    this.prelude.push(`const ${c} = columns[${leaf}], v${leaf} = ${c}.values`)
    if ((form & FormBit.nulls) !== 0) this.prelude.push(`const u${leaf} = ${c}.nulls`)
    if (layout === "ts9") this.prelude.push(`const n${leaf} = ${c}.nanos`)
    if (layout !== "bytes") return
    if ((form & FormBit.coded) !== 0) this.prelude.push(`const d${leaf} = ${c}.dictionary`)
    else {this.prelude.push(
        `const b${leaf} = ${c}.bytes, s${leaf} = ${c}.starts, l${leaf} = ${c}.lengths`
      )}
  }

  private leafValue(path: ReadonlyArray<number>): Value {
    const leaf = this.leafIndex(path)
    const key = `leaf ${leaf}`
    for (const scope of this.scopes) {
      const known = scope.get(key)
      if (known !== undefined) return known
    }
    this.bind(leaf)
    const result = this.readLeaf(leaf)
    this.scopes.at(-1)!.set(key, result)
    return result
  }

  private readLeaf(leaf: number): Value {
    const { layout, type } = this.parts.leaves[leaf]!
    const form = this.parts.forms[leaf]!
    const nil = (form & FormBit.nulls) === 0 ? "false" : this.store(`u${leaf}[i] === 1`)
    const at = `v${leaf}[i]`
    switch (layout) {
      case "bool":
        return value("bool", type, this.store(`${at} === 1`), nil)
      case "i32":
      case "f64":
        return value(layout, type, this.store(at), nil, typeBound(type))
      case "i64":
        return value(
          (form & FormBit.wide) === 0 ? "narrow" : "wide",
          type,
          this.store(at),
          nil,
          typeBound(type)
        )
      case "big":
        return value("wide", type, this.store(nil === "false" ? at : `${nil} ? 0n : ${at}`), nil)
      case "ts9":
        return { ...value("ts9", type, this.store(at), nil), second: this.store(`n${leaf}[i]`) }
      case "bytes":
        if ((form & FormBit.coded) !== 0) {
          return { ...value("coded", type, this.store(at), nil), second: `d${leaf}` }
        }
        return {
          ...value("view", type, `b${leaf}`, nil),
          second: this.store(`s${leaf}[i]`),
          third: this.store(`l${leaf}[i]`)
        }
      default:
        return { ...value("column", type, `c${leaf}`, nil), second: "i" }
    }
  }

  box(item: Value): string {
    if (item.constant !== undefined) {
      return item.constant === null ? "null" : this.constant(item.constant)
    }
    switch (item.form) {
      case "narrow":
        return `BigInt(${item.code})`
      case "ts9":
        return `{ millis: ${item.code}, nanos: ${item.second} }`
      case "view":
        if (isText(item.type)) return this.text(item)
        return `${item.code}.subarray(${item.second}, ${item.second} + ${item.third})`
      case "coded":
        return isText(item.type)
          ? this.text(item)
          : `${this.constant(codedBytes)}(${item.second}, ${item.code})`
      case "column":
        return `${this.constant(readBoxed)}(${item.code}, ${item.second}, ${
          this.constant(item.type)
        })`
      default:
        return item.code
    }
  }

  text(item: Value): string {
    if (typeof item.constant === "string") return this.constant(item.constant)
    if (item.form === "coded") return `${item.second}.text(${item.code})`
    if (item.form !== "view") return item.code
    return `${this.constant(decodeUtf8)}(${item.code}, ${item.second}, ${item.third})`
  }

  unbox(code: string, nil: string, type: LogicalType): Value {
    const form = formOf(type, this.narrow)
    if (code === "null") {
      return { ...value(form, type, initial(form), "true", 0), second: "0", constant: null }
    }
    const guard = (item: string) =>
      this.store(nil === "false" ? item : `(${nil}) ? ${initial(form)} : ${item}`)
    switch (form) {
      case "bool":
        return value("bool", type, this.store(`${code} === true`), nil)
      case "narrow": {
        const number = guard(`${this.constant(toNarrow)}(${code})`)
        this.widenWhen(`${number} !== ${number}`)
        return value("narrow", type, number, nil, typeBound(type))
      }
      case "ts9":
        return {
          ...value("ts9", type, guard(`${code}.millis`), nil),
          second: guard(`${code}.nanos`)
        }
      default:
        return value(
          form,
          type,
          guard(code),
          nil,
          layoutOf(type) === "i32" ? 2147483648 : narrowMax
        )
    }
  }
}

function codedBytes(dictionary: Parameters<Lookup["table"]>[0], code: number): Uint8Array {
  const start = dictionary.starts[code]!
  return dictionary.bytes.subarray(start, start + dictionary.lengths[code]!)
}

/** Whether equal inputs give equal results throughout. */
function isPure(expression: Expression): boolean {
  if (expression.op === "cast" || expression.op === "field") return isPure(expression.of)
  if (expression.op !== "call") return true
  return isDeterministic(expression.name) && expression.args.every(isPure)
}

/** The expression over a row of one column, its only leaf. */
function onlyLeaf(expression: Expression): Expression {
  if (leafPath(expression) !== undefined) return { op: "input", index: 0, type: expression.type }
  if (expression.op === "field" || expression.op === "cast") {
    return { ...expression, of: onlyLeaf(expression.of) }
  }
  if (expression.op === "call") return { ...expression, args: expression.args.map(onlyLeaf) }
  return expression
}
