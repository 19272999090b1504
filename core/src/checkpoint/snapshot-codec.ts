/**
 * One operator's snapshot as bytes: a head with the plain parts and the lengths of the key groups, then the groups'
 * bytes as they are. Groups are given as parts, so that large state is written without another copy.
 */
import type { Plain, Snapshot } from "../operator/operator.ts"
import { CodecFault, decodePlain, encodePlain } from "./plain-codec.ts"

/** The parts of a snapshot, to be written one after the other. */
export function encodeSnapshot(snapshot: Snapshot): ReadonlyArray<Uint8Array> {
  const groups = [...snapshot.groups ?? []].sort((a, b) => a[0] - b[0])
  const head: { [key: string]: Plain } = {}
  if (snapshot.groups !== undefined) {
    head["groups"] = groups.map(([group, bytes]) => [group, bytes.length])
  }
  if (snapshot.items !== undefined) head["items"] = snapshot.items
  if (snapshot.union !== undefined) head["union"] = snapshot.union
  const headBytes = encodePlain(head)
  const prefix = new Uint8Array(4)
  new DataView(prefix.buffer).setUint32(0, headBytes.length, true)
  return [prefix, headBytes, ...groups.map(([, bytes]) => bytes)]
}

/** The snapshot of bytes made of {@link encodeSnapshot}'s parts; groups are views into them. Throws {@link CodecFault}. */
export function decodeSnapshot(bytes: Uint8Array): Snapshot {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 4) throw new CodecFault({ detail: "the snapshot is cut off", at: 0 })
  const headEnd = 4 + view.getUint32(0, true)
  if (headEnd > bytes.length) throw new CodecFault({ detail: "the snapshot is cut off", at: 4 })
  const head = decodePlain(bytes.subarray(4, headEnd))
  if (!isRecord(head)) throw new CodecFault({ detail: "the snapshot has no head", at: 4 })
  return {
    ...(head["groups"] === undefined ? {} : { groups: readGroups(bytes, headEnd, head["groups"]) }),
    ...(head["items"] === undefined ? {} : { items: needList(head["items"]) }),
    ...(head["union"] === undefined ? {} : { union: needList(head["union"]) })
  }
}

function readGroups(
  bytes: Uint8Array,
  from: number,
  index: Plain
): ReadonlyMap<number, Uint8Array> {
  const groups = new Map<number, Uint8Array>()
  let at = from
  for (const entry of needList(index)) {
    const [group, length] = needList(entry)
    if (
      typeof group !== "number" || typeof length !== "number" || length < 0 ||
      at + length > bytes.length
    ) {
      throw new CodecFault({ detail: "the index of key groups does not fit", at })
    }
    groups.set(group, bytes.subarray(at, at + length))
    at += length
  }
  if (at !== bytes.length) {
    throw new CodecFault({ detail: "there are bytes behind the snapshot", at })
  }
  return groups
}

function needList(value: Plain): ReadonlyArray<Plain> {
  if (!Array.isArray(value)) throw new CodecFault({ detail: "a list is missing", at: 4 })
  return value
}

function isRecord(value: Plain): value is { readonly [key: string]: Plain } {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Uint8Array)
}
