/** What a column of `datagen` is to hold, read off its type and options once, before anything runs. */
import type { LogicalType, ReadOptions } from "@millrace/core/internal"
import { option } from "./field-options.ts"

type Type = LogicalType.LogicalType

/** One leaf or nested generator. `stream` numbers it, so that columns do not repeat each other. */
export type FieldSpec =
  & {
    readonly type: Type
    readonly stream: number
    /** 0 … 1. */
    readonly nullRate: number
  }
  & (
    | { readonly kind: "boolean" | "now" }
    | { readonly kind: "integer"; readonly min: bigint; readonly max: bigint }
    | { readonly kind: "float"; readonly min: number; readonly max: number }
    | { readonly kind: "past"; readonly maxPastMillis: number }
    | { readonly kind: "text"; readonly length: number; readonly variable: boolean }
    | { readonly kind: "sequence"; readonly start: bigint; readonly end: bigint }
    | {
      readonly kind: "list"
      readonly length: number
      readonly children: ReadonlyArray<FieldSpec>
    }
    | { readonly kind: "row"; readonly children: ReadonlyArray<FieldSpec> }
  )

const integerBounds: Readonly<Record<string, readonly [bigint, bigint]>> = {
  TINYINT: [-128n, 127n],
  SMALLINT: [-32768n, 32767n],
  INT: [-2147483648n, 2147483647n],
  BIGINT: [-(2n ** 63n), 2n ** 63n - 1n],
  INTERVAL_YEAR_MONTH: [0n, 120000n],
  INTERVAL_DAY_TIME: [0n, 86400000n * 365n]
}

/** Reads the spec of every column; `problems` collects what is wrong, as sentences. */
export function readFields(
  columns: ReadonlyArray<{ readonly name: string; readonly type: Type }>,
  options: ReadOptions,
  problems: Array<string>
): ReadonlyArray<FieldSpec> {
  const reader = new FieldReader(options, problems)
  return columns.map((column) => reader.read(column.name, column.type))
}

class FieldReader {
  private streams = 0
  private readonly options: ReadOptions
  private readonly problems: Array<string>

  constructor(options: ReadOptions, problems: Array<string>) {
    this.options = options
    this.problems = problems
  }

  read(path: string, type: Type): FieldSpec {
    const nullRate = option.number(this.options, path, "null-rate", 0, this.problems)
    if (nullRate < 0 || nullRate > 1) {
      this.problems.push(
        `Option 'fields.${path}.null-rate' must be from 0 to 1, but is '${nullRate}'`
      )
    }
    const base = { type, stream: this.streams++, nullRate: type.nullable ? nullRate : 0 }
    const kind = option.text(this.options, path, "kind") ?? "random"
    if (kind === "sequence") return { ...base, ...this.sequence(path, type) }
    if (kind !== "random") {
      this.problems.push(
        `Option 'fields.${path}.kind' must be 'random' or 'sequence', but is '${kind}'`
      )
    }
    return { ...base, ...this.random(path, type) }
  }

  private sequence(path: string, type: Type): { kind: "sequence"; start: bigint; end: bigint } {
    const sequential = type.kind in integerBounds ||
      ["FLOAT", "DOUBLE", "DECIMAL", "CHAR", "VARCHAR", "BINARY", "VARBINARY"].includes(type.kind)
    if (!sequential || type.kind.startsWith("INTERVAL")) {
      this.problems.push(`Column '${path}' of type ${type.kind} cannot be a sequence: use 'random'`)
    }
    const start = option.integer(this.options, path, "start", undefined, this.problems)
    const end = option.integer(this.options, path, "end", undefined, this.problems)
    if (start === undefined || end === undefined) {
      this.problems.push(
        `Column '${path}' is a sequence: it needs 'fields.${path}.start' and 'fields.${path}.end'`
      )
    } else if (end < start) {
      this.problems.push(
        `Option 'fields.${path}.end' must be at least the start ${start}, but is '${end}'`
      )
    }
    return { kind: "sequence", start: start ?? 0n, end: end ?? 0n }
  }

