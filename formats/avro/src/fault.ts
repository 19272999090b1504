/** What can go wrong beyond single records, as data. */
import { Fault, type FaultClass } from "@millrace/core/internal"

type FileFields = { path: string; at: number; detail: string }
type SchemaFields = { table: string; action: string; detail: string }

const FileBase: FaultClass<"AvroFileFault", FileFields> = Fault<FileFields>()(
  "AvroFileFault",
  "external",
  "never"
)

/** A container file is truncated or damaged, or uses what is not supported. `at`: the byte of the block or header at fault. */
export class AvroFileFault extends FileBase {
  override get message(): string {
    return `Cannot read Avro file "${this.path}" at byte ${this.at}: ${this.detail}`
  }
}

const SchemaBase: FaultClass<"AvroSchemaFault", SchemaFields> = Fault<SchemaFields>()(
  "AvroSchemaFault",
  "user",
  "never"
)

/** Table and schema do not fit each other. */
export class AvroSchemaFault extends SchemaBase {
  override get message(): string {
    return `Cannot ${this.action} table ${this.table} as Avro: ${this.detail}`
  }
}
