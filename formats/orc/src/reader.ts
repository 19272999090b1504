/**
 * Reads the rows of a file from one row number to another as batches. Batches are cut at multiples of 1,024 rows counted from the start of
 * their stripe, and at its end: the cuts depend on the file alone, so a reader that starts at any position given before goes on with
 * the same batches.
 */
import {
  Batch,
  batchRowsMax,
  type BulkReader,
  Damage,
  fieldOf,
  FileFault,
  type FormatContext,
  isFault,
  type RandomFile
} from "@millrace/core/internal"
import { type ColumnPlan, planColumn } from "./column-plan.ts"
import { type Footer, readFooter, type Stripe } from "./footer.ts"
import type { NodeReader } from "./node-reader.ts"
import { StripeStreams } from "./stripe-streams.ts"

/** Open a file. Throws FileFault, FileColumnFault, FileTypeFault. Cost: reads the footer. */
export function makeReader(
  context: FormatContext,
  file: RandomFile,
  from: number,
  to: number
): BulkReader {
  const footer = readFooter(file)
  const plans = context.projection.map((path) =>
    planColumn(footer.root, context.physical, path, file.path)
  )
  return new Reader(file, footer, plans, from, Math.min(to, footer.rows))
}

class Reader implements BulkReader {
  position: number
  private readonly file: RandomFile
  private readonly footer: Footer
  private readonly plans: ReadonlyArray<ColumnPlan>
  private readonly to: number
  private stripeIndex = 0
  private stripe: Stripe | undefined
  private readers: ReadonlyArray<NodeReader> = []

  constructor(
    file: RandomFile,
    footer: Footer,
    plans: ReadonlyArray<ColumnPlan>,
    from: number,
    to: number
  ) {
    this.file = file
    this.footer = footer
    this.plans = plans
    this.position = from
    this.to = to
  }

  next(): Batch | undefined {
    const stripe = this.current()
    if (stripe === undefined) return undefined
    const into = this.position - stripe.from
    const cut = (Math.floor(into / batchRowsMax) + 1) * batchRowsMax
    const rows = Math.min(cut, stripe.rows, this.to - stripe.from) - into
    const columns = this.blame(
      stripe,
      () => this.readers.map((reader, i) => fieldOf(reader.read(rows), this.plans[i]!.path))
    )
    this.position += rows
    return new Batch(rows, columns)
  }

  close(): void {
    this.position = this.to
    this.stripe = undefined
    this.readers = []
  }

  /** The stripe of the next row, opened; undefined at the end. */
  private current(): Stripe | undefined {
    for (;;) {
      if (this.position >= this.to) return undefined
      const open = this.stripe
      if (open !== undefined && this.position < open.from + open.rows) return open
      const stripe = this.footer.stripes[this.stripeIndex++]
      if (stripe === undefined) return undefined
      if (this.position >= stripe.from + stripe.rows) continue
      this.stripe = stripe
      this.blame(stripe, () => {
        const streams = new StripeStreams(this.file, this.footer, stripe)
        this.readers = this.plans.map((plan) => plan.open(streams))
        const skipped = this.position - stripe.from
        for (const reader of this.readers) reader.skip(skipped)
      })
      return stripe
    }
  }

  private blame<A>(stripe: Stripe, work: () => A): A {
    try {
      return work()
    } catch (cause) {
      if (isFault(cause) || !(cause instanceof Damage)) throw cause
      throw new FileFault({
        format: "ORC",
        path: this.file.path,
        at: stripe.offset,
        detail: cause.detail
      })
    }
  }
}

/** At most `parts` ranges of whole stripes, or of rows within them when there are fewer stripes than parts. */
export function splitRows(
  file: RandomFile,
  parts: number
): ReadonlyArray<readonly [from: number, to: number]> {
  const { rows, stripes } = readFooter(file)
  if (rows === 0) return []
  const cuts = new Set<number>([0])
  for (let i = 1; i < parts; i++) {
    const ideal = rows * i / parts
    const stripe = stripes.find((candidate) => ideal < candidate.from + candidate.rows)!
    const into = ideal - stripe.from
    const near = stripes.length >= parts
      ? into * 2 < stripe.rows ? 0 : stripe.rows
      : Math.min(stripe.rows, Math.round(into / batchRowsMax) * batchRowsMax)
    cuts.add(stripe.from + near)
  }
  cuts.delete(rows)
  const starts = [...cuts].sort((a, b) => a - b)
  return starts.map((start, i) => [start, starts[i + 1] ?? rows] as const)
}
