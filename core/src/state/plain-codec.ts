/**
 * The odd values of keyed state (lists, boxed values) between its runs of numbers: a length, then the value as checkpoints write every plain
 * value. One call takes a whole column.
 */
import { decodePlain, encodePlain } from "../checkpoint/plain-codec.ts"
import type { Plain } from "../operator/operator.ts"
import type { ByteReader, ByteWriter } from "./byte-io.ts"

/** Appends a value made of null, undefined, booleans, numbers, bigints, strings, Uint8Arrays, arrays and plain objects. */
export function writePlain(writer: ByteWriter, value: unknown): void {
  const bytes = encodePlain(value as Plain)
  writer.u32(bytes.length)
  writer.run(bytes)
}

/** The value that {@link writePlain} wrote. Throws a CodecFault for bytes that it never writes. */
export function readPlain(reader: ByteReader): unknown {
  return decodePlain(reader.raw(reader.u32()))
}
