/** What can go wrong before any message is seen. */
import { Fault, type FaultClass } from "@millrace/core/internal"

type SchemaFields = { table: string; detail: string }

const SchemaBase: FaultClass<"ProtobufSchemaFault", SchemaFields> = Fault<SchemaFields>()(
  "ProtobufSchemaFault",
  "user",
  "never"
)

/** The schema cannot be read, or the table does not fit it. */
export class ProtobufSchemaFault extends SchemaBase {
  override get message(): string {
    return `Cannot use table ${this.table} with Protobuf: ${this.detail}`
  }
}
