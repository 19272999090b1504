/**
 * What stands at the end of a file and of each stripe, as data: types, stripes, streams. Everything that is claimed is checked against the
 * file's size here.
 */
import { Damage, decodeUtf8, FileFault, isFault, type RandomFile } from "@millrace/core/internal"
import { type Codec, codecOf, decompressAll } from "./codec.ts"
import { bytesOf, messagesOf, numberOf, numbersOf, readMessage } from "./protobuf.ts"

/** Kinds of types, by their number in a file. */
export const typeKinds = [
  "BOOLEAN",
  "BYTE",
  "SHORT",
  "INT",
  "LONG",
  "FLOAT",
  "DOUBLE",
  "STRING",
  "BINARY",
  "TIMESTAMP",
  "LIST",
  "MAP",
  "STRUCT",
  "UNION",
  "DECIMAL",
  "DATE",
  "VARCHAR",
  "CHAR",
  "TIMESTAMP_INSTANT"
] as const

/** The kind of a type. */
export type TypeKind = typeof typeKinds[number]

/** One node of the tree of types. `column` counts all nodes in pre-order. */
export interface FileType {
  readonly column: number
  readonly kind: TypeKind
  readonly names: ReadonlyArray<string>
  readonly children: ReadonlyArray<FileType>
  readonly precision: number
  readonly scale: number
}

/** A stripe: rows `from … from + rows)` at bytes `offset …`: index, data, footer. */
export interface Stripe {
  readonly from: number
  readonly rows: number
  readonly offset: number
  readonly indexBytes: number
  readonly dataBytes: number
  readonly footerBytes: number
}

/** The end of a file. */
export interface Footer {
  readonly rows: number
  readonly root: FileType
  readonly stripes: ReadonlyArray<Stripe>
  readonly codec: Codec
  /** The most bytes of a chunk when decompressed. */
  readonly chunkBytes: number
}

/** Kinds of streams that are read, by their number in a file. */
export const StreamKind = {
  present: 0,
  data: 1,
  length: 2,
  dictionaryData: 3,
  secondary: 5
} as const

/** Where the bytes of a stream stand. */
export interface StreamPlace {
  readonly kind: number
  readonly column: number
  readonly offset: number
  readonly bytes: number
}

/** How a column is encoded in a stripe. */
export interface ColumnEncoding {
  readonly dictionary: boolean
  /** The version of the run lengths of its integers. */
  readonly version: 1 | 2
  readonly dictionarySize: number
}

/** The end of a stripe. */
export interface StripeFooter {
  readonly streams: ReadonlyArray<StreamPlace>
  readonly encodings: ReadonlyArray<ColumnEncoding>
  /** The zone in which its TIMESTAMPs were written; empty: not told. */
  readonly zone: string
}

const magic = "ORC"
const tailBytes = 16384
const metadataBytesMax = 2 ** 28
const chunkBytesMax = 2 ** 26
const stripeRowsMax = 2 ** 31
/** Types within one another. */
const depthMax = 64

/** Read the end of a file. Throws {@link FileFault}. */
export function readFooter(file: RandomFile): Footer {
  const at = Math.max(0, file.sizeBytes - tailBytes)
  try {
    return footerOf(file, at)
  } catch (cause) {
    if (isFault(cause) || !(cause instanceof Damage)) throw cause
    throw new FileFault({ format: "ORC", path: file.path, at, detail: cause.detail })
  }
}

function footerOf(file: RandomFile, tailAt: number): Footer {
  const tail = file.read(tailAt, file.sizeBytes - tailAt)
  const postscriptBytes = tail[tail.length - 1] ?? 0
  const postscriptAt = tail.length - 1 - postscriptBytes
  if (postscriptAt < 0 || tail.length < 4) throw new Damage("it is too short to be an ORC file")
  const postscript = readPostscript(tail.subarray(postscriptAt, tail.length - 1))
  const end = tailAt + postscriptAt
  if (postscript.footerBytes > end || postscript.footerBytes > metadataBytesMax) {
    throw new Damage(`its footer claims ${postscript.footerBytes} bytes, and ${end} are before it`)
  }
  const { codec, chunkBytes } = postscript
  const from = end - postscript.footerBytes
  const raw = from >= tailAt
    ? tail.subarray(from - tailAt, postscriptAt)
    : file.read(from, postscript.footerBytes)
  const fields = readMessage(decompressAll(codec, raw, chunkBytes, metadataBytesMax))
  const stripes = readStripes(fields, file.sizeBytes)
  const rows = numberOf(fields, 6, 0)
  const counted = stripes.reduce((sum, stripe) => sum + stripe.rows, 0)
  if (counted !== rows) throw new Damage(`it claims ${rows} rows and its stripes have ${counted}`)
  return { rows, root: readTypes(fields), stripes, codec, chunkBytes }
}

