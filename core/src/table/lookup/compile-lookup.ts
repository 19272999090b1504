/** From a plan's lookup joins to makers of their operators. */
import { makeLookupJoin } from "../../operator/lookup-join.ts"
import type { LookupTable } from "../../operator/lookup-join.ts"
import type { Operator } from "../../operator/operator.ts"
import { assert } from "../../fault.ts"
import type { RowType } from "../../type/logical-type.ts"
import { type BadRecordPolicy, BadRecords } from "../bad-records.ts"
import { compilePredicate } from "../code/calc.ts"
import type { CodeSettings } from "../code/calc.ts"
import { badRecords } from "../common-options.ts"
import { type Connector, resolveConnector } from "../connector.ts"
import type { Registry } from "../factory.ts"
import type { PlanNode, PlanTable, PlanWork } from "../plan.ts"
import { AskedTable } from "./asked-table.ts"
import { FullTable } from "./full-table.ts"

type LookupJoinWork = Extract<PlanWork, { kind: "lookup-join" }>

/** What compiling needs besides the node. */
export interface LookupInput {
  readonly table: PlanTable
  readonly registry: Registry
  readonly settings: CodeSettings
}

/** A maker of the operator of a lookup join over `input`. */
export async function compileLookupJoin(
  work: LookupJoinWork,
  node: PlanNode,
  input: PlanNode,
  { table, registry, settings }: LookupInput
): Promise<() => Operator> {
  const physical = work.columns.map((column) => table.physical[column]!)
  const { condition } = work
  const compile = (): ReturnType<typeof compilePredicate> | undefined =>
    condition === undefined
      ? undefined
      : compilePredicate([...input.schema, ...physical], condition, settings)
  compile()
  const later: { current?: BadRecords } = {}
  const connector = await resolveConnector(table, "source", {
    registry,
    timeZone: settings.timeZone,
    parallelism: node.parallelism,
    onBad: (record, source) => later.current!.onBad(record, source)
  })
  const policy = connector.common.need(badRecords) as BadRecordPolicy
  later.current = new BadRecords(table.name, policy, [], settings.nowMillis)
  const types = physical.map((field) => field.type)
  return () =>
    makeLookupJoin({
      type: work.type,
      keys: work.leftKeys,
      table: tableOf(work, physical, connector),
      types,
      condition: compile()
    })
}

function tableOf(work: LookupJoinWork, physical: RowType, connector: Connector): LookupTable {
  const { factory, context } = connector
  const ability = factory.lookup
  assert(ability !== undefined, "only tables that can be looked up are")
  const types = physical.map((field) => field.type)
  const keys = work.rightKeys.map((key) => physical[key]!)
  if (ability.kind === "asked") {
    return new AskedTable({
      table: work.table,
      lookup: ability.make(context, { columns: physical, keys }),
      keyTypes: keys.map((field) => field.type),
      types,
      limits: ability.cache(context),
      asking: work.asking
    })
  }
  const projection = work.columns.map((column) => [column])
  return new FullTable({
    source: factory.source!.make(context, {
      projection,
      metadata: [],
      filters: [],
      limit: undefined
    }),
    types,
    keys: work.rightKeys,
    reloadMillis: ability.reloadMillis(context)
  })
}
