/** What a column holds at most and at least, for those who skip stripes by it. */
import { Message } from "./protobuf-write.ts"

/** Kinds of statistics, by the type of a column. */
export type StatisticsKind = "integer" | "double" | "text" | "date" | "timestamp" | "count"

/** Longer texts tell no bounds. */
const textBytesMax = 1024

/** Statistics of one column of a stripe or file. */
export class Statistics {
  readonly kind: StatisticsKind
  private values = 0
  private hasNull = false
  private least: number | bigint = Infinity
  private most: number | bigint = -Infinity
  private leastText: Uint8Array | undefined = undefined
  private mostText: Uint8Array | undefined = undefined
  private textBytes = 0
  private unbounded = false

  constructor(kind: StatisticsKind) {
    this.kind = kind
  }

  addNull(): void {
    this.hasNull = true
  }

  /** A value without bounds. */
  addOne(): void {
    this.values++
  }

  /** A number; millis of a timestamp. */
  addNumber(value: number | bigint): void {
    this.values++
    if (value !== value) this.unbounded = true
    if (value < this.least) this.least = value
    if (value > this.most) this.most = value
  }

  addText(bytes: Uint8Array, start: number, length: number): void {
    this.values++
    this.textBytes += length
    if (length > textBytesMax) this.unbounded = true
    else if (!this.unbounded) {
      const text = bytes.subarray(start, start + length)
      if (this.leastText === undefined || compare(text, this.leastText) < 0) {
        this.leastText = text.slice()
      }
      if (this.mostText === undefined || compare(text, this.mostText) > 0) {
        this.mostText = text.slice()
      }
    }
  }

  /** Take in the statistics of a stripe. */
  merge(other: Statistics): void {
    this.values += other.values
    this.hasNull ||= other.hasNull
    this.unbounded ||= other.unbounded
    this.textBytes += other.textBytes
    if (other.least < this.least) this.least = other.least
    if (other.most > this.most) this.most = other.most
    const { leastText, mostText } = other
    if (leastText === undefined || mostText === undefined) return
    if (this.leastText === undefined || compare(leastText, this.leastText) < 0) {
      this.leastText = leastText
    }
    if (this.mostText === undefined || compare(mostText, this.mostText) > 0) {
      this.mostText = mostText
    }
  }

  /** As the file has it. */
  message(): Message {
    const message = new Message().number(1, this.values)
    const bounds = this.values === 0 || this.unbounded ? undefined : this.bounds()
    if (bounds !== undefined) message.message(bounds.field, bounds.message)
    return message.number(10, this.hasNull ? 1 : 0)
  }

  private bounds(): { readonly field: number; readonly message: Message } | undefined {
    const { least, most } = this
    switch (this.kind) {
      case "integer":
        return { field: 2, message: new Message().signed(1, BigInt(least)).signed(2, BigInt(most)) }
      case "double":
        return { field: 3, message: new Message().double(1, Number(least)).double(2, Number(most)) }
      case "text":
        return {
          field: 4,
          message: new Message().raw(1, this.leastText!).raw(2, this.mostText!)
            .signed(3, BigInt(this.textBytes))
        }
      case "date":
        return { field: 7, message: new Message().signed(1, BigInt(least)).signed(2, BigInt(most)) }
      case "timestamp":
        return {
          field: 9,
          message: new Message().signed(1, BigInt(least)).signed(2, BigInt(most))
            .signed(3, BigInt(least)).signed(4, BigInt(most))
        }
      case "count":
        return undefined
    }
  }
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}
