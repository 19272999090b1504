/** What the clients of a Confluent schema registry put before a message: 0, the schema's number, and the path to the message's declaration. */
import { type ByteSink, writeBytes } from "@millrace/core/internal"
import { fail } from "./problem.ts"
import { type Cursor, readZigzag64 } from "./scan.ts"

/** Messages within one another. */
const pathMax = 64

/** Pass it; answers where the message begins. Throws Problem. */
export function readFramed(bytes: Uint8Array, at: number, end: number, cursor: Cursor): number {
  if (end - at < 6 || bytes[at] !== 0) {
    return fail("Unknown data format. Magic number does not match")
  }
  const count = readZigzag64(bytes, at + 5, end, cursor)
  if (!(count >= 0 && count <= pathMax)) return fail(`Expected a path of at most ${pathMax} parts`)
  for (let i = 0; i < count; i++) readZigzag64(bytes, cursor.at, end, cursor)
  return cursor.at
}

/** Append it. `path`: of the message among those declared beside it, from outside inwards. */
export function writeFramed(out: ByteSink, id: number, path: ReadonlyArray<number>): void {
  const head = new Uint8Array(5)
  new DataView(head.buffer).setInt32(1, id)
  writeBytes(out, head, 0, 5)
  // The first message of a file, the usual case, is a single 0.
  const parts = path.length === 1 && path[0] === 0 ? [0] : [path.length, ...path]
  const bytes: Array<number> = []
  for (const part of parts) {
    let rest = part * 2
    while (rest > 127) {
      bytes.push((rest & 127) | 128)
      rest >>>= 7
    }
    bytes.push(rest)
  }
  writeBytes(out, Uint8Array.from(bytes), 0, bytes.length)
}
