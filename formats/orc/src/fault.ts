/**
 * What can go wrong with an ORC file, as data. Decoders know neither path nor place: they throw {@link Damage}, which the reader turns
 * into an {@link OrcFault} at one boundary.
 */
import { Fault, type FaultClass } from "@millrace/core/internal"

type OrcFields = { path: string; at: number; detail: string }
type ColumnFields = {
  path: string
  column: string
  nearest: string | undefined
  columns: ReadonlyArray<string>
}
type TypeFields = { path: string; column: string; found: string; wanted: string }
type ValueFields = { column: string; wanted: string; detail: string }

const OrcFaultBase: FaultClass<"OrcFault", OrcFields> = Fault<OrcFields>()(
  "OrcFault",
  "external",
  "never"
)

/** The file is truncated, damaged or uses what is not supported. `at` is the byte of the stripe or structure at fault. */
export class OrcFault extends OrcFaultBase {
  override get message(): string {
    return `Cannot read ORC file "${this.path}" at byte ${this.at}: ${this.detail}`
  }
}

const ColumnFaultBase: FaultClass<"OrcColumnFault", ColumnFields> = Fault<ColumnFields>()(
  "OrcColumnFault",
  "user",
  "never"
)

/** The table declares a column that the file does not have. */
export class OrcColumnFault extends ColumnFaultBase {
  override get message(): string {
    const hint = this.nearest === undefined ? "." : `; did you mean "${this.nearest}"?`
    const listed = this.columns.slice(0, 20).map((name) => `"${name}"`).join(", ")
    const more = this.columns.length > 20 ? `, and ${this.columns.length - 20} more` : ""
    return `Cannot find column "${this.column}" in ORC file "${this.path}"${hint} The file has ${listed}${more}. ` +
      `Declare the column by a name of the file (letter case counts)`
  }
}

const TypeFaultBase: FaultClass<"OrcTypeFault", TypeFields> = Fault<TypeFields>()(
  "OrcTypeFault",
  "user",
  "never"
)

/** A column's type in the file cannot be read as the type that the table declares. */
export class OrcTypeFault extends TypeFaultBase {
  override get message(): string {
    return `Cannot read column "${this.column}" of ORC file "${this.path}" as ${this.wanted}: ` +
      `its type in the file is ${this.found}. Declare a type that fits`
  }
}

const ValueFaultBase: FaultClass<"OrcValueFault", ValueFields> = Fault<ValueFields>()(
  "OrcValueFault",
  "user",
  "never"
)

/** A value cannot be written as its declared type. */
export class OrcValueFault extends ValueFaultBase {
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
