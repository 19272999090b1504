/** UNNEST in FROM: its collection is an expression over the tables to its left, and each row is joined with its own elements. */
import type * as Ast from "../../sql/ast.ts"
import { format } from "../../type/logical-type.ts"
import { bindExpression, scalarScope, tableClause } from "./bind-expression.ts"
import { columnsOf } from "./free-query.ts"
import { notSupported, planFault } from "./plan-fault.ts"
import { unnestedColumns } from "./relation-pool.ts"
import type { Scope, ScopeColumn } from "./scope.ts"

/** The rows of `left` with the elements of a collection. The names of the element's columns are those that an alias renames. */
export function bindUnnest(
  node: Ast.UnnestTable,
  left: Scope,
  outer: boolean
): { readonly scope: Scope; readonly columns: ReadonlyArray<ScopeColumn> } {
  const { context } = left
  const { source, pool } = context
  if (node.items.length !== 1) throw notSupported(source, node.span, "UNNEST of several values")
  const item = node.items[0]!
  const collection = bindExpression(item, scalarScope(left, tableClause))
  const { type } = collection
  if (type.kind !== "ARRAY" && type.kind !== "MAP" && type.kind !== "MULTISET") {
    throw planFault(
      source,
      item.span,
      `UNNEST takes an ARRAY, a MAP or a MULTISET, not ${format(type)}`
    )
  }
  const width = left.relation.columns.length
  const prepared = pool.project(left.relation, [...columnsOf(left.relation), collection])
  const relation = pool.make({
    kind: "unnest",
    column: collection.op === "input" ? collection.index : width,
    outer,
    ordinality: node.ordinality
  }, [collection.op === "input" ? left.relation : prepared])
  const from = relation.inputs[0]!.columns.length
  const columns = unnestedColumns(type, outer, node.ordinality).map((column, i): ScopeColumn => ({
    name: column.name,
    table: [],
    index: from + i,
    qualifiedOnly: false
  }))
  return { scope: { ...left, relation }, columns }
}
