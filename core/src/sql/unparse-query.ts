/** Canonical text of queries: each clause on a line of its own, nothing indented. */
import type {
  GroupItem,
  Hint,
  MatchRecognize,
  Pattern,
  Query,
  Select,
  TableReference
} from "./ast.ts"
import { optionalColumns, sortItemText, type Unparser, windowText } from "./unparse-expression.ts"
import { columnsText, identifierText, literalText, nameText } from "./unparse-name.ts"

/** Text of a query without parentheses around it. */
export function unparseQuery(u: Unparser, query: Query): string {
  switch (query.kind) {
    case "select":
      return selectText(u, query)
    case "setOperation": {
      const power = setPower(query)
      const left = operandText(u, query.left, power, false)
      const right = operandText(u, query.right, power, true)
      return `${left}\n${query.operator}${query.all ? " ALL" : ""}\n${right}`
    }
    case "values":
      return `VALUES ${query.rows.map((row) => rowText(u, row)).join(",\n")}`
    case "explicitTable":
      return `TABLE ${nameText(query.name)}`
    case "with": {
      const items = query.items.map((item) =>
        `${identifierText(item.name)}${optionalColumns(item.columns)} AS (${u.query(item.query)})`
      )
      const body = query.body.kind === "ordered" || query.body.kind === "with"
        ? `(${u.query(query.body)})`
        : u.query(query.body)
      return `WITH ${query.recursive ? "RECURSIVE " : ""}${items.join(", ")} ${body}`
    }
    case "ordered":
      return orderedText(u, query)
  }
}

function setPower(query: Query): number {
  if (query.kind !== "setOperation") {
    return query.kind === "ordered" ? 0 : query.kind === "with" ? 2 : 100
  }
  return query.operator === "INTERSECT" ? 18 : 14
}

function operandText(u: Unparser, query: Query, power: number, right: boolean): string {
  const own = setPower(query)
  const loose = right ? own <= power : own < power
  return loose ? `(${u.query(query)})` : u.query(query)
}

function rowText(u: Unparser, row: Extract<Query, { kind: "values" }>["rows"][number]): string {
  return row.kind === "row" ? u.expression(row) : `ROW(${u.expression(row)})`
}

function orderedText(u: Unparser, query: Extract<Query, { kind: "ordered" }>): string {
  const parts = [query.body.kind === "ordered" ? `(${u.query(query.body)})` : u.query(query.body)]
  if (query.orderBy.length > 0) {
    parts.push(`ORDER BY ${query.orderBy.map((item) => sortItemText(u, item)).join(", ")}`)
  }
  if (query.offset !== undefined) parts.push(`OFFSET ${u.expression(query.offset)} ROWS`)
  if (query.fetch !== undefined) parts.push(`FETCH NEXT ${u.expression(query.fetch)} ROWS ONLY`)
  return parts.join("\n")
}

function selectText(u: Unparser, select: Select): string {
  const words = ["SELECT"]
  if (select.hints.length > 0) words.push(`\n${hintsText(select.hints)}\n`)
  if (select.stream) words.push("STREAM")
  if (select.quantifier !== undefined) words.push(select.quantifier)
  words.push(
    select.items.map(({ expression, alias }) => {
      if (alias === undefined) return u.expression(expression)
      return `${u.expression(expression, 0, 20)} AS ${identifierText(alias)}`
    }).join(", ")
  )
  const lines = [words.join(" ").replaceAll(" \n", "\n").replaceAll("*/\n ", "*/\n")]
  if (select.from !== undefined) lines.push(`FROM ${tableText(u, select.from)}`)
  if (select.where !== undefined) lines.push(`WHERE ${u.expression(select.where)}`)
  if (select.groupBy !== undefined) {
    const items = select.groupBy.items.map((item) => {
      const row = item.kind === "groupSet" && item.items.length > 0
      return row ? `ROW${groupText(u, item)}` : groupText(u, item)
    }).join(", ")
    lines.push(`GROUP BY ${select.groupBy.distinct ? "DISTINCT " : ""}${items}`)
  }
  if (select.having !== undefined) lines.push(`HAVING ${u.expression(select.having)}`)
  if (select.windows.length > 0) {
    const windows = select.windows.map(({ name, specification }) =>
      `${identifierText(name)} AS ${windowText(u, specification)}`
    )
    lines.push(`WINDOW ${windows.join(", ")}`)
  }
  if (select.qualify !== undefined) lines.push(`QUALIFY ${u.expression(select.qualify)}`)
  return lines.join("\n")
}

/** Hints as they stand behind SELECT and a table. */
export function hintsText(hints: ReadonlyArray<Hint>): string {
  const items = hints.map((hint) => {
    const args = hint.options.length > 0
      ? hint.options.map(({ key, value }) => {
        const name = key.kind === "string" ? literalText(key) : identifierText(key)
        return `${name} = ${literalText(value)}`
      })
      : hint.args.map((item) =>
        item.kind === "identifier" ? identifierText(item) : literalText(item)
      )
    return args.length === 0
      ? identifierText(hint.name)
      : `${identifierText(hint.name)}(${args.join(", ")})`
  })
  return `/*+ ${items.join(", ")} */`
}

function groupText(u: Unparser, item: GroupItem): string {
  const inner = (items: ReadonlyArray<GroupItem>) =>
    items.map((part) => groupText(u, part)).join(", ")
  switch (item.kind) {
    case "groupExpression":
      return u.expression(item.expression)
    case "groupSet":
      return `(${item.items.map((part) => u.expression(part)).join(", ")})`
    case "rollup":
      return `ROLLUP(${inner(item.items)})`
    case "cube":
      return `CUBE(${inner(item.items)})`
    case "groupingSets":
      return `GROUPING SETS(${inner(item.items)})`
  }
}

