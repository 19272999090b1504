/** JSON functions with words between the parentheses, as calls whose words are literals. */
import type * as Ast from "../../sql/ast.ts"
import { type LogicalType, string } from "../../type/logical-type.ts"
import type { Expression } from "../expression.ts"
import { JsonForm } from "../function/json.ts"
import { literal, textLiteral } from "./bind-literal.ts"
import { type PlacedSpan, planFault, type SourceText } from "./plan-fault.ts"

/** What the binder of expressions lends. */
export interface JsonScope {
  readonly source: SourceText
  readonly bind: (node: Ast.Expression) => Expression
  readonly call: (name: string, args: ReadonlyArray<Expression>, span: PlacedSpan) => Expression
  readonly type: (node: Ast.DataType) => LogicalType
  readonly cast: (expression: Expression, type: LogicalType) => Expression
}

type JsonNode =
  | Ast.JsonValueCall
  | Ast.JsonQueryCall
  | Ast.JsonExistsCall
  | Ast.JsonObjectCall
  | Ast.JsonArrayCall

/** Whether an expression is one of these. */
export function isJsonNode(node: Ast.Expression): node is JsonNode {
  return node.kind === "jsonValue" || node.kind === "jsonQuery" || node.kind === "jsonExists" ||
    node.kind === "jsonObject" || node.kind === "jsonArray"
}

/** Bind one of them; aggregates are the caller's. */
export function bindJson(node: JsonNode, at: JsonScope): Expression {
  switch (node.kind) {
    case "jsonExists":
      return at.call("$JSON_EXISTS", [
        at.bind(node.document),
        at.bind(node.path),
        textLiteral(node.behaviour?.action ?? "FALSE")
      ], node.span)
    case "jsonValue":
      return bindValue(node, at)
    case "jsonQuery": {
      const type = node.returning === undefined ? string : at.type(node.returning)
      const words = [
        node.wrapper ?? "WITHOUT ARRAY",
        behaviour(node.behaviours, "EMPTY", at)?.action ?? "NULL",
        behaviour(node.behaviours, "ERROR", at)?.action ?? "NULL"
      ]
      return at.call("$JSON_QUERY", [
        at.bind(node.document),
        at.bind(node.path),
        textLiteral(words.join(",")),
        literal(null, type)
      ], node.span)
    }
    case "jsonObject":
    case "jsonArray":
      return bindConstructor(node, at)
  }
}

/** The behaviour on empty or on error; said twice is a fault. */
function behaviour(
  all: ReadonlyArray<Ast.JsonBehaviour>,
  on: "EMPTY" | "ERROR",
  at: JsonScope
): Ast.JsonBehaviour | undefined {
  const found = all.filter((one) => one.on === on)
  if (found.length > 1) throw planFault(at.source, found[1]!.span, `ON ${on} is said twice`)
  return found[0]
}

function bindValue(node: Ast.JsonValueCall, at: JsonScope): Expression {
  const type = node.returning === undefined ? string : at.type(node.returning)
  const empty = behaviour(node.behaviours, "EMPTY", at)
  const error = behaviour(node.behaviours, "ERROR", at)
  const given = (said: Ast.JsonBehaviour | undefined) =>
    said?.value === undefined ? literal(null, type) : at.cast(at.bind(said.value), type)
  return at.call("$JSON_VALUE", [
    at.bind(node.document),
    at.bind(node.path),
    textLiteral(`${empty?.action ?? "NULL"},${error?.action ?? "NULL"}`),
    given(empty),
    given(error)
  ], node.span)
}

/** JSON that another constructor makes goes in as it is; JSON(…) is text that is read first. */
function bindItem(
  node: Ast.Expression,
  at: JsonScope
): { readonly form: string; readonly value: Expression } {
  if (node.kind === "jsonObject" || node.kind === "jsonArray") {
    return { form: JsonForm.made, value: bindJson(node, at) }
  }
  const name = node.kind === "call" ? node.name.parts.map((part) => part.name).join(".") : ""
  if (node.kind === "call" && name.toUpperCase() === "JSON" && node.args.length === 1) {
    return { form: JsonForm.text, value: at.cast(at.bind(node.args[0]!), string) }
  }
  return { form: JsonForm.value, value: at.bind(node) }
}

function bindConstructor(node: Ast.JsonObjectCall | Ast.JsonArrayCall, at: JsonScope): Expression {
  const values = node.kind === "jsonObject" ? node.entries.map((entry) => entry.value) : node.items
  const items = values.map((value) => bindItem(value, at))
  const usual = node.kind === "jsonObject" ? "NULL" : "ABSENT"
  const nulls = node.nulls === undefined ? usual : node.nulls.split(" ")[0]!
  const spec = textLiteral(`${nulls},${items.map((item) => item.form).join("")}`)
  const args = node.kind === "jsonObject"
    ? node.entries.flatMap((entry, i) => [at.bind(entry.key), items[i]!.value])
    : items.map((item) => item.value)
  return at.call(
    node.kind === "jsonObject" ? "$JSON_OBJECT" : "$JSON_ARRAY",
    [spec, ...args],
    node.span
  )
}
