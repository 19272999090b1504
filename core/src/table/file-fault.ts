/**
 * What can go wrong with a file of a bulk format (Parquet, ORC, Avro), as data: a file that is not what it claims to be, a
 * table that does not fit it, a value that it cannot hold.
 *
 * Decoders know neither path nor place: they throw {@link Damage}, which their reader turns into a fault at one boundary.
 */
import { Fault, type FaultClass } from "../fault.ts"

type FileFields = { format: string; path: string; at: number; detail: string }
type ColumnFields = {
  format: string
  path: string
  column: string
  nearest: string | undefined
  columns: ReadonlyArray<string>
}
type TypeFields = { format: string; path: string; column: string; found: string; wanted: string }
type ValueFields = { column: string; wanted: string; detail: string }

const FileFaultBase: FaultClass<"FileFault", FileFields> = Fault<FileFields>()(
  "FileFault",
  "external",
  "never"
)

/** The file is truncated, damaged or uses what is not supported. `at` is the byte of the structure at fault. */
export class FileFault extends FileFaultBase {
  override get message(): string {
    return `Cannot read ${this.format} file "${this.path}" at byte ${this.at}: ${this.detail}`
  }
}

const ColumnFaultBase: FaultClass<"FileColumnFault", ColumnFields> = Fault<ColumnFields>()(
  "FileColumnFault",
  "user",
  "never"
)

/** The table declares a column that the file does not have. */
export class FileColumnFault extends ColumnFaultBase {
  override get message(): string {
    const hint = this.nearest === undefined ? "." : `; did you mean "${this.nearest}"?`
    const listed = this.columns.slice(0, 20).map((name) => `"${name}"`).join(", ")
    const more = this.columns.length > 20 ? `, and ${this.columns.length - 20} more` : ""
    return `Cannot find column "${this.column}" in ${this.format} file "${this.path}"${hint} The file has ${listed}${more}. ` +
      `Declare the column by a name of the file (letter case counts)`
  }
}

const TypeFaultBase: FaultClass<"FileTypeFault", TypeFields> = Fault<TypeFields>()(
  "FileTypeFault",
  "user",
  "never"
)

/** A column's type in the file cannot be read as the type that the table declares. */
export class FileTypeFault extends TypeFaultBase {
  override get message(): string {
    return `Cannot read column "${this.column}" of ${this.format} file "${this.path}" as ${this.wanted}: ` +
      `its type in the file is ${this.found}. Declare a type that fits`
  }
}

const ValueFaultBase: FaultClass<"FileValueFault", ValueFields> = Fault<ValueFields>()(
  "FileValueFault",
  "user",
  "never"
)

/** A value cannot be written as its declared type. */
export class FileValueFault extends ValueFaultBase {
  override get message(): string {
    return `Cannot write column "${this.column}" as ${this.wanted}: ${this.detail}`
  }
}

/** Thrown by decoders: what is wrong, without the place, which the reader adds. Never leaves a format's package. */
export class Damage extends Error {
  readonly detail: string
  constructor(detail: string) {
    super(detail)
    this.detail = detail
  }
}