  private random(path: string, type: Type): RandomSpec {
    const { options, problems } = this
    switch (type.kind) {
      case "BOOLEAN":
        return { kind: "boolean" }
      case "DATE":
      case "TIME":
        return { kind: "now" }
      case "TIMESTAMP":
      case "TIMESTAMP_LTZ":
        return {
          kind: "past",
          maxPastMillis: option.duration(options, path, "max-past", 0, problems)
        }
      case "FLOAT":
      case "DOUBLE": {
        const max = type.kind === "FLOAT" ? 3.4028234663852886e38 : Number.MAX_VALUE
        const low = option.number(options, path, "min", Number.MIN_VALUE, problems)
        return { kind: "float", min: low, max: option.number(options, path, "max", max, problems) }
      }
      case "DECIMAL": {
        const bound = 10n ** BigInt(type.precision) - 1n
        return { kind: "integer", ...this.bounds(path, [-bound, bound], type.scale) }
      }
      case "CHAR":
      case "BINARY":
        return {
          kind: "text",
          length: this.fixedLength(path, type.kind, type.length),
          variable: false
        }
      case "VARCHAR":
      case "VARBINARY":
        return this.text(path, type.length)
      case "ARRAY":
        return this.list(path, [this.read(`${path}.element`, type.element)])
      case "MULTISET":
        return this.list(path, [
          this.read(`${path}.element`, type.element),
          {
            type: { kind: "INT", nullable: false },
            stream: this.streams++,
            nullRate: 0,
            kind: "integer",
            min: 1n,
            max: 10n
          }
        ])
      case "MAP":
        return this.list(path, [
          this.read(`${path}.key`, type.key),
          this.read(`${path}.value`, type.value)
        ])
      case "ROW":
        return {
          kind: "row",
          children: type.fields.map((f) => this.read(`${path}.${f.name}`, f.type))
        }
      default: {
        const natural = integerBounds[type.kind]
        if (natural === undefined) {
          this.problems.push(`Column '${path}' of type ${type.kind} cannot be generated`)
        }
        return { kind: "integer", ...this.bounds(path, natural ?? [0n, 0n], 0) }
      }
    }
  }

  private bounds(
    path: string,
    natural: readonly [bigint, bigint],
    scale: number
  ): { min: bigint; max: bigint } {
    const min = option.integer(this.options, path, "min", natural[0], this.problems, scale) ??
      natural[0]
    const max = option.integer(this.options, path, "max", natural[1], this.problems, scale) ??
      natural[1]
    if (min > max) {
      this.problems.push(`Option 'fields.${path}.min' must not be above 'fields.${path}.max'`)
    }
    if (min < natural[0] || max > natural[1]) {
      this.problems.push(
        `Options 'fields.${path}.min' and '.max' must lie within the column's type`
      )
    }
    return { min, max }
  }

  private fixedLength(path: string, kind: string, declared: number): number {
    if (option.text(this.options, path, "length") !== undefined) {
      this.problems.push(
        `Option 'fields.${path}.length' is not for ${kind}: its length is fixed by the type`
      )
    }
    return declared
  }

  private text(path: string, declared: number): RandomSpec {
    const length = option.count(
      this.options,
      path,
      "length",
      Math.min(100, declared),
      this.problems
    )
    if (length > declared) {
      this.problems.push(
        `Option 'fields.${path}.length' must be at most ${declared}, the column's length, but is '${length}'`
      )
    }
    const variable = option.boolean(this.options, path, "var-len", this.problems)
    return { kind: "text", length, variable }
  }

  private list(path: string, children: ReadonlyArray<FieldSpec>): RandomSpec {
    return {
      kind: "list",
      length: option.count(this.options, path, "length", 3, this.problems),
      children
    }
  }
}

type RandomSpec =
  | { kind: "boolean" | "now" }
  | { kind: "integer"; min: bigint; max: bigint }
  | { kind: "float"; min: number; max: number }
  | { kind: "past"; maxPastMillis: number }
  | { kind: "text"; length: number; variable: boolean }
  | { kind: "list"; length: number; children: ReadonlyArray<FieldSpec> }
  | { kind: "row"; children: ReadonlyArray<FieldSpec> }

/** Rows until the first sequence ends, or undefined when there is none. */
export function sequenceRows(fields: ReadonlyArray<FieldSpec>): bigint | undefined {
  let least: bigint | undefined
  for (const field of fields) {
    const rows = field.kind === "sequence"
      ? field.end - field.start + 1n
      : field.kind === "row"
      ? sequenceRows(field.children)
      : undefined
    if (rows !== undefined && (least === undefined || rows < least)) least = rows
  }
  return least
}
