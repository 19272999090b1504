/** What can go wrong beyond single records, as data. */
import { Fault, type FaultClass } from "@millrace/core/internal"

type SchemaFields = { table: string; action: string; detail: string }

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
