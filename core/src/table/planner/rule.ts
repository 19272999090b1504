/** What a rewriting rule is: a kind of relation that it looks at, and a relation of the same meaning, or none, to put in its place. */
import type { RelationPool } from "./relation-pool.ts"
import type { Relation, RelationKind } from "./relation.ts"

/** What rules may ask beside the relation. */
export interface RuleContext {
  readonly pool: RelationPool
  /** Whether rows of the relation go more than one way: then nothing is pushed below it that only one of them wants. */
  readonly isShared: (relation: Relation) => boolean
}

/** One rule. `apply` answers the same object or undefined when it does not fit. */
export interface Rule {
  readonly name: string
  readonly kind: RelationKind
  readonly apply: (relation: Relation, context: RuleContext) => Relation | undefined
}
