/** Several blobs of one key group as one: what an operator with more than one piece of state puts in its snapshot. */
import { assert } from "../fault.ts"
import { ByteReader, ByteWriter } from "./byte-io.ts"

const formatVersion = 1
const missing = 0xffffffff

/** By group, the parts in order; a part that has nothing for a group is left open. */
export function joinParts(
  parts: ReadonlyArray<ReadonlyMap<number, Uint8Array>>
): Map<number, Uint8Array> {
  const groups = new Set(parts.flatMap((part) => [...part.keys()]))
  const joined = new Map<number, Uint8Array>()
  for (const group of [...groups].sort((a, b) => a - b)) {
    const writer = new ByteWriter(1024)
    writer.u8(formatVersion)
    writer.u32(parts.length)
    for (const part of parts) {
      const bytes = part.get(group)
      writer.u32(bytes === undefined ? missing : bytes.length)
      if (bytes !== undefined) writer.run(bytes)
    }
    joined.set(group, writer.take())
  }
  return joined
}

/** The parts of one group. */
export function splitParts(bytes: Uint8Array): ReadonlyArray<Uint8Array | undefined> {
  const reader = new ByteReader(bytes)
  const version = reader.u8()
  assert(version === formatVersion, `state parts have format ${formatVersion}, not ${version}`)
  return Array.from({ length: reader.u32() }, () => {
    const length = reader.u32()
    return length === missing ? undefined : reader.raw(length)
  })
}