/** Text of what stands in FROM. */
export function tableText(u: Unparser, table: TableReference): string {
  switch (table.kind) {
    case "namedTable": {
      const hints = table.hints.length === 0 ? "" : `\n${hintsText(table.hints)}`
      const time = table.systemTime === undefined
        ? ""
        : ` FOR SYSTEM_TIME AS OF ${u.expression(table.systemTime)}`
      return `${nameText(table.name)}${hints}${time}`
    }
    case "derivedTable":
      return `${table.lateral ? "LATERAL" : ""}(${u.query(table.query)})`
    case "functionTable": {
      const call = table.call.kind === "call" ? u.call(table.call, true) : u.expression(table.call)
      return `${table.lateral ? "LATERAL " : ""}TABLE(${call})`
    }
    case "unnest": {
      const items = table.items.map((item) => u.expression(item)).join(", ")
      return `UNNEST(${items})${table.ordinality ? " WITH ORDINALITY" : ""}`
    }
    case "aliasedTable":
      return `${tableText(u, table.table)} AS ${identifierText(table.alias)}${
        optionalColumns(table.columns)
      }`
    case "sampledTable": {
      const seed = table.seed === undefined ? "" : ` REPEATABLE(${u.expression(table.seed)})`
      return `${tableText(u, table.table)} TABLESAMPLE ${table.method}(${
        literalText(table.argument)
      })${seed}`
    }
    case "matchRecognize":
      return matchText(u, table)
    case "join":
      return joinText(u, table)
  }
}

function joinText(u: Unparser, join: Extract<TableReference, { kind: "join" }>): string {
  const left = tableText(u, join.left)
  const text = tableText(u, join.right)
  if (join.type === "COMMA") return `${left},\n${text}`
  const right = join.right.kind === "join" ? `(${text})` : text
  const on = join.on === undefined ? "" : ` ON ${u.expression(join.on)}`
  const using = join.using === undefined ? "" : ` USING ${columnsText(join.using)}`
  return `${left}\n${join.natural ? "NATURAL " : ""}${join.type} JOIN ${right}${on}${using}`
}

function matchText(u: Unparser, match: MatchRecognize): string {
  const lines = [`${tableText(u, match.table)} MATCH_RECOGNIZE(`]
  if (match.partitionBy.length > 0) {
    lines.push(`PARTITION BY ${match.partitionBy.map((item) => u.expression(item)).join(", ")}`)
  }
  if (match.orderBy.length > 0) {
    lines.push(`ORDER BY ${match.orderBy.map((item) => sortItemText(u, item)).join(", ")}`)
  }
  if (match.measures.length > 0) {
    const measures = match.measures.map(({ expression, alias }) =>
      `${u.expression(expression)} AS ${identifierText(alias)}`
    )
    lines.push(`MEASURES ${measures.join(", ")}`)
  }
  if (match.rowsPerMatch !== undefined) lines.push(match.rowsPerMatch)
  if (match.after !== undefined) lines.push(`AFTER MATCH SKIP ${afterText(match.after)}`)
  const start = match.strictStart ? "^ " : ""
  const end = match.strictEnd ? " $" : ""
  const within = match.within === undefined ? "" : ` WITHIN ${u.expression(match.within)}`
  lines.push(`PATTERN (${start}${patternText(match.pattern)}${end})${within}`)
  if (match.subsets.length > 0) {
    const subsets = match.subsets.map(({ name, items }) =>
      `${identifierText(name)} = ${columnsText(items)}`
    )
    lines.push(`SUBSET ${subsets.join(", ")}`)
  }
  const define = match.define.map(({ name, condition }) =>
    `${identifierText(name)} AS ${u.expression(condition)}`
  )
  lines.push(`DEFINE ${define.join(", ")})`)
  return lines.join("\n")
}

function afterText(after: NonNullable<MatchRecognize["after"]>): string {
  if (after.skip === "PAST LAST ROW") return after.skip
  const variable = after.variable === undefined ? "" : identifierText(after.variable)
  if (after.skip === "NEXT ROW") return "TO NEXT ROW"
  return after.skip === "VARIABLE" ? `TO LAST ${variable}` : `TO ${after.skip} ${variable}`
}

function patternText(pattern: Pattern): string {
  switch (pattern.kind) {
    case "patternVariable":
      return identifierText(pattern.name)
    case "patternSequence":
      return pattern.items.map((item) => groupPattern(item, item.kind === "patternAlternation"))
        .join(" ")
    case "patternAlternation":
      return pattern.items.map(patternText).join(" | ")
    case "patternPermute":
      return `PERMUTE (${pattern.items.map(patternText).join(", ")})`
    case "patternExclusion":
      return `{- ${patternText(pattern.item)} -}`
    case "patternRepeat": {
      const item = groupPattern(pattern.item, pattern.item.kind !== "patternVariable")
      const reluctant = pattern.reluctant ? " ?" : ""
      if (pattern.form !== "{") return `${item} ${pattern.form}${reluctant}`
      const max = pattern.max < 0 ? "" : `${pattern.max} `
      return pattern.max === pattern.min
        ? `${item} { ${pattern.min} }${reluctant}`
        : `${item} { ${pattern.min}, ${max}}${reluctant}`
    }
  }
}

function groupPattern(pattern: Pattern, group: boolean): string {
  return group ? `(${patternText(pattern)})` : patternText(pattern)
}
