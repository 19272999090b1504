/** Expressions made smaller by what is constant in them: branches of CASE that are never or always taken, AND and OR with constants. */
import { foldConstant } from "../code/constant.ts"
import type { Expression } from "../expression.ts"
import { mapParts } from "./expression-tree.ts"

/** The same value, whatever the row; the same object when nothing is constant in it. Faults of parts that are not reached go. */
export function simplify(expression: Expression): Expression {
  const smaller = mapParts(expression, simplify)
  if (smaller.op !== "call") return foldConstant(smaller)
  if (smaller.name === "case") return simplifyCase(smaller)
  if (smaller.name === "and" || smaller.name === "or") return simplifyConnective(smaller)
  return foldConstant(smaller)
}

type Call = Extract<Expression, { readonly op: "call" }>

function simplifyCase(expression: Call): Expression {
  const { args } = expression
  const kept: Array<Expression> = []
  let otherwise = args.at(-1)!
  for (let at = 0; at + 1 < args.length; at += 2) {
    const [condition, value] = [args[at]!, args[at + 1]!]
    if (condition.op !== "literal") kept.push(condition, value)
    else if (condition.value === true) {
      otherwise = value
      break
    }
  }
  if (kept.length === 0) return otherwise
  return kept.length + 1 === args.length
    ? expression
    : { ...expression, args: [...kept, otherwise] }
}

/** TRUE does nothing in AND and decides OR; FALSE the other way round. */
function simplifyConnective(expression: Call): Expression {
  const decides = expression.name === "or"
  const isConstant = (arg: Expression, value: boolean): boolean =>
    arg.op === "literal" && arg.value === value
  const decided = expression.args.find((arg) => isConstant(arg, decides))
  if (decided !== undefined) return decided
  const kept = expression.args.filter((arg) => !isConstant(arg, !decides))
  if (kept.length === 0) return expression.args[0]!
  if (kept.length === 1) return kept[0]!
  return kept.length === expression.args.length ? expression : { ...expression, args: kept }
}
