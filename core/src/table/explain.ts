/** A plan as text for people: a tree from each sink down, in Flink's words, in which a shared part is printed once. Secrets are hidden. */
import { describe } from "./code/describe.ts"
import { adviceText } from "./explain-advice.ts"
import { joinText, lookupText } from "./explain-join.ts"
import type { AggregateCall, Expression, FrameBound, SortKey } from "./expression.ts"
import { shownOptions } from "./secret.ts"
import type { Changelog, Plan, PlanExchange, PlanNode, PlanWork } from "./plan.ts"
import type { RowType } from "../type/logical-type.ts"

/** What EXPLAIN prints. */
export interface ExplainOptions {
  /** Which kinds of rows each operator gives. */
  readonly changelog: boolean
  /** The plan itself as JSON, after the tree. */
  readonly json: boolean
  /** What to do about slow parts, after the tree. */
  readonly advice?: boolean
}

/** The plan as text, with a line feed at the end. */
export function explainPlan(plan: Plan, options: ExplainOptions): string {
  const printer = new Printer(plan, options)
  const roots = plan.nodes.filter((node) =>
    node.work.kind === "sink" || node.work.kind === "collect"
  )
  const tree = `== Optimized Execution Plan ==\n${
    roots.map((root) => printer.tree(root)).join("\n")
  }`
  const advised = options.advice === true ? `${tree}\n${adviceText(plan)}` : tree
  return options.json
    ? `${advised}\n== Physical Execution Plan ==\n${JSON.stringify(hideSecrets(plan), null, 2)}\n`
    : advised
}

/** The plan without the values of secret options. */
export function hideSecrets(plan: Plan): Plan {
  const tables = Object.fromEntries(
    Object.entries(plan.tables).map(([name, table]) => [name, {
      ...table,
      options: shownOptions(table.options, new Set(table.secrets))
    }])
  )
  return { ...plan, tables }
}

class Printer {
  readonly #plan: Plan
  readonly #options: ExplainOptions
  /** Reuse numbers of nodes that several others read, in order of their first printing. */
  readonly #reuse = new Map<number, number>()
  readonly #readers: ReadonlyMap<number, number>

  constructor(plan: Plan, options: ExplainOptions) {
    this.#plan = plan
    this.#options = options
    const readers = new Map<number, number>()
    for (const node of plan.nodes) {
      for (const { node: from } of node.inputs) readers.set(from, (readers.get(from) ?? 0) + 1)
    }
    this.#readers = readers
  }

  tree(root: PlanNode): string {
    const lines: Array<string> = []
    this.#print(root, "", "", lines)
    return `${lines.join("\n")}\n`
  }

