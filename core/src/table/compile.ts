/**
 * The compiler: a {@link Plan}, which is data, becomes a {@link Graph}, which runs. It finds connectors and formats, makes
 * sources and sinks, generates code, and turns exchanges into edges; it decides nothing that the plan does not say.
 *
 * **Invariant** node ids of the graph are the plan's uids, so state of a checkpoint finds its operator; the sink of a
 * dead-letter table is named after the table.
 */
import type { Batch } from "../batch/element.ts"
import { assert } from "../fault.ts"
import type { Edge, Exchange, Graph, GraphNode, Work } from "../graph/graph.ts"
import { compileHash } from "../state/key-group.ts"
import type { CodeSettings } from "./code/calc.ts"
import { knowFunction, type KnownFunction } from "./user/user-call.ts"
import type { UserFunction } from "./user/user-function.ts"
import { UserFunctionFault } from "./user/user-function-fault.ts"
import { exportedFunction, type LoadModule } from "./user/user-functions.ts"
import { compileOperator } from "./compile-operator.ts"
import { compileLetterSink, compileSink, sinkOf } from "./compile-sink.ts"
import { compileScan, compileValues } from "./compile-source.ts"
import type { Registry } from "./factory.ts"
import { compileLookupJoin } from "./lookup/compile-lookup.ts"
import type { Plan, PlanExchange, PlanFunction, PlanNode, PlanTable } from "./plan.ts"

/** What the compiler needs besides the plan. */
export interface CompileInput {
  readonly registry: Registry
  /** The job's clock: for CURRENT_TIMESTAMP and the time of dead letters. */
  readonly nowMillis: () => number
  /** The source of RAND and UUID, from 0 to below 1; without it numbers follow from the clock. */
  readonly random?: () => number
  /** Functions of users that the program gives, by name. */
  readonly functions?: Readonly<Record<string, UserFunction>>
  /** Loads the modules of users' functions by URL. */
  readonly loadModule?: LoadModule
  /** Receives the rows of `collect` nodes, batch by batch, in the order of the stream. */
  readonly collect?: (node: PlanNode, batch: Batch) => void
}

/**
 * Make the graph of a plan. Touches nothing outside.
 *
 * **Errors** rejects with the faults of connectors' options, of code generation, of aggregates, and of operators that do
 * not take their input.
 */
export async function compilePlan(plan: Plan, input: CompileInput): Promise<Graph> {
  const settings: CodeSettings = {
    timeZone: timeZoneOf(plan),
    nowMillis: input.nowMillis,
    ...(plan.settings["execution.runtime-mode"] === "batch"
      ? { startMillis: input.nowMillis() }
      : {}),
    ...(input.random === undefined ? {} : { random: input.random }),
    ...(plan.functions === undefined
      ? {}
      : { functions: await loadFunctions(plan.functions, input) })
  }
  const compiling: Compiling = { plan, input, settings, letters: new Map() }
  const nodes: Array<GraphNode> = []
  for (const node of plan.nodes) {
    nodes.push({
      id: node.uid,
      name: node.name,
      parallelism: parallelismOf(node),
      inputs: node.inputs.map((_, index) => edgeOf(plan, node, index)),
      work: await compileWork(compiling, node)
    })
  }
  nodes.push(...await letterSinks(compiling))
  return { nodes, groupsMax: plan.groupsMax }
}

/** The functions of a plan, by their names in expressions. Throws UserFunctionFault. */
async function loadFunctions(
  functions: ReadonlyArray<PlanFunction>,
  input: CompileInput
): Promise<ReadonlyMap<string, KnownFunction>> {
  const all = new Map<string, KnownFunction>()
  for (const { name, module, export: exported } of functions) {
    const sql = name.slice(name.indexOf(":") + 1)
    const given = Object.entries(input.functions ?? {}).find(([key]) => key.toLowerCase() === sql)
    const loaded = module === undefined ? undefined : await input.loadModule?.(module, "")
    const user = loaded === undefined ? given?.[1] : exportedFunction(sql, loaded, exported!)
    if (user === undefined) {
      throw new UserFunctionFault({
        name: sql,
        action: "load",
        reason: "the program does not give it"
      })
    }
    all.set(name, knowFunction(sql, user))
  }
  return all
}

