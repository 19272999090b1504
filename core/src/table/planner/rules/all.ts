/** The rules in the order in which they are tried. */
import type { Rule } from "../rule.ts"
import { knownValue } from "./known-value.ts"
import { filterMerge, projectMerge } from "./merge.ts"
import { filterRules } from "./push-filter.ts"
import { outerJoinRule } from "./outer-join.ts"
import { rankRule } from "./rank.ts"

/** Every rule. */
export const rules: ReadonlyArray<Rule> = [
  filterMerge,
  projectMerge,
  knownValue,
  rankRule,
  outerJoinRule,
  ...filterRules
]
