/** Columns of text and bytes: one after the other, or numbers of entries of a dictionary. */
import { Column, Damage, Dictionary } from "@millrace/core/internal"
import type { ByteStream } from "./byte-stream.ts"
import type { IntegerReader } from "./integers.ts"
import type { DenseReader } from "./node-reader.ts"

/** Texts one after the other. */
export function readTexts(data: ByteStream, lengthData: IntegerReader): DenseReader {
  return {
    read: (rows) => {
      const { starts, lengths, total } = placesOf(lengthData.readNarrow(rows))
      return new Column({ layout: "bytes", rows, starts, lengths, bytes: data.take(total) })
    },
    skip: (count) => {
      for (let left = count; left > 0;) {
        const part = Math.min(left, 1024)
        data.skip(placesOf(lengthData.readNarrow(part)).total)
        left -= part
      }
    }
  }
}

function placesOf(
  from: Float64Array
): { readonly starts: Int32Array; readonly lengths: Int32Array; readonly total: number } {
  const starts = new Int32Array(from.length)
  const lengths = new Int32Array(from.length)
  let total = 0
  for (let i = 0; i < from.length; i++) {
    starts[i] = total
    lengths[i] = from[i]!
    total += from[i]!
    if (!(from[i]! >= 0 && total <= 0x7fffffff)) {
      throw new Damage("the length of a text is out of range")
    }
  }
  return { starts, lengths, total }
}

/** Numbers of entries. The dictionary is read with the first of them. */
export function readCodes(
  codes: IntegerReader,
  size: number,
  data: ByteStream,
  lengthData: IntegerReader
): DenseReader {
  let dictionary: Dictionary | undefined
  return {
    read: (rows) => {
      dictionary ??= readDictionary(size, data, lengthData)
      const from = codes.readNarrow(rows)
      const values = new Int32Array(rows)
      for (let i = 0; i < rows; i++) {
        const code = from[i]!
        if (!(code >= 0 && code < dictionary.size)) {
          throw new Damage(`a dictionary has no entry ${code}`)
        }
        values[i] = code
      }
      return new Column({ layout: "bytes", rows, values, dictionary })
    },
    skip: (count) => codes.skip(count)
  }
}

/** All entries differ, so that there are at most as many as bytes, and an empty one: what is claimed is held by what is there. */
function readDictionary(size: number, data: ByteStream, lengthData: IntegerReader): Dictionary {
  const bytes = data.rest()
  if (!(size <= bytes.length + 1)) {
    throw new Damage(`a dictionary of ${bytes.length} bytes claims ${size} entries`)
  }
  const { starts, lengths, total } = placesOf(lengthData.readNarrow(size))
  if (total > bytes.length) {
    throw new Damage("the entries of a dictionary are longer than its bytes")
  }
  return new Dictionary(size, bytes, starts, lengths)
}