function readPostscript(
  bytes: Uint8Array
): { readonly footerBytes: number; readonly codec: Codec; readonly chunkBytes: number } {
  const fields = readMessage(bytes)
  const found = bytesOf(fields, 8000)
  if (found === undefined || decodeUtf8(found, 0, found.length) !== magic) {
    throw new Damage(`it does not end as an ORC file does: the mark "${magic}" is not there`)
  }
  const chunkBytes = numberOf(fields, 3, 262144)
  if (chunkBytes < 1 || chunkBytes > chunkBytesMax) {
    throw new Damage(
      `its chunks claim ${chunkBytes} bytes but at most ${chunkBytesMax} are accepted`
    )
  }
  return { footerBytes: numberOf(fields, 1, 0), codec: codecOf(numberOf(fields, 2, 0)), chunkBytes }
}

function readStripes(
  fields: Parameters<typeof messagesOf>[0],
  sizeBytes: number
): ReadonlyArray<Stripe> {
  let from = 0
  return messagesOf(fields, 3).map((stripe): Stripe => {
    const place = {
      from,
      offset: numberOf(stripe, 1, 0),
      indexBytes: numberOf(stripe, 2, 0),
      dataBytes: numberOf(stripe, 3, 0),
      footerBytes: numberOf(stripe, 4, 0),
      rows: numberOf(stripe, 5, 0)
    }
    const end = place.offset + place.indexBytes + place.dataBytes + place.footerBytes
    if (!(end <= sizeBytes) || place.footerBytes > metadataBytesMax) {
      throw new Damage(`a stripe claims to end at byte ${end} of ${sizeBytes}`)
    }
    from += place.rows
    if (place.rows > stripeRowsMax) {
      throw new Damage(
        `a stripe claims ${place.rows} rows but at most ${stripeRowsMax} are accepted`
      )
    }
    return place
  })
}

function readTypes(fields: Parameters<typeof messagesOf>[0]): FileType {
  const all = messagesOf(fields, 4).map((type) => ({
    kind: typeKinds[numberOf(type, 1, 0)],
    subtypes: numbersOf(type, 2),
    names: type.filter((field) => field.number === 3).map(({ bytes }) =>
      decodeUtf8(bytes, 0, bytes.length)
    ),
    precision: numberOf(type, 5, 38),
    scale: numberOf(type, 6, 10)
  }))
  const seen = new Set<number>()
  const make = (column: number, depth: number): FileType => {
    const type = all[column]
    if (type?.kind === undefined || seen.has(column) || depth > depthMax) {
      throw new Damage(`its type ${column} is missing, unknown or within itself`)
    }
    seen.add(column)
    const { kind, subtypes, names, precision, scale } = type
    const wanted = kind === "LIST" ? 1 : kind === "MAP" ? 2 : kind === "STRUCT" ? names.length : -1
    if (wanted >= 0 && subtypes.length !== wanted) {
      throw new Damage(`its type ${column} has ${subtypes.length} parts, not ${wanted}`)
    }
    const children = subtypes.map((child) => make(child, depth + 1))
    return { column, kind, names, children, precision, scale }
  }
  return make(0, 0)
}

/** Read the end of a stripe. Throws {@link Damage}. */
export function readStripeFooter(file: RandomFile, footer: Footer, stripe: Stripe): StripeFooter {
  const at = stripe.offset + stripe.indexBytes + stripe.dataBytes
  const raw = file.read(at, stripe.footerBytes)
  const fields = readMessage(decompressAll(footer.codec, raw, footer.chunkBytes, metadataBytesMax))
  let offset = stripe.offset
  const streams = messagesOf(fields, 1).map((stream): StreamPlace => {
    const bytes = numberOf(stream, 3, 0)
    const place = { kind: numberOf(stream, 1, 0), column: numberOf(stream, 2, 0), offset, bytes }
    offset += bytes
    if (!(offset <= at)) throw new Damage("the streams of a stripe claim more bytes than it has")
    return place
  })
  const encodings = messagesOf(fields, 2).map((encoding): ColumnEncoding => {
    const kind = numberOf(encoding, 1, 0)
    if (kind > 3) throw new Damage(`a column has the unknown encoding ${kind}`)
    return {
      dictionary: kind === 1 || kind === 3,
      version: kind >= 2 ? 2 : 1,
      dictionarySize: numberOf(encoding, 2, 0)
    }
  })
  const zone = bytesOf(fields, 3)
  return { streams, encodings, zone: zone === undefined ? "" : decodeUtf8(zone, 0, zone.length) }
}
