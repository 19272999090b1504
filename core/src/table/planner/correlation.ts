/**
 * Columns of a query that a query within it uses. While the inner query is bound such a column stands in it under a number that no
 * relation has; when both are joined, {@link Correlation.targets} says what each number means over the outer relation.
 */
import type * as Ast from "../../sql/ast.ts"
import type { Expression } from "../expression.ts"
import { input, mapInputs, partsOf } from "./expression-tree.ts"
import { findColumn, type OuterNames, type Scope } from "./scope.ts"

/** The names of one query, as a query within it sees them. */
export class Correlation implements OuterNames {
  /** What each reference means, over the columns of the outer scope's relation. */
  readonly targets: Map<number, Expression> = new Map()
  readonly #scope: Scope
  readonly #made = new Map<string, Expression>()

  constructor(scope: Scope) {
    this.#scope = scope
  }

  resolve(path: ReadonlyArray<Ast.Identifier>): Expression | undefined {
    const found = findColumn(this.#scope, path)
    if (found === undefined) return undefined
    const text = JSON.stringify(found)
    const known = this.#made.get(text)
    if (known !== undefined) return known
    const { pool, spans } = this.#scope.context
    const index = pool.reference()
    const reference = input(index, found.type)
    spans.set(reference, path[0]!.span)
    this.targets.set(index, found)
    this.#made.set(text, reference)
    return reference
  }
}

/** What the references of an inner query mean: expressions over the outer relation. */
export type Targets = ReadonlyMap<number, Expression>

/** The references of `targets` that stand in an expression. */
export function referencesIn(
  expression: Expression,
  targets: Targets,
  into: Set<number> = new Set()
): Set<number> {
  if (expression.op === "input") {
    if (targets.has(expression.index)) into.add(expression.index)
  } else for (const part of partsOf(expression)) referencesIn(part, targets, into)
  return into
}

/** Whether anything in the parameters of a relation refers to the outer query: they are plain data. */
export function refersTo(value: unknown, targets: Targets): boolean {
  if (Array.isArray(value)) return value.some((item) => refersTo(item, targets))
  if (typeof value !== "object" || value === null) return false
  const node = value as { readonly op?: unknown; readonly index?: unknown }
  if (node.op === "input") return targets.has(node.index as number)
  return Object.values(value).some((item) => refersTo(item, targets))
}

/** The expression with each reference as `change` says. */
export function mapReferences(
  expression: Expression,
  targets: Targets,
  change: (index: number, target: Expression) => Expression
): Expression {
  return mapInputs(expression, (index, type) => {
    const target = targets.get(index)
    return target === undefined ? input(index, type) : change(index, target)
  })
}