  #print(node: PlanNode, first: string, rest: string, lines: Array<string>): void {
    const known = this.#reuse.get(node.id)
    if (known !== undefined) {
      lines.push(`${first}Reused(reference_id=[${known}])`)
      return
    }
    let mark = ""
    if ((this.#readers.get(node.id) ?? 0) > 1) {
      const id = this.#reuse.size + 1
      this.#reuse.set(node.id, id)
      mark = `(reuse_id=[${id}])`
    }
    const inputs = node.inputs.map((from) => this.#plan.nodes[from.node]!)
    const text = describeWork(node, inputs.map((from) => from.schema), this.#plan)
    const changes =
      this.#options.changelog && node.work.kind !== "sink" && node.work.kind !== "collect"
        ? `, changelogMode=[${changelogText(node.changelog)}]`
        : ""
    lines.push(`${first}${text.slice(0, -1)}${changes})${mark}`)
    node.inputs.forEach((from, at) => {
      const last = at === node.inputs.length - 1
      let head = `${rest}${last ? "+- " : ":- "}`
      let tail = `${rest}${last ? "   " : ":  "}`
      if (from.exchange.kind !== "forward") {
        lines.push(
          `${head}Exchange(distribution=[${exchangeText(from.exchange, inputs[at]!.schema)}])`
        )
        head = `${tail}+- `
        tail = `${tail}   `
      }
      this.#print(inputs[at]!, head, tail, lines)
    })
  }
}

/** `I,UB,UA,D`. */
function changelogText(changelog: Changelog): string {
  return [
    "I",
    ...changelog.updateBefore ? ["UB"] : [],
    ...changelog.updateAfter ? ["UA"] : [],
    ...changelog.delete ? ["D"] : []
  ].join(",")
}

function namesOf(columns: ReadonlyArray<number>, schema: RowType): string {
  return columns.map((column) => schema[column]?.name ?? `$${column}`).join(", ")
}

function exchangeText(exchange: PlanExchange, schema: RowType): string {
  return exchange.kind === "hash" ? `hash[${namesOf(exchange.keys, schema)}]` : exchange.kind
}

type Of<K extends PlanWork["kind"]> = Extract<PlanWork, { readonly kind: K }>

function describeWork(node: PlanNode, inputs: ReadonlyArray<RowType>, plan: Plan): string {
  const { work, schema } = node
  const input = inputs[0] ?? []
  const fields = `fields=[${schema.map((field) => field.name).join(", ")}]`
  switch (work.kind) {
    case "scan":
      return `TableSourceScan(table=[${work.table}${scanText(work, schema, plan)}], ${fields})`
    case "values":
      return `Values(tuples=[${
        work.rows.map((row) => `{ ${row.map((value) => describe(value, [])).join(", ")} }`).join(
          ", "
        )
      }])`
    case "calc":
      return `Calc(select=[${selectText(work.projection, schema, input)}]${
        work.condition === undefined ? "" : `, where=[${describe(work.condition, input)}]`
      })`
    case "expand":
      return `Expand(projects=[${
        work.projections.map((one) => `{${selectText(one, schema, input)}}`).join(", ")
      }])`
    case "sort":
      return `Sort(orderBy=[${orderText(work.order, input)}], mode=[${work.mode}])`
    case "upsert-materialize":
      return `UpsertMaterialize(key=[${namesOf(work.keys, input)}], ${fields})`
    case "settle":
      return `Settle(${fields})`
    case "over":
      return `OverAggregate(${overText(work, schema, input)})`
    case "set-operation":
      return `SetOperation(operation=[${work.operation.toUpperCase()}${
        work.all ? " ALL" : ""
      }], ${fields})`
    case "processing-time":
      return `ProcessingTime(column=[${input[work.column]!.name}])`
    case "window-assign":
      return `WindowTableFunction(window=[${windowText(work, input)}])`
    case "window-aggregate": {
      const keys = work.keys.length === 0 ? "" : `groupBy=[${namesOf(work.keys, input)}], `
      const calls = [
        namesOf(work.keys, input),
        ...work.aggregates.map((call, i) =>
          aggregateText(call, input, schema[work.keys.length + i]!.name)
        ),
        ...work.properties
      ]
      return `WindowAggregate(${keys}window=[${windowText(work, input)}], select=[${
        calls.filter((text) => text !== "").join(", ")
      }])`
    }
    case "group-aggregate": {
      const keys = work.keys.length === 0 ? "" : `groupBy=[${namesOf(work.keys, input)}], `
      const calls = [
        namesOf(work.keys, input),
        ...work.aggregates.map((call, i) =>
          aggregateText(call, input, schema[work.keys.length + i]!.name)
        )
      ]
      const bundle = work.bundle === undefined
        ? ""
        : `miniBatch=[${work.bundle.rows} rows, ${work.bundle.latencyMillis} ms], `
      return `GroupAggregate(${keys}${bundle}select=[${
        calls.filter((text) => text !== "").join(", ")
      }])`
    }
    case "lookup-join":
      return lookupText(work, input, plan.tables[work.table]!.physical, fields)
    case "unnest":
      return `Correlate(invocation=[UNNEST(${input[work.column]!.name})${
        work.ordinality ? " WITH ORDINALITY" : ""
      }], joinType=[${work.outer ? "LEFT" : "INNER"}], ${fields})`
    case "join":
    case "interval-join":
    case "window-join":
    case "temporal-join":
      return joinText(work, inputs, fields)
    case "window-rank":
    case "rank":
      return rankText(work, input, fields)
    case "changelog-normalize":
      return `ChangelogNormalize(key=[${namesOf(work.keys, input)}])`
    case "union":
      return `Union(all=[true], ${fields})`
    case "sink":
      return `Sink(table=[${work.table}], ${fields})`
    case "collect":
      return `Collect(${fields})`
  }
}

function scanText(
  work: Extract<PlanWork, { readonly kind: "scan" }>,
  schema: RowType,
  plan: Plan
): string {
  const table = plan.tables[work.table]!
  const project = work.projection.map((path) => {
    const names: Array<string> = []
    let fields: RowType = table.physical
    for (const index of path) {
      const field = fields[index]!
      names.push(field.name)
      fields = field.type.kind === "ROW" ? field.type.fields : []
    }
    return names.join(".")
  })
  const read: RowType = project.map((name, i) => ({
    name,
    type: typeAt(table.physical, work.projection[i]!)
  }))
  const parts = [`project=[${project.join(", ")}]`]
  if (work.metadata.length > 0) parts.push(`metadata=[${work.metadata.join(", ")}]`)
  const all: RowType = [
    ...read,
    ...work.metadata.map((key) => ({
      name: key,
      type: table.metadata.find((column) => column.key === key)!.type
    }))
  ]
  if (work.filters.length > 0) {
    parts.push(`filter=[${work.filters.map((filter) => describe(filter, all)).join(", ")}]`)
  }
  const output = work.compute?.map((expression) => describe(expression, all))
  if (output !== undefined) parts.push(`compute=[${output.join(", ")}]`)
  if (work.watermark !== undefined) {
    parts.push(`watermark=[${describe(work.watermark.expression, schema)}]`)
  }
  return `, ${parts.join(", ")}`
}

function typeAt(physical: RowType, path: ReadonlyArray<number>): RowType[number]["type"] {
  let { type } = physical[path[0]!]!
  for (const index of path.slice(1)) if (type.kind === "ROW") type = type.fields[index]!.type
  return type
}

function selectText(
  projection: ReadonlyArray<Expression>,
  schema: RowType,
  input: RowType
): string {
  return projection.map((expression, at) => {
    const text = describe(expression, input)
    const { name } = schema[at]!
    return text === name ? name : `${text} AS ${name}`
  }).join(", ")
}

function windowText(work: Of<"window-assign" | "window-aggregate">, input: RowType): string {
  const { window } = work
  const given = "given" in work ? work.given : undefined
  const over = given === undefined
    ? `time_col=[${input[work.timeColumn]!.name}]`
    : `win_start=[${input[given.start]!.name}], win_end=[${input[given.end]!.name}]`
  const name = window.kind.toUpperCase()
  if (window.kind === "session") {
    const keys = "partition" in work && work.partition.length > 0
      ? `, partition keys=[${namesOf(work.partition, input)}]`
      : ""
    return `${name}(${over}, gap=[${durationText(window.gapMillis)}]${keys})`
  }
  const parts = [over, `size=[${durationText(window.sizeMillis)}]`]
  if (window.kind === "hop") parts.push(`slide=[${durationText(window.slideMillis)}]`)
  if (window.kind === "cumulate") parts.push(`step=[${durationText(window.stepMillis)}]`)
  if (window.offsetMillis !== 0) parts.push(`offset=[${durationText(window.offsetMillis)}]`)
  return `${name}(${parts.join(", ")})`
}

function durationText(millis: number): string {
  const units: ReadonlyArray<readonly [string, number]> = [["d", 86_400_000], ["h", 3_600_000], [
    "min",
    60_000
  ], ["s", 1000]]
  const unit = units.find(([, size]) => millis % size === 0)
  return unit === undefined ? `${millis} ms` : `${millis / unit[1]} ${unit[0]}`
}

function aggregateText(call: AggregateCall, input: RowType, name: string): string {
  const args = call.args.length === 0 ? "*" : namesOf(call.args, input)
  const filter = call.filter === undefined ? "" : ` FILTER ${namesOf([call.filter], input)}`
  return `${call.name.toUpperCase()}(${
    call.distinct ? "DISTINCT " : ""
  }${args})${filter} AS ${name}`
}

function overText(
  work: Extract<PlanWork, { readonly kind: "over" }>,
  schema: RowType,
  input: RowType
): string {
  const end = (bound: FrameBound, side: "PRECEDING" | "FOLLOWING"): string =>
    bound === "unbounded"
      ? `UNBOUNDED ${side}`
      : bound === 0
      ? "CURRENT ROW"
      : `${Math.abs(bound)} ${bound < 0 ? "PRECEDING" : "FOLLOWING"}`
  const calls = work.calls.map((call, i) => {
    const frame = call.frame === undefined ? undefined : work.frames[call.frame]!
    const over = frame === undefined
      ? ""
      : ` OVER ${frame.unit.toUpperCase()} BETWEEN ${end(frame.low, "PRECEDING")} AND ${
        end(frame.high, "FOLLOWING")
      }`
    return aggregateText(call, input, "").replace(
      / AS $/,
      `${over} AS ${schema[input.length + i]!.name}`
    )
  })
  const partition = work.partition.length === 0
    ? ""
    : `partitionBy=[${namesOf(work.partition, input)}], `
  const order = work.order.length === 0 ? "" : `orderBy=[${orderText(work.order, input)}], `
  return `${partition}${order}mode=[${work.mode}], select=[*, ${calls.join(", ")}]`
}

function orderText(order: ReadonlyArray<SortKey>, input: RowType): string {
  return order.map((key) => {
    const nulls = key.nullsFirst === key.descending
      ? ` NULLS ${key.nullsFirst ? "FIRST" : "LAST"}`
      : ""
    return `${input[key.column]!.name} ${key.descending ? "DESC" : "ASC"}${nulls}`
  }).join(", ")
}

function rankText(
  work: Extract<PlanWork, { readonly kind: "rank" | "window-rank" }>,
  input: RowType,
  fields: string
): string {
  const window = work.kind === "window-rank" ? `windowEnd=[${input[work.windowEnd]!.name}], ` : ""
  const range = `rankRange=[rankStart=${work.rankFrom}, rankEnd=${work.rankTo}]`
  return `${
    work.kind === "rank" ? "Rank" : "WindowRank"
  }(${window}rankType=[ROW_NUMBER], ${range}, partitionBy=[${
    namesOf(work.partition, input)
  }], orderBy=[${orderText(work.order, input)}], ${fields})`
}
