/** Rewrites the relations of a job by rules until nothing changes. Relations that several parts share are rewritten once. */
import type { RelationPool } from "./relation-pool.ts"
import type { Relation } from "./relation.ts"
import type { Rule, RuleContext } from "./rule.ts"

/** Passes after which a job is planned as it is: each pass moves a filter one level down, so this bounds the depth of a query. */
const passesMax = 500

/** The relations with every rule applied. `roots` are the sinks of one job. */
export function optimize(
  pool: RelationPool,
  roots: ReadonlyArray<Relation>,
  rules: ReadonlyArray<Rule>
): ReadonlyArray<Relation> {
  let current = roots
  for (let pass = 0; pass < passesMax; pass++) {
    const next = rewriteOnce(pool, current, rules)
    if (next.every((root, i) => root === current[i])) return next
    current = next
  }
  return current
}

function rewriteOnce(
  pool: RelationPool,
  roots: ReadonlyArray<Relation>,
  rules: ReadonlyArray<Rule>
): ReadonlyArray<Relation> {
  const uses = countUses(roots)
  const done = new Map<Relation, Relation>()
  const context: RuleContext = { pool, isShared: (relation) => (uses.get(relation) ?? 1) > 1 }
  const visit = (relation: Relation): Relation => {
    const known = done.get(relation)
    if (known !== undefined) return known
    const inputs = relation.inputs.map(visit)
    const same = inputs.every((input, i) => input === relation.inputs[i])
    const rebuilt = same
      ? relation
      : pool.make(relation.work, inputs, relation.columns.map((column) => column.name))
    uses.set(rebuilt, uses.get(relation)!)
    const changed = applyFirst(rebuilt, rules, context)
    done.set(relation, changed)
    return changed
  }
  return roots.map(visit)
}

function applyFirst(
  relation: Relation,
  rules: ReadonlyArray<Rule>,
  context: RuleContext
): Relation {
  for (const rule of rules) {
    if (rule.kind !== relation.work.kind) continue
    const changed = rule.apply(relation, context)
    if (changed !== undefined && changed !== relation) return changed
  }
  return relation
}

/** In how many ways rows of each relation reach a root, counted up to two. */
function countUses(roots: ReadonlyArray<Relation>): Map<Relation, number> {
  const uses = new Map<Relation, number>()
  const ordered = inputsFirst(roots)
  for (const root of roots) uses.set(root, 1)
  for (let at = ordered.length - 1; at >= 0; at--) {
    const relation = ordered[at]!
    const own = uses.get(relation)!
    for (const input of relation.inputs) uses.set(input, Math.min(2, (uses.get(input) ?? 0) + own))
  }
  return uses
}

/** All relations below the roots, each once, inputs before what reads them. */
export function inputsFirst(roots: ReadonlyArray<Relation>): ReadonlyArray<Relation> {
  const seen = new Set<Relation>()
  const ordered: Array<Relation> = []
  const visit = (relation: Relation): void => {
    if (seen.has(relation)) return
    seen.add(relation)
    relation.inputs.forEach(visit)
    ordered.push(relation)
  }
  roots.forEach(visit)
  return ordered
}
