/** What a catalog refuses: something that is there already, or is not, or is not empty. */
import { Fault, type FaultClass } from "../../fault.ts"

/** The kinds of refusal; `subject` of the fault names what is meant. */
export type CatalogReason =
  | "CatalogNotExist"
  | "CatalogAlreadyExist"
  | "DatabaseNotExist"
  | "DatabaseAlreadyExist"
  | "DatabaseNotEmpty"
  | "TableNotExist"
  | "TableAlreadyExist"
  | "TableKindMismatch"
  | "TableNotPartitioned"
  | "PartitionSpecInvalid"
  | "PartitionNotExist"
  | "PartitionAlreadyExist"
  | "FunctionNotExist"
  | "FunctionAlreadyExist"

interface CatalogFaultFields {
  readonly reason: CatalogReason
  readonly catalog: string
  /** What is meant, as `db1.t1`, or `db1.t1 (day=1)`. */
  readonly subject: string
  /** More of the same: how full a database is, which keys a table has. */
  readonly detail: string
}

const CatalogFaultBase: FaultClass<"CatalogFault", CatalogFaultFields> = Fault<
  CatalogFaultFields
>()("CatalogFault", "user", "never")

const sentences: Readonly<Record<CatalogReason, (fault: CatalogFaultFields) => string>> = {
  CatalogNotExist: ({ catalog }) => `Catalog '${catalog}' does not exist`,
  CatalogAlreadyExist: ({ catalog }) => `Catalog '${catalog}' already exists`,
  DatabaseNotExist: ({ catalog, subject }) => `Database '${catalog}.${subject}' does not exist`,
  DatabaseAlreadyExist: ({ catalog, subject }) => `Database '${catalog}.${subject}' already exists`,
  DatabaseNotEmpty: ({ catalog, subject, detail }) =>
    `Database '${catalog}.${subject}' is not empty: drop its ${detail} first, or add CASCADE`,
  TableNotExist: ({ catalog, subject }) =>
    `Table or view '${subject}' does not exist in catalog '${catalog}'`,
  TableAlreadyExist: ({ catalog, subject }) =>
    `Table or view '${subject}' already exists in catalog '${catalog}'`,
  TableKindMismatch: ({ subject, detail }) => `'${subject}' cannot be altered: ${detail}`,
  TableNotPartitioned: ({ catalog, subject }) =>
    `Table '${subject}' in catalog '${catalog}' is not partitioned`,
  PartitionSpecInvalid: ({ catalog, subject, detail }) =>
    `Partition ${subject} in catalog '${catalog}' does not fit the table's partition keys: ${detail}`,
  PartitionNotExist: ({ catalog, subject }) =>
    `Partition ${subject} does not exist in catalog '${catalog}'`,
  PartitionAlreadyExist: ({ catalog, subject }) =>
    `Partition ${subject} already exists in catalog '${catalog}'`,
  FunctionNotExist: ({ catalog, subject }) =>
    `Function '${subject}' does not exist in catalog '${catalog}'`,
  FunctionAlreadyExist: ({ catalog, subject }) =>
    `Function '${subject}' already exists in catalog '${catalog}'`
}

/** A catalog refused. */
export class CatalogFault extends CatalogFaultBase {
  override get message(): string {
    return sentences[this.reason](this)
  }
}

/** Make the fault. */
export function catalogFault(
  reason: CatalogReason,
  catalog: string,
  subject: string = "",
  detail: string = ""
): CatalogFault {
  return new CatalogFault({ reason, catalog, subject, detail })
}
