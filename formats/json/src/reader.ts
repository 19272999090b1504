/**
 * The exact reader: one record by the tree of targets, fields in any order. It writes what the generated scanner would have
 * written, and it alone reports problems, so that both agree by construction on what is bad.
 */
import { type DecodedColumn, decodeUtf8 } from "@millrace/core/internal"
import { type Converter, makeConverter } from "./convert.ts"
import { Problem } from "./problem.ts"
import type { AbsentFields, RowTarget, Target } from "./target.ts"
import { Tokens } from "./tokens.ts"

/** How records are read, from the format's options. */
export interface Reading {
  readonly failOnMissing: boolean
  readonly ignoreErrors: boolean
  /** The byte between date and time: a space, or `T`. */
  readonly separator: number
  /** Whether a scanner is generated; the reader alone gives the same rows. */
  readonly generated: boolean
}

/** Owned by one decoder. */
export class Reader {
  readonly tokens: Tokens = new Tokens()
  private readonly reading: Reading
  private readonly convert: Converter
  private stamp = 0

  constructor(reading: Reading) {
    this.reading = reading
    this.convert = makeConverter(reading.separator)
  }

  /** Read the object at the cursor into row `row`. Throws a {@link Problem}. */
  object(target: RowTarget, row: number, depth: number): void {
    const { tokens } = this
    const stamp = ++this.stamp
    tokens.enter(depth)
    if (tokens.space() === 125) tokens.at++
    else {
      let expected = 0
      do {
        const index = this.key(target, expected)
        tokens.space()
        tokens.expect(58, '":" after a field name')
        tokens.space()
        if (index < 0) tokens.skip(depth + 1)
        else {
          expected = index + 1
          target.seen[index] = stamp
          this.value(target.fields[index]!, row, depth + 1)
        }
      } while (tokens.another(125))
    }
    for (let i = 0; i < target.fields.length; i++) {
      if (target.seen[i] !== stamp) this.missing(target.fields[i]!, row)
    }
    if (target.absent !== undefined) markAbsent(target, target.absent, row, stamp)
  }

  /** Pass a field name; gives its index, or -1 when the table has no such field. */
  private key(target: RowTarget, expected: number): number {
    const { tokens } = this
    if (tokens.peek() !== 34) tokens.fail("a field name in quotes")
    const start = tokens.at
    tokens.string()
    const length = tokens.at - start - 2
    if (
      expected < target.keys.length && same(tokens.bytes, start + 1, length, target.keys[expected]!)
    ) {
      return expected
    }
    return target.indexes.get(tokens.text(start, tokens.at, tokens.escaped)) ?? -1
  }

  private missing(target: Target, row: number): void {
    if (!target.wanted) return
    if (this.reading.failOnMissing) {
      throw new Problem(`Expected a field '${target.path}' but the record has none`, false)
    }
    nullify(target, row)
  }

  /** Read the value at the cursor, `depth` objects and arrays deep. Throws a {@link Problem}. */
  value(target: Target, row: number, depth: number): void {
    const { tokens } = this
    const { column } = target
    if (!target.wanted) return tokens.skip(depth)
    const start = tokens.at
    const byte = tokens.peek()
    if (byte === 110) {
      tokens.skip(depth)
      nullify(target, row)
    } else if (target.row !== undefined && byte === 123) {
      if (column !== undefined) column.nulls[row] = 0
      this.object(target.row, row, depth)
    } else if (target.element !== undefined && byte === (column!.layout === "list" ? 91 : 123)) {
      column!.nulls[row] = 0
      this.elements(target, column!, row, depth)
    } else {
      tokens.skip(depth)
      const wrong = column === undefined || target.row !== undefined || target.element !== undefined
        ? wantedName(target)
        : this.convert(tokens, start, column, row)
      if (wrong === undefined) column!.nulls[row] = 0
      else if (this.reading.ignoreErrors) nullify(target, row)
      else this.mistyped(target, wrong, start)
    }
  }

  private mistyped(target: Target, wanted: string, start: number): never {
    const { bytes, at } = this.tokens
    const found = decodeUtf8(bytes, start, Math.min(at - start, 40))
    const tail = at - start > 40 ? "…" : ""
    throw new Problem(
      `Expected ${wanted} but found ${found}${tail} in field '${target.path}'`,
      false
    )
  }

  private elements(target: Target, column: DecodedColumn, row: number, depth: number): void {
    const { tokens } = this
    const { children } = column
    const list = column.layout === "list"
    const values = children[children.length - 1]!
    const first = values.count
    const names = list ? undefined : new Map<string, number>()
    tokens.enter(depth)
    if (tokens.space() === (list ? 93 : 125)) tokens.at++
    else {
      do {
        const index = names === undefined ? values.count : this.entry(column, names)
        if (index === values.count) {
          values.ensure(index)
          values.count++
        }
        this.value(target.element!, index, depth + 1)
      } while (tokens.another(list ? 93 : 125))
    }
    column.starts[row] = first
    column.lengths[row] = values.count - first
  }

  /** Pass a key and its colon; gives the index of its entry: a key that comes again replaces the value. */
  private entry(column: DecodedColumn, names: Map<string, number>): number {
    const { tokens } = this
    const keys = column.children[0]!
    if (tokens.peek() !== 34) tokens.fail("a field name in quotes")
    const start = tokens.at
    tokens.string()
    const name = tokens.text(start, tokens.at, tokens.escaped)
    let index = names.get(name)
    if (index === undefined) {
      index = keys.count
      names.set(name, index)
      keys.ensure(index)
      keys.count++
      keys.nulls[index] = 0
      const wrong = this.convert(tokens, start, keys, index)
      if (wrong !== undefined) {
        throw new Problem(`Expected ${wanted(keys)} as a key of a map`, false)
      }
    }
    tokens.space()
    tokens.expect(58, '":" after a field name')
    tokens.space()
    return index
  }
}

function markAbsent(target: RowTarget, absent: AbsentFields, row: number, stamp: number): void {
  absent.ensure(row)
  const { marks, fields } = absent
  for (let i = 0; i < fields; i++) marks[row * fields + i] = target.seen[i] === stamp ? 0 : 1
}

function wanted(column: DecodedColumn): string {
  return `a ${column.type.kind}`
}

function wantedName(target: Target): string {
  if (target.element !== undefined) {
    return target.type.kind === "ARRAY" ? "an array" : "an object"
  }
  return "an object"
}

/** Make all that is wanted of a value NULL. */
export function nullify(target: Target, row: number): void {
  if (target.column !== undefined) target.column.setNull(row)
  else if (target.row !== undefined) {
    for (const field of target.row.fields) nullify(field, row)
  }
}

function same(bytes: Uint8Array, at: number, length: number, key: Uint8Array): boolean {
  if (length !== key.length) return false
  for (let i = 0; i < length; i++) if (bytes[at + i] !== key[i]) return false
  return true
}
