/** Columns that something above needs, collected while it is bound, each once, and then projected together. */
import type { Expression } from "../expression.ts"
import { input, truth } from "./expression-tree.ts"
import type { RelationPool } from "./relation-pool.ts"
import type { Relation } from "./relation.ts"

/** Columns to compute, each once. */
export class ComputedColumns {
  readonly #expressions: Array<Expression> = []
  readonly #texts = new Map<string, number>()

  /** `of`: begin with all of its columns. */
  constructor(of?: Relation) {
    of?.columns.forEach((column, index) => this.add(input(index, column.type)))
  }

  /** The number of the column that `expression` is. */
  add(expression: Expression): number {
    const text = JSON.stringify(expression)
    const known = this.#texts.get(text)
    if (known !== undefined) return known
    const at = this.#expressions.push(expression) - 1
    this.#texts.set(text, at)
    return at
  }

  /** Rows that are only counted still need a column to travel in. */
  project(pool: RelationPool, of: Relation): Relation {
    if (this.#expressions.length === 0) this.add(truth(true))
    return pool.project(of, this.#expressions)
  }
}
