/** The streams of one stripe, by column and kind. A stream that is not there is empty. */
import type { RandomFile } from "@millrace/core/internal"
import { ByteStream } from "./byte-stream.ts"
import { RunBits } from "./bytes-runs.ts"
import { Damage } from "@millrace/core/internal"
import {
  type ColumnEncoding,
  type Footer,
  readStripeFooter,
  StreamKind,
  type StreamPlace,
  type Stripe
} from "./footer.ts"
import { IntegerReader } from "./integers.ts"

/** See the head of this file. */
export class StripeStreams {
  readonly zone: string
  private readonly file: RandomFile
  private readonly footer: Footer
  private readonly encodings: ReadonlyArray<ColumnEncoding>
  private readonly places: ReadonlyMap<string, StreamPlace>

  /** Reads the stripe's footer. Throws {@link Damage}. */
  constructor(file: RandomFile, footer: Footer, stripe: Stripe) {
    const { streams, encodings, zone } = readStripeFooter(file, footer, stripe)
    this.file = file
    this.footer = footer
    this.zone = zone
    this.encodings = encodings
    this.places = new Map(streams.map((place) => [`${place.column} ${place.kind}`, place]))
  }

  /** How a column is encoded. */
  encoding(column: number): ColumnEncoding {
    const encoding = this.encodings[column]
    if (encoding === undefined) throw new Damage(`the encoding of column ${column} is not told`)
    return encoding
  }

  /** A stream of bytes. */
  stream(column: number, kind: keyof typeof StreamKind): ByteStream {
    const place = this.places.get(`${column} ${StreamKind[kind]}`)
    const { codec, chunkBytes } = this.footer
    const from = place?.offset ?? 0
    return new ByteStream(this.file, codec, chunkBytes, from, from + (place?.bytes ?? 0))
  }

  /** The values of a column as bytes. */
  data(column: number): ByteStream {
    return this.stream(column, "data")
  }

  /** A stream of integers. */
  integers(column: number, kind: keyof typeof StreamKind, signed: boolean): IntegerReader {
    return new IntegerReader(this.stream(column, kind), signed, this.encoding(column).version)
  }

  /** Which values of a column are there; undefined: all. */
  present(column: number): RunBits | undefined {
    const place = this.places.get(`${column} ${StreamKind.present}`)
    return place === undefined ? undefined : new RunBits(this.stream(column, "present"))
  }
}
