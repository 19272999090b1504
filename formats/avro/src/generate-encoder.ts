/**
 * Code that encodes rows: one function for a {@link Writing}, which appends rows `from` to `to` of a batch's columns to a sink. All columns
 * of the tree are taken out before the loop; whether a column is narrow, coded or has NULLs is asked there too, once a batch.
 */
import type { ByteSink, Column } from "@millrace/core/internal"
import * as Encode from "./encode.ts"
import type { Writing } from "./write-plan.ts"

/** Appends rows `from` to `to` (exclusive), one behind the other. */
export type Put = (
  columns: ReadonlyArray<Column>,
  from: number,
  to: number,
  out: ByteSink
) => void

/** So many bytes are reserved before values of known size; each of them takes at most 10. */
const roomValues = 12
const roomBytes = roomValues * 10

/** The function for rows. `writing` is that of the table; `branch`: its place in a union, if the schema is one. */
export function generateEncoder(
  writing: Writing & { readonly kind: "row" },
  branch: number | undefined
): Put {
  return new Emitter().build(writing, branch)
}

class Emitter {
  private readonly hoisted: Array<string> = []
  private names = 0
  /** Values of known size since room was last made. */
  private used = 0

  build(writing: Writing & { readonly kind: "row" }, branch: number | undefined): Put {
    const room = this.room()
    const head = branch === undefined ? "" : this.fixed(`b[at++] = ${branch * 2}`)
    const body = writing.fields.map(({ index, value }) => {
      if (index === undefined) return this.value(value, "", "row")
      return this.value(value, this.column(`columns[${index}]`), "row")
    }).join("\n")
    const text = `"use strict"\nconst { ${Object.keys(Encode).join(", ")} } = h
const f4v = new Float32Array(1), f4b = new Uint8Array(f4v.buffer)
const f8v = new Float64Array(1), f8b = new Uint8Array(f8v.buffer)
return function put(columns, from, to, out) {
${this.hoisted.join("\n")}
let b = out.bytes, at = out.length, x = 0
for (let row = from; row < to; row++) {
${room}
${head}
${body}
}
out.length = at
}`
    return (new Function("h", text) as (h: typeof Encode) => Put)(Encode)
  }

  private name(prefix: string): string {
    return `${prefix}${this.names++}`
  }

  private column(source: string): string {
    const name = this.name("c")
    this.hoisted.push(`const ${name} = ${source}`)
    return name
  }

  private part(column: string, part: string): string {
    const name = this.name("p")
    this.hoisted.push(`const ${name} = ${column}.${part}`)
    return name
  }

  private room(): string {
    this.used = 0
    return `if (at + ${roomBytes} > b.length) { out.length = at; out.reserve(${roomBytes}); b = out.bytes }`
  }

  /** Counts a value of known size; makes room when the last room is used up. */
  private fixed(text: string): string {
    this.used++
    if (this.used < roomValues) return text
    return `${text}\n${this.room()}`
  }

  /** A call that appends by itself. */
  private call(text: string): string {
    return `out.length = at\n${text}\nat = out.length\nb = out.bytes\n${this.room()}`
  }

  private value(writing: Writing, column: string, at: string): string {
    switch (writing.kind) {
      case "null":
        return ""
      case "union":
        return this.union(writing, column, at)
      case "row":
        return writing.fields.map(({ index, value }) =>
          this.value(
            value,
            index === undefined ? "" : this.column(`${column}.children[${index}]`),
            at
          )
        ).join("\n")
      case "list":
      case "map":
        return this.elements(writing, column, at)
      case "boolean":
        return this.fixed(`b[at++] = ${this.part(column, "values")}[${at}]`)
      case "int":
        return this.fixed(
          `x = ${this.part(column, "values")}[${at}]\nx = ((x << 1) ^ (x >> 31)) >>> 0\n${varint}`
        )
      case "long":
        return this.long(column, at)
      case "float":
      case "double": {
        const values = this.part(column, "values")
        const type = writing.kind === "float" ? "f4" : "f8"
        return this.fixed(
          `${type}v[0] = ${values}[${at}]\n` +
            Array.from({ length: type === "f4" ? 4 : 8 }, (_, i) => `b[at + ${i}] = ${type}b[${i}]`)
              .join("; ") +
            `\nat += ${type === "f4" ? 4 : 8}`
        )
      }
      case "bytes":
        return this.bytes(column, at)
      case "decimal":
        return this.call(`putDecimal(out, ${column}, ${at})`)
      case "fixedDecimal":
        return this.call(`putFixedDecimal(out, ${column}, ${at}, ${writing.size})`)
      case "timestamp":
        return this.timestamp(column, at, writing.perMilli)
    }
  }

