/**
 * `Plain` values as bytes and back, exactly: −0, NaN, `undefined`, big integers of any size, lone surrogates and keys such as
 * `__proto__` come back as they were, which general packers do not promise. One tag byte, then the value; numbers
 * are little-endian. The decoder is total: any bytes give a value or a {@link CodecFault}, never another error.
 */
import { Fault, type FaultClass } from "../fault.ts"
import type { Plain } from "../operator/operator.ts"

const CodecFaultBase: FaultClass<"CodecFault", { detail: string; at: number }> = Fault<
  { detail: string; at: number }
>()("CodecFault", "external", "never")

/** Bytes that no encoder of ours has made. */
export class CodecFault extends CodecFaultBase {
  override get message(): string {
    return `Cannot decode a stored value: ${this.detail} at byte ${this.at}`
  }
}

const tag = {
  null: 0,
  undefined: 1,
  false: 2,
  true: 3,
  int32: 4,
  double: 5,
  bigint: 6,
  text: 7,
  utf16: 8,
  bytes: 9,
  list: 10,
  record: 11
} as const

/** How deep lists and records may nest. */
export const plainDepthMax = 256

class Writer {
  bytes: Uint8Array = new Uint8Array(256)
  view: DataView = new DataView(this.bytes.buffer)
  length = 0

  /** Room for `more` bytes; answers where they begin. */
  take(more: number): number {
    const at = this.length
    this.length = at + more
    if (this.length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.length, this.bytes.length * 2))
      larger.set(this.bytes)
      this.bytes = larger
      this.view = new DataView(larger.buffer)
    }
    return at
  }

  byte(value: number): void {
    const at = this.take(1)
    this.bytes[at] = value
  }

  count(value: number): void {
    const at = this.take(4)
    this.view.setUint32(at, value, true)
  }

  raw(value: Uint8Array): void {
    this.count(value.length)
    const at = this.take(value.length)
    this.bytes.set(value, at)
  }
}

/** The bytes of a value. Throws for what is not {@link Plain}, which is a bug of the caller. */
export function encodePlain(value: Plain): Uint8Array {
  const writer = new Writer()
  write(writer, value, 0)
  return writer.bytes.slice(0, writer.length)
}

function write(out: Writer, value: Plain, depth: number): void {
  if (depth > plainDepthMax) {
    throw new Error(`Broken invariant: state nests at most ${plainDepthMax} deep`)
  }
  if (value === null) return out.byte(tag.null)
  switch (typeof value) {
    case "undefined":
      return out.byte(tag.undefined)
    case "boolean":
      return out.byte(value ? tag.true : tag.false)
    case "number":
      return writeNumber(out, value)
    case "bigint":
      out.byte(tag.bigint)
      return writeText(out, value.toString(16))
    case "string":
      return writeString(out, value)
    case "object":
      return writeObject(out, value, depth)
    default:
      throw new Error(`Broken invariant: state is plain data, not a ${typeof value}`)
  }
}

function writeNumber(out: Writer, value: number): void {
  if ((value | 0) === value && !Object.is(value, -0)) {
    out.byte(tag.int32)
    const at = out.take(4)
    out.view.setInt32(at, value, true)
  } else {
    out.byte(tag.double)
    const at = out.take(8)
    out.view.setFloat64(at, value, true)
  }
}

function writeText(out: Writer, value: string): void {
  out.raw(new TextEncoder().encode(value))
}

function writeString(out: Writer, value: string): void {
  if (value.isWellFormed()) {
    out.byte(tag.text)
    writeText(out, value)
    return
  }
  out.byte(tag.utf16)
  out.count(value.length)
  const at = out.take(value.length * 2)
  for (let i = 0; i < value.length; i++) out.view.setUint16(at + i * 2, value.charCodeAt(i), true)
}

