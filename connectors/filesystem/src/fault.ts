/** What can be wrong with the files of a table, in words for whoever wrote its DDL. */
import { Fault, type FaultClass } from "@millrace/core/internal"

const FilesystemFaultBase: FaultClass<
  "FilesystemFault",
  { table: string; action: string; path: string; detail: string }
> = Fault<{ table: string; action: string; path: string; detail: string }>()(
  "FilesystemFault",
  "user",
  "never"
)

/** A table's path, file or partition that cannot be used. `detail` is a sentence without its full stop. */
export class FilesystemFault extends FilesystemFaultBase {
  override get message(): string {
    return `Cannot ${this.action} "${this.path}" of table ${this.table}: ${this.detail}`
  }
}
