/**
 * What can go wrong with a Parquet file, as data. A file that is not what it claims to be is a {@link ParquetFault} with the byte
 * where it was noticed; a table that does not fit the file is a fault that names column and types.
 *
 * Decoders know neither path nor place: they throw {@link Damage}, which the reader turns into a fault at one boundary.
 */
import { Fault, type FaultClass } from "@millrace/core/internal"

type ParquetFields = { path: string; at: number; detail: string }
type ColumnFields = {
  path: string
  column: string
  nearest: string | undefined
  columns: ReadonlyArray<string>
}
type TypeFields = { path: string; column: string; found: string; wanted: string }
type ValueFields = { column: string; wanted: string; detail: string }

const ParquetFaultBase: FaultClass<"ParquetFault", ParquetFields> = Fault<ParquetFields>()(
  "ParquetFault",
  "external",
  "never"
)

/** The file is truncated, damaged or uses what is not supported. `at` is the byte of the page or structure at fault. */
export class ParquetFault extends ParquetFaultBase {
  override get message(): string {
    return `Cannot read Parquet file "${this.path}" at byte ${this.at}: ${this.detail}`
  }
}

const ColumnFaultBase: FaultClass<"ParquetColumnFault", ColumnFields> = Fault<ColumnFields>()(
  "ParquetColumnFault",
  "user",
  "never"
)

/** The table declares a column that the file does not have. */
export class ParquetColumnFault extends ColumnFaultBase {
  override get message(): string {
    const hint = this.nearest === undefined ? "." : `; did you mean "${this.nearest}"?`
    const listed = this.columns.slice(0, 20).map((name) => `"${name}"`).join(", ")
    const more = this.columns.length > 20 ? `, and ${this.columns.length - 20} more` : ""
    return `Cannot find column "${this.column}" in Parquet file "${this.path}"${hint} The file has ${listed}${more}. ` +
      `Declare the column by a name of the file (letter case counts)`
  }
}

const TypeFaultBase: FaultClass<"ParquetTypeFault", TypeFields> = Fault<TypeFields>()(
  "ParquetTypeFault",
  "user",
  "never"
)

/** A column's type in the file cannot be read as the type that the table declares. */
export class ParquetTypeFault extends TypeFaultBase {
  override get message(): string {
    return `Cannot read column "${this.column}" of Parquet file "${this.path}" as ${this.wanted}: ` +
      `its type in the file is ${this.found}. Declare a type that fits`
  }
}

const ValueFaultBase: FaultClass<"ParquetValueFault", ValueFields> = Fault<ValueFields>()(
  "ParquetValueFault",
  "user",
  "never"
)

/** A value cannot be written as its declared type. */
export class ParquetValueFault extends ValueFaultBase {
  override get message(): string {
    return `Cannot write column "${this.column}" as ${this.wanted}: ${this.detail}`
  }
}

/** Thrown by decoders: what is wrong, without the place, which the reader adds. Never leaves this package. */
export class Damage extends Error {
  readonly detail: string
  constructor(detail: string) {
    super(detail)
    this.detail = detail
  }
}

/** Run a decoder that is not ours: whatever it throws on bad bytes is {@link Damage}. */
export function guarded<A>(action: string, decode: () => A): A {
  try {
    return decode()
  } catch (cause) {
    if (cause instanceof Damage) throw cause
    throw new Damage(`${action} failed: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}

/** The candidate with the fewest edits from `name`, if that is close enough to be a slip. Cost: O(candidates × length²). */
export function nearestName(name: string, candidates: ReadonlyArray<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      bestDistance = distance
      best = candidate
    }
  }
  return best
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      current.push(Math.min(swap, previous[j]! + 1, current[j - 1]! + 1))
    }
    previous = current
  }
  return previous[b.length]!
}
