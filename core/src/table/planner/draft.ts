/** Nodes of the physical plan while it is made: what a node is before its changelog, uid and number are settled. */
import type { LogicalType } from "../../type/logical-type.ts"
import type { Expression } from "../expression.ts"
import type { PlanExchange, PlanWork } from "../plan.ts"
import { digest } from "./digest.ts"
import { mapParts } from "./expression-tree.ts"
import type { RelationColumn } from "./relation.ts"

/** Which kinds of rows beside inserts a node gives. */
export interface Changes {
  readonly updates: boolean
  readonly deletes: boolean
}

/** Where rows and columns come from, as digests that names, column numbers and unrelated columns do not change. */
export interface Lineage {
  readonly rows: string
  readonly columns: ReadonlyArray<string>
}

/** A node. Everything but `inputs` is of its output. */
export interface Draft {
  readonly name: string
  readonly work: PlanWork
  readonly inputs: ReadonlyArray<{ readonly draft: Draft; readonly exchange: PlanExchange }>
  readonly columns: ReadonlyArray<RelationColumn>
  readonly parallelism: number
  readonly changes: Changes
  /** Columns by whose hash rows are dealt over subtasks. */
  readonly distribution: ReadonlyArray<number> | undefined
  /** Columns that tell a row from all others at any time; empty: there is one row at most. */
  readonly upsertKey: ReadonlyArray<number> | undefined
  readonly lineage: Lineage
  /** What the state id is made of. */
  readonly identity: string
}

/** Only inserts. */
export const insertsOnly: Changes = { updates: false, deletes: false }

/** The digest of an expression by what its columns are. */
export function expressionLineage(expression: Expression, columns: ReadonlyArray<string>): string {
  const named = (part: Expression): Expression =>
    part.op === "input"
      ? { op: "literal", value: columns[part.index]!, type: columnMark }
      : mapParts(part, named)
  return expression.op === "input"
    ? columns[expression.index]!
    : digest(JSON.stringify(named(expression)))
}

/** Marks a literal that stands for a column; no literal of SQL has this type. */
const columnMark: LogicalType = { kind: "OBJECT", nullable: false }

/** One digest of several parts. */
export function combine(...parts: ReadonlyArray<unknown>): string {
  return digest(JSON.stringify(parts))
}