  private union(
    writing: Writing & { readonly kind: "union" },
    column: string,
    at: string
  ): string {
    const { nullAt, index, value } = writing
    if (value.kind === "null") return this.fixed(`b[at++] = ${index * 2}`)
    if (nullAt === undefined) {
      return `${this.fixed(`b[at++] = ${index * 2}`)}\n${this.value(value, column, at)}`
    }
    const nulls = this.part(column, "nulls")
    const head = this.fixed(
      `x = ${nulls} !== undefined && ${nulls}[${at}] === 1 ? ${nullAt * 2} : ${index * 2}
b[at++] = x`
    )
    const before = this.used
    const inner = this.value(value, column, at)
    // Whichever way was taken, no more than this was used.
    this.used = Math.max(this.used, before)
    return `${head}\nif (x !== ${nullAt * 2}) {\n${inner}\n}${
      this.used > before ? "" : `\n${this.room()}`
    }`
  }

  private long(column: string, at: string): string {
    const values = this.part(column, "values")
    const wide = this.name("w")
    this.hoisted.push(`const ${wide} = ${values} instanceof BigInt64Array`)
    return this.fixed(
      `if (${wide}) { out.length = at; putBigint(out, ${values}[${at}]); at = out.length; b = out.bytes }
else {
x = ${values}[${at}]
if (x >= -1073741824 && x < 1073741824) { x = ((x << 1) ^ (x >> 31)) >>> 0\n${varint} }
else { out.length = at; putNumber(out, x); at = out.length; b = out.bytes }
}\n${this.room()}`
    )
  }

  private timestamp(column: string, at: string, perMilli: number): string {
    return this.call(`putTimestamp(out, ${column}, ${at}, ${perMilli})`)
  }

  private bytes(column: string, at: string): string {
    const source = this.name("t")
    this.hoisted.push(
      `const ${source} = ${column}.dictionary ?? ${column}, ${source}k = ${column}.dictionary === undefined ? undefined : ${column}.values`,
      `const ${source}b = ${source}.bytes, ${source}s = ${source}.starts, ${source}l = ${source}.lengths`
    )
    const [k, from] = [this.name("k"), this.name("s")]
    const text = `const ${k} = ${source}k === undefined ? ${at} : ${source}k[${at}]
const ${from} = ${source}s[${k}], ${k}l = ${source}l[${k}]
if (at + ${k}l + ${roomBytes + 10} > b.length) { out.length = at; out.reserve(${k}l + ${
      roomBytes + 10
    }); b = out.bytes }
x = ${k}l * 2
${varint}
if (${k}l <= 32) { for (let i = 0; i < ${k}l; i++) b[at + i] = ${source}b[${from} + i] }
else b.set(${source}b.subarray(${from}, ${from} + ${k}l), at)
at += ${k}l`
    this.used = 0
    return `{\n${text}\n}`
  }

  private elements(
    writing: Writing & { readonly kind: "list" | "map" },
    column: string,
    at: string
  ): string {
    const [from, count, e] = [this.name("s"), this.name("n"), this.name("e")]
    const starts = this.part(column, "starts")
    const lengths = this.part(column, "lengths")
    const children = writing.kind === "list"
      ? [this.column(`${column}.children[0]`)]
      : [this.column(`${column}.children[0]`), this.column(`${column}.children[1]`)]
    const head = this.room()
    const body = writing.kind === "list"
      ? this.value(writing.element, children[0]!, e)
      : `${this.bytes(children[0]!, e)}\n${this.value(writing.value, children[1]!, e)}`
    return `{
const ${from} = ${starts}[${at}], ${count} = ${lengths}[${at}]
${head}
if (${count} > 0) {
x = ${count} * 2
${varint}
for (let ${e} = ${from}; ${e} < ${from} + ${count}; ${e}++) {
${head}
${body}
}
}
${this.room()}
b[at++] = 0
}
${this.room()}`
  }
}

/** `x`, a whole number below 2^32, as a varint. */
const varint = "while (x > 127) { b[at++] = (x & 127) | 128; x >>>= 7 }\nb[at++] = x"