interface Compiling {
  readonly plan: Plan
  readonly input: CompileInput
  readonly settings: CodeSettings
  /** By dead-letter table: the scans that feed it. */
  readonly letters: Map<string, { readonly table: PlanTable; readonly scans: Array<PlanNode> }>
}

function timeZoneOf(plan: Plan): string {
  const zone = plan.settings["table.local-time-zone"]
  return zone === undefined || zone === "default" ? "UTC" : zone
}

/** A node whose input all comes to one place runs there alone, and so does VALUES. */
function parallelismOf(node: PlanNode): number {
  const single = node.inputs.some(({ exchange }) => exchange.kind === "single")
  return single || node.work.kind === "values" ? 1 : node.parallelism
}

async function compileWork(compiling: Compiling, node: PlanNode): Promise<Work> {
  const { plan, input, settings } = compiling
  const { work } = node
  switch (work.kind) {
    case "scan": {
      const scan = await compileScan(plan, node, work, input.registry, settings)
      if (scan.letters !== undefined) addLetters(compiling, scan.letters, node)
      return scan.work
    }
    case "values":
      return compileValues(work.rows, settings)
    case "sink": {
      const { columns, overwrite, staticPartition } = work
      const sink = await compileSink({
        table: plan.tables[work.table]!,
        columns,
        overwrite,
        staticPartition,
        registry: input.registry,
        timeZone: settings.timeZone,
        parallelism: node.parallelism
      })
      return { kind: "sink", sink }
    }
    case "collect": {
      const { collect } = input
      assert(collect !== undefined, "a plan with a query is compiled with somebody who collects")
      return { kind: "sink", sink: sinkOf((batch) => collect(node, batch)) }
    }
    case "lookup-join": {
      const make = await compileLookupJoin(work, node, nodeOf(plan, node.inputs[0]!.node), {
        table: plan.tables[work.table]!,
        registry: input.registry,
        settings
      })
      return { kind: "operator", make }
    }
    default: {
      const inputs = node.inputs.map((one) => nodeOf(plan, one.node))
      return { kind: "operator", make: compileOperator(node, inputs, settings)! }
    }
  }
}

function nodeOf(plan: Plan, id: number): PlanNode {
  const node = plan.nodes.find((one) => one.id === id)
  assert(node !== undefined, "a plan names only nodes it has")
  return node
}

function edgeOf(plan: Plan, node: PlanNode, index: number): Edge {
  const { node: id, exchange } = node.inputs[index]!
  const sender = nodeOf(plan, id)
  const from = parallelismOf(sender)
  const to = parallelismOf(node)
  return { from: sender.uid, port: 0, exchange: exchangeOf(exchange, sender, from, to) }
}

/** Between single subtasks every exchange is `forward`, which chains. */
function exchangeOf(exchange: PlanExchange, sender: PlanNode, from: number, to: number): Exchange {
  if (from === 1 && to === 1) return { kind: "forward" }
  switch (exchange.kind) {
    case "hash": {
      const types = exchange.keys.map((k) => sender.schema[k]!.type)
      return { kind: "hash", hash: compileHash(types, exchange.keys) }
    }
    case "broadcast":
      return { kind: "broadcast" }
    case "forward":
      return { kind: from === to ? "forward" : "rebalance" }
    default:
      return { kind: "rebalance" }
  }
}

function addLetters({ letters }: Compiling, table: PlanTable, scan: PlanNode): void {
  const known = letters.get(table.name)
  if (known === undefined) letters.set(table.name, { table, scans: [scan] })
  else known.scans.push(scan)
}

async function letterSinks(compiling: Compiling): Promise<ReadonlyArray<GraphNode>> {
  const nodes: Array<GraphNode> = []
  for (const { table, scans } of compiling.letters.values()) {
    const sink = await compileLetterSink(
      table,
      compiling.input.registry,
      compiling.settings.timeZone
    )
    nodes.push({
      id: `dead-letters:${table.name}`,
      name: `dead letters: ${table.name}`,
      parallelism: 1,
      inputs: scans.map((scan): Edge => ({
        from: scan.uid,
        port: 1,
        exchange: { kind: scan.parallelism === 1 ? "forward" : "rebalance" }
      })),
      work: { kind: "sink", sink }
    })
  }
  return nodes
}