function writeObject(out: Writer, value: object & Plain, depth: number): void {
  if (value instanceof Uint8Array) {
    out.byte(tag.bytes)
    out.raw(value)
  } else if (Array.isArray(value)) {
    out.byte(tag.list)
    out.count(value.length)
    for (const item of value) write(out, item, depth + 1)
  } else {
    const prototype = Object.getPrototypeOf(value)
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
      throw new Error(`Broken invariant: state is plain data, not a ${value.constructor?.name}`)
    }
    const entries = Object.entries(value as { readonly [key: string]: Plain })
    out.byte(tag.record)
    out.count(entries.length)
    for (const [key, item] of entries) {
      writeString(out, key)
      write(out, item, depth + 1)
    }
  }
}

class Reader {
  readonly bytes: Uint8Array
  readonly view: DataView
  at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  take(length: number): number {
    const at = this.at
    if (length > this.bytes.length - at) throw this.fault("the value is cut off")
    this.at = at + length
    return at
  }

  byte(): number {
    return this.bytes[this.take(1)]!
  }

  count(): number {
    return this.view.getUint32(this.take(4), true)
  }

  raw(): Uint8Array {
    const length = this.count()
    const at = this.take(length)
    return this.bytes.slice(at, at + length)
  }

  fault(detail: string): CodecFault {
    return new CodecFault({ detail, at: this.at })
  }
}

/** The value of bytes that {@link encodePlain} made; a copy. Throws {@link CodecFault} for anything else. */
export function decodePlain(bytes: Uint8Array): Plain {
  const reader = new Reader(bytes)
  const value = read(reader, 0)
  if (reader.at !== bytes.length) throw reader.fault("there are bytes behind the value")
  return value
}

function read(from: Reader, depth: number): Plain {
  if (depth > plainDepthMax) throw from.fault(`values nest deeper than ${plainDepthMax}`)
  const kind = from.byte()
  switch (kind) {
    case tag.null:
      return null
    case tag.undefined:
      return undefined
    case tag.false:
      return false
    case tag.true:
      return true
    case tag.int32:
      return from.view.getInt32(from.take(4), true)
    case tag.double:
      return from.view.getFloat64(from.take(8), true)
    case tag.bigint:
      return readBigint(from)
    case tag.text:
    case tag.utf16:
      return readString(from, kind)
    case tag.bytes:
      return from.raw()
    case tag.list:
      return readList(from, depth)
    case tag.record:
      return readRecord(from, depth)
    default:
      throw from.fault(`unknown tag ${kind}`)
  }
}

function readBigint(from: Reader): bigint {
  const text = readText(from)
  if (!/^-?[0-9a-f]+$/.test(text)) throw from.fault("not an integer")
  return text.startsWith("-") ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`)
}

function readText(from: Reader): string {
  const length = from.count()
  const at = from.take(length)
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      from.bytes.subarray(at, at + length)
    )
  } catch {
    throw from.fault("text is not UTF-8")
  }
}

function readString(from: Reader, kind: number): string {
  if (kind === tag.text) return readText(from)
  if (kind !== tag.utf16) throw from.fault("a key is not a text")
  const length = from.count()
  const at = from.take(length * 2)
  let text = ""
  for (let i = 0; i < length; i++) {
    text += String.fromCharCode(from.view.getUint16(at + i * 2, true))
  }
  return text
}

function readList(from: Reader, depth: number): ReadonlyArray<Plain> {
  const length = from.count()
  // each item has at least a tag, so a length that lies is found before anything is allocated
  if (length > from.bytes.length - from.at) throw from.fault("the list is cut off")
  const list: Array<Plain> = []
  for (let i = 0; i < length; i++) list.push(read(from, depth + 1))
  return list
}

function readRecord(from: Reader, depth: number): { readonly [key: string]: Plain } {
  const length = from.count()
  if (length > from.bytes.length - from.at) throw from.fault("the record is cut off")
  const record: { [key: string]: Plain } = {}
  for (let i = 0; i < length; i++) {
    const key = readString(from, from.byte())
    const value = read(from, depth + 1)
    if (key === "__proto__") {
      Object.defineProperty(record, key, {
        value,
        enumerable: true,
        configurable: true,
        writable: true
      })
    } else {
      record[key] = value
    }
  }
  return record
}
