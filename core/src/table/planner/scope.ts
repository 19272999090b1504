/**
 * Names in reach while a query is bound: the columns of its FROM clause with the names of their tables, and around them what
 * the statement as a whole knows (catalogs, common table expressions, the text for places).
 */
import type * as Ast from "../../sql/ast.ts"
import type { Catalogs } from "../catalog/catalogs.ts"
import type { Expression } from "../expression.ts"
import type { PlanTable } from "../plan.ts"
import type { UserFunctions } from "../user/user-functions.ts"
import { fieldOf, input } from "./expression-tree.ts"
import { planFault, type SourceText, suggest } from "./plan-fault.ts"
import type { RelationPool } from "./relation-pool.ts"
import type { Relation } from "./relation.ts"
import type { SelectHints } from "./select-hints.ts"

/** What is the same for a whole statement, or for the query of a view. */
export interface BindContext {
  readonly pool: RelationPool
  readonly catalogs: Catalogs
  /** Functions of users; absent: there are none. */
  readonly functions?: UserFunctions
  /** Where short names are looked up. */
  readonly home: { readonly catalog: string; readonly database: string }
  readonly source: SourceText
  readonly timeZone: string
  /** Tables met so far, by the name that the plan knows them by. */
  readonly tables: Map<string, PlanTable>
  /** Queries that WITH has named. */
  readonly common: ReadonlyMap<string, Bound>
  /** Views being expanded, the outermost first. */
  readonly expanding: ReadonlyArray<string>
  /** Views bound already: each once, however often it is named. */
  readonly views: Map<string, Bound>
  /** Where the names that expressions hold were written, for messages about them later. */
  readonly spans: WeakMap<object, Ast.Span>
  /** Columns of the query around this one; undefined where there is none. */
  readonly outer?: OuterNames | undefined
  /** What the SELECT at hand hints at its tables. */
  readonly hints?: SelectHints | undefined
  /** Binds a query within another: given here, as FROM and conditions hold queries and queries hold them. */
  readonly bindQuery: (node: Ast.Query, context: BindContext) => Bound
}

/** The names of the query around a query, in which names that are not found within are looked up. */
export interface OuterNames {
  readonly resolve: (path: ReadonlyArray<Ast.Identifier>) => Expression | undefined
}

/** A column in reach. */
export interface ScopeColumn {
  readonly name: string
  /** Names of its table, the last being the table's own or its alias. */
  readonly table: ReadonlyArray<string>
  readonly index: number
  /** Only found with the name of its table, and by no star: the second of two columns that USING has merged. */
  readonly qualifiedOnly: boolean
}

/** A relation with the names of its columns. */
export interface Scope {
  readonly context: BindContext
  readonly relation: Relation
  readonly columns: ReadonlyArray<ScopeColumn>
}

/** A relation with the names of its columns, which no table owns any more. */
export interface Bound {
  readonly relation: Relation
  readonly names: ReadonlyArray<string>
}

/** The columns of a scope as those of one table. */
export function scopeOf(context: BindContext, bound: Bound, table: ReadonlyArray<string>): Scope {
  const columns = bound.names.map((name, index) => ({ name, table, index, qualifiedOnly: false }))
  return { context, relation: bound.relation, columns }
}

/** Whether `table` may be called by the given parts: `c.d.t`, `d.t` or `t`. */
function named(table: ReadonlyArray<string>, parts: ReadonlyArray<string>): boolean {
  const skipped = table.length - parts.length
  return skipped >= 0 && parts.every((part, i) => part === table[skipped + i])
}

/** The columns of the table that is called by `parts`; empty when there is none. */
export function columnsOfTable(
  scope: Scope,
  parts: ReadonlyArray<string>
): ReadonlyArray<ScopeColumn> {
  return scope.columns.filter((column) => named(column.table, parts))
}

/**
 * The column, or the field of a ROW column, that a dotted path names. The parts that name a table win over a column of that name.
 *
 * **Errors** `PlanFault`: unknown, ambiguous, a field of what is no ROW.
 */
export function resolveColumn(scope: Scope, path: ReadonlyArray<Ast.Identifier>): Expression {
  const found = findColumn(scope, path)
  if (found !== undefined) return found
  throw unknownColumn(scope, path[0]!, scope.columns, "in the tables of this query")
}

/** As {@link resolveColumn}, but undefined when neither this query nor one around it knows the name. */
export function findColumn(
  scope: Scope,
  path: ReadonlyArray<Ast.Identifier>
): Expression | undefined {
  const parts = path.map((part) => part.name)
  for (let count = Math.min(3, parts.length - 1); count >= 0; count--) {
    const found = count === 0
      ? scope.columns.filter((column) => !column.qualifiedOnly)
      : columnsOfTable(scope, parts.slice(0, count))
    const matching = found.filter((column) => column.name === parts[count])
    if (matching.length > 1) {
      const tables = matching.map((column) =>
        `'${[...column.table.slice(-1), column.name].join(".")}'`
      )
      throw planFault(
        scope.context.source,
        path[count]!.span,
        `Column '${parts[count]}' is ambiguous`,
        `Write which is meant: ${[...new Set(tables)].join(" or ")}`
      )
    }
    if (matching.length === 1) return takeFields(scope, matching[0]!, path, count + 1)
    if (count > 0 && found.length > 0 && count === parts.length - 1) {
      throw unknownColumn(
        scope,
        path[count]!,
        found,
        `in table '${parts.slice(0, count).join(".")}'`
      )
    }
  }
  return scope.context.outer?.resolve(path)
}

function takeFields(
  scope: Scope,
  column: ScopeColumn,
  path: ReadonlyArray<Ast.Identifier>,
  from: number
): Expression {
  const { context, relation } = scope
  let expression = input(column.index, relation.columns[column.index]!.type)
  context.spans.set(expression, path[0]!.span)
  for (const part of path.slice(from)) {
    expression = bindField(context.source, expression, part)
    context.spans.set(expression, path[0]!.span)
  }
  return expression
}

/** Field `name` of a ROW expression. */
export function bindField(source: SourceText, of: Expression, name: Ast.Identifier): Expression {
  if (of.type.kind !== "ROW") {
    throw planFault(
      source,
      name.span,
      `Cannot take field '${name.name}' of a value of type ${of.type.kind}, which is no ROW`
    )
  }
  const index = of.type.fields.findIndex((field) => field.name === name.name)
  if (index < 0) {
    const names = of.type.fields.map((field) => field.name)
    throw planFault(
      source,
      name.span,
      `Field '${name.name}' is not known`,
      suggest(name.name, names, "Fields")
    )
  }
  return fieldOf(of, index)
}

function unknownColumn(
  scope: Scope,
  name: Ast.Identifier,
  columns: ReadonlyArray<ScopeColumn>,
  where: string
): Error {
  const names = [...new Set(columns.map((column) => column.name))]
  return planFault(
    scope.context.source,
    name.span,
    `Column '${name.name}' is not known ${where}`,
    suggest(name.name, names, "Columns")
  )
}
