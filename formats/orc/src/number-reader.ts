/** Columns of truth values, integers, floating-point numbers and dates. */
import { Column, Damage } from "@millrace/core/internal"
import type { ByteStream } from "./byte-stream.ts"
import { RunBits, RunBytes } from "./bytes-runs.ts"
import type { IntegerReader, Integers } from "./integers.ts"
import type { DenseReader } from "./node-reader.ts"

/** BOOLEAN. */
export function readBooleans(data: ByteStream): DenseReader {
  const bits = new RunBits(data)
  return {
    read: (rows) => {
      const values = new Uint8Array(rows)
      bits.read(rows, values, false)
      return new Column({ layout: "bool", rows, values })
    },
    skip: (count) => {
      const passed = new Uint8Array(Math.min(count, 8192))
      for (let left = count; left > 0; left -= passed.length) {
        bits.read(Math.min(left, passed.length), passed, false)
      }
    }
  }
}

/** BYTE, as a column of `layout`. */
export function readBytes(data: ByteStream, layout: "i32" | "i64"): DenseReader {
  const bytes = new RunBytes(data)
  return {
    read: (rows) => {
      const values = layout === "i32" ? new Int32Array(rows) : new Float64Array(rows)
      for (let i = 0; i < rows; i++) values[i] = (bytes.next() << 24) >> 24
      return new Column({ layout, rows, values })
    },
    skip: (count) => {
      for (let i = 0; i < count; i++) bytes.next()
    }
  }
}

/** SHORT, INT, DATE. */
export function readSmall(data: IntegerReader): DenseReader {
  return {
    read: (rows) => {
      const from = data.readNarrow(rows)
      const values = new Int32Array(rows)
      for (let i = 0; i < rows; i++) {
        const value = from[i]!
        if ((value | 0) !== value) throw new Damage(`an integer of 32 bits is ${value}`)
        values[i] = value
      }
      return new Column({ layout: "i32", rows, values })
    },
    skip: (count) => data.skip(count)
  }
}

/** LONG, and what is read as BIGINT. */
export function readLongs(data: IntegerReader): DenseReader {
  return {
    read: (rows) => {
      const into: Integers = { values: new Float64Array(rows), wide: undefined }
      data.read(rows, into)
      return new Column({ layout: "i64", rows, values: widened(into) })
    },
    skip: (count) => data.skip(count)
  }
}

/** The integers as the values of a BIGINT column. */
function widened({ values, wide }: Integers): Float64Array | BigInt64Array {
  if (wide === undefined) return values
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (value === value) wide[i] = BigInt(value)
  }
  return wide
}

/** FLOAT. */
export function readFloats(data: ByteStream): DenseReader {
  return {
    read: (rows) => {
      const bytes = data.take(rows * 4).slice()
      const values = Float64Array.from(new Float32Array(bytes.buffer, 0, rows))
      return new Column({ layout: "f64", rows, values })
    },
    skip: (count) => data.skip(count * 4)
  }
}

/** DOUBLE. */
export function readDoubles(data: ByteStream): DenseReader {
  return {
    read: (rows) => {
      const bytes = data.take(rows * 8).slice()
      return new Column({ layout: "f64", rows, values: new Float64Array(bytes.buffer, 0, rows) })
    },
    skip: (count) => data.skip(count * 8)
  }
}
