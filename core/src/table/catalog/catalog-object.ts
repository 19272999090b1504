/** What a catalog holds: tables and views, resolved as far as one can be without looking outside. */
import type { Query } from "../../sql/ast.ts"
import type { LogicalType, RowType } from "../../type/logical-type.ts"
import type { Expression } from "../expression.ts"
import type { PlanTable } from "../plan.ts"
import type { ObjectPath } from "./object-path.ts"

/** A column of a table, in DDL order. */
export type TableColumn =
  | {
    readonly kind: "physical"
    readonly name: string
    readonly type: LogicalType
    readonly comment: string | undefined
  }
  | {
    readonly kind: "metadata"
    readonly name: string
    readonly type: LogicalType
    /** The connector's name for it. */
    readonly key: string
    /** Whether the key was given by FROM. */
    readonly keyGiven: boolean
    /** Read only. */
    readonly virtual: boolean
    readonly comment: string | undefined
  }
  | {
    readonly kind: "computed"
    readonly name: string
    readonly type: LogicalType
    /** Over the declared columns, of which it uses physical and metadata ones. */
    readonly expression: Expression
    /** The expression as written. */
    readonly text: string
    readonly comment: string | undefined
  }

/** The event time of a table. */
export interface TableWatermark {
  /** Number of the declared column. */
  readonly column: number
  /** Over the declared columns. */
  readonly expression: Expression
  readonly text: string
}

/** A table. */
export interface CatalogTable {
  readonly kind: "table"
  readonly path: ObjectPath
  readonly temporary: boolean
  readonly columns: ReadonlyArray<TableColumn>
  readonly watermark: TableWatermark | undefined
  readonly primaryKey:
    | { readonly name: string; readonly columns: ReadonlyArray<string> }
    | undefined
  readonly partitionKeys: ReadonlyArray<string>
  readonly options: Readonly<Record<string, string>>
  readonly comment: string | undefined
  readonly place: PlanTable["place"]
}

/** A view: its query, to be bound again wherever it is used. */
export interface CatalogView {
  readonly kind: "view"
  readonly path: ObjectPath
  readonly temporary: boolean
  readonly query: Query
  /** The text in which the spans of `query` lie. */
  readonly source: { readonly file: string; readonly text: string }
  /** Where short names of the query are looked up. */
  readonly home: { readonly catalog: string; readonly database: string }
  /** Names and types of its columns. */
  readonly schema: RowType
  readonly comment: string | undefined
}

/** A table or view. */
export type CatalogObject = CatalogTable | CatalogView
