/** The aggregate functions that calls mean: synonyms, null treatments and the words of JSON aggregates are parts of names. */
import type * as Ast from "../../sql/ast.ts"
import { notSupported, type SourceText } from "./plan-fault.ts"

/** What a call of an aggregate means. */
export interface AggregateName {
  readonly name: string
  readonly distinct: boolean
}

/** The name under which the registry knows the aggregate of a call. Refuses an order and null treatments that it does not have. */
export function aggregateName(source: SourceText, call: Ast.Call, name: string): AggregateName {
  const distinct = call.quantifier === "DISTINCT"
  const refuse = (what: string) => notSupported(source, call.span, `${what} in ${name}`)
  if (call.orderBy.length > 0) throw refuse("ORDER BY")
  if (call.withinGroup.length > 0) throw refuse("WITHIN GROUP")
  if (name === "APPROX_COUNT_DISTINCT") return { name: "COUNT", distinct: true }
  if (call.nullTreatment === undefined) return { name, distinct }
  const ignores = call.nullTreatment === "IGNORE NULLS"
  if (name === "ARRAY_AGG") return { name: ignores ? "$ARRAY_AGG_IGNORE_NULLS" : name, distinct }
  if (ignores && name.endsWith("_VALUE")) return { name, distinct }
  throw refuse(call.nullTreatment)
}

/** JSON_OBJECTAGG and JSON_ARRAYAGG as plain calls. */
export function jsonAggregate(node: Ast.JsonObjectCall | Ast.JsonArrayCall): Ast.Call {
  const object = node.kind === "jsonObject"
  const nulls = node.nulls === undefined ? object ? "NULL" : "ABSENT" : node.nulls.split(" ")[0]!
  const { span } = node
  const part = {
    kind: "identifier" as const,
    name: `$JSON_${object ? "OBJECT" : "ARRAY"}AGG_${nulls}`,
    quoted: true,
    span
  }
  return {
    kind: "call",
    name: { kind: "name", parts: [part], span } as Ast.Name,
    args: object ? [node.entries[0]!.key, node.entries[0]!.value] : node.items,
    quantifier: undefined,
    parentheses: true,
    orderBy: object ? [] : node.orderBy,
    withinGroup: [],
    nullTreatment: undefined,
    filter: undefined,
    over: undefined,
    span
  }
}
