/** From relations to nodes: each operator gets its exchange, parallelism and keys. Shared relations become shared nodes. */
import type { Expression } from "../expression.ts"
import type { PlanExchange } from "../plan.ts"
import { combine, type Draft, type Lineage } from "./draft.ts"
import { isUpdating, takesInsertsOnly } from "./physical-changes.ts"
import {
  draftAggregate,
  draftJoin,
  draftRank,
  draftSetOperation,
  draftWindow
} from "./physical-keyed.ts"
import {
  dealt,
  draftCalc,
  draftExpand,
  draftLookup,
  draftProcessingTime,
  draftSettle,
  draftSort,
  draftUnnest,
  forward,
  makeNode,
  type MiniBatch,
  type Site
} from "./physical-node.ts"
import { draftNumber, draftOver } from "./physical-over.ts"
import {
  draftNormalize,
  draftScan,
  isSimple,
  type ScanParts,
  scanParts,
  type SourceTable
} from "./physical-scan.ts"
import { draftSink, type SinkDemand } from "./physical-sink.ts"
import { inputsFirst } from "./optimize.ts"
import { isKind, type Relation, type WorkOf } from "./relation.ts"

/** What planning asks outside. */
export interface PhysicalInput {
  readonly parallelism: number
  readonly source: (table: string) => SourceTable
  /** `scan.parallelism` of a table whose connector has such an option. */
  readonly ownParallelism: (table: string) => number | undefined
  /** Operators give their rows once, at the end of the input. */
  readonly isBatch: boolean
  readonly bundle: MiniBatch | undefined
  /** Rows that a sort holds at most. */
  readonly sortRowsMax: number
  /** What a sink asks of the rows that reach it. */
  readonly sink: (table: string) => SinkDemand
  /** The fault for an operator that cannot do what a query asks. */
  readonly refuse: (problem: string, hint?: string) => Error
}

type Inputs = Draft["inputs"]

/** Makes the nodes of one job. */
export class Physical implements Site {
  readonly #given: PhysicalInput
  readonly #done = new Map<Relation, Draft>()
  readonly #filters: ReadonlyMap<Relation, ReadonlyArray<Expression>>

  constructor(given: PhysicalInput, roots: ReadonlyArray<Relation>) {
    this.#given = given
    this.#filters = sourceFilters(roots)
  }

  /** The node of a relation, made once. */
  draft(relation: Relation): Draft {
    const known = this.#done.get(relation)
    if (known !== undefined) return known
    const drafted = this.#make(relation)
    const made = this.isBatch && isUpdating(drafted.changes) ? draftSettle(this, drafted) : drafted
    this.#done.set(relation, made)
    return made
  }

  #make(relation: Relation): Draft {
    const parts = scanParts(relation)
    if (parts !== undefined) return this.#scan(relation, parts)
    const { work } = relation
    switch (work.kind) {
      case "project":
      case "filter":
        return draftCalc(this, relation)
      case "expand":
        return draftExpand(this, relation as Relation<WorkOf<"expand">>)
      case "aggregate":
        return draftAggregate(this, relation as Relation<WorkOf<"aggregate">>)
      case "set-operation":
        return draftSetOperation(this, relation as Relation<WorkOf<"set-operation">>)
      case "lookup":
        return draftLookup(this, relation as Relation<WorkOf<"lookup">>)
      case "unnest":
        return draftUnnest(this, relation as Relation<WorkOf<"unnest">>)
      case "join":
        return draftJoin(this, relation as Relation<WorkOf<"join">>)
      case "processing-time":
        return draftProcessingTime(this, relation as Relation<WorkOf<"processing-time">>)
      case "window":
        return draftWindow(this, relation as Relation<WorkOf<"window">>)
      case "rank":
        return draftRank(this, relation as Relation<WorkOf<"rank">>)
      case "sink":
        return draftSink(this, relation as Relation<WorkOf<"sink">>, this.#given.sink)
      case "sort":
        return this.#sort(relation as Relation<WorkOf<"sort">>)
      case "over":
        return draftOver(this, relation as Relation<WorkOf<"over">>)
      case "number":
        return draftNumber(this, relation as Relation<WorkOf<"number">>)
      default:
        return this.#plain(relation)
    }
  }

  #sort(relation: Relation<WorkOf<"sort">>): Draft {
    const { timed } = relation.work
    if (this.isBatch) return draftSort(this, relation, this.#given.sortRowsMax)
    const below = this.draft(relation.inputs[0]!)
    // Rows come in order of arrival.
    if (timed === "processing-time" && relation.work.order.length === 1) return below
    if (timed !== "event-time") {
      throw this.#given.refuse(
        "ORDER BY without LIMIT over a stream must begin with event time, ascending",
        "Add a LIMIT, or SET 'execution.runtime-mode' = 'batch'"
      )
    }
    if (isUpdating(below.changes)) {
      throw this.#given.refuse(
        `ORDER BY without LIMIT over rows that are updated is not supported: ${
          originOf(below)
        } produces ${changeText(below)}`
      )
    }
    return draftSort(this, relation, this.#given.sortRowsMax)
  }

  #scan(relation: Relation, parts: ScanParts): Draft {
    const { table } = parts.scan.work
    const parallelism = this.#given.ownParallelism(table) ?? this.#given.parallelism
    const source = this.#given.source(table)
    // a row that a filter drops may still replace another of its key
    const filters = source.normalized ? [] : this.#filters.get(relation) ?? []
    const scan = draftScan(relation, parts, source, filters, parallelism, this.isBatch)
    if (!source.normalized) return scan
    const keys = scan.upsertKey!
    return {
      ...draftNormalize(scan, this.keyed(scan, keys)),
      parallelism: this.keyedParallelism(keys)
    }
  }

  /** Values, unions, collected rows: rows stay where they are. */
  #plain(relation: Relation): Draft {
    const { work } = relation
    if (work.kind === "values") {
      const lineage: Lineage = {
        rows: combine("values", work.rows),
        columns: relation.columns.map((_, at) => combine("values", work.rows.map((row) => row[at])))
      }
      return makeNode(relation, "Values", work, [], 1, lineage, lineage.rows)
    }
    const drafts = relation.inputs.map((below) => this.draft(below))
    const parallelism = Math.max(...drafts.map((below) => below.parallelism))
    const inputs = drafts.map((below) => ({
      draft: below,
      exchange: this.#local(below, parallelism)
    }))
    const first = drafts[0]!
    if (work.kind === "union") {
      const rows = combine("union", drafts.map((below) => below.lineage.rows))
      const columns = relation.columns.map((_, at) =>
        combine(rows, drafts.map((below) => below.lineage.columns[at]))
      )
      const lineage: Lineage = { rows, columns }
      const identity = combine(rows, columns)
      const made = makeNode(
        relation,
        "Union",
        { kind: "union" },
        inputs,
        parallelism,
        lineage,
        identity
      )
      return { ...made, upsertKey: undefined }
    }
    if (work.kind !== "collect") {
      throw new Error(`Broken invariant: a ${work.kind} stands on a scan`)
    }
    return makeNode(
      relation,
      "Collect",
      { kind: "collect" },
      inputs,
      parallelism,
      first.lineage,
      combine("collect", first.lineage)
    )
  }

  get bundle(): MiniBatch | undefined {
    return this.#given.bundle
  }

  get isBatch(): boolean {
    return this.#given.isBatch
  }

  keyedParallelism(keys: ReadonlyArray<number>): number {
    return keys.length === 0 ? 1 : this.#given.parallelism
  }

  /** Rows of one key go to one subtask; they stay when they are dealt so already. */
  keyed(below: Draft, keys: ReadonlyArray<number>): Inputs[number] {
    const same = below.distribution !== undefined && below.distribution.length === keys.length &&
      below.distribution.every((column, i) => column === keys[i])
    const stays = same && keys.length > 0 && below.parallelism === this.#given.parallelism
    return { draft: below, exchange: stays ? forward : dealt(keys) }
  }

  #local(below: Draft, parallelism: number): PlanExchange {
    return below.parallelism === parallelism ? forward : { kind: "rebalance" }
  }

  checkInserts(relation: Relation, drafts: ReadonlyArray<Draft>): void {
    if (!takesInsertsOnly(relation.work)) return
    const updating = drafts.find((below) => isUpdating(below.changes))
    if (updating === undefined) return
    const what = relation.work.kind === "join" ? "An interval join" : "A window by processing time"
    throw this.#given.refuse(
      `${what} over rows that are updated is not supported yet: ${originOf(updating)} produces ${
        changeText(updating)
      }`
    )
  }
}

/** `update and delete changes`. */
export function changeText({ changes }: Draft): string {
  const kinds = [...changes.updates ? ["update"] : [], ...changes.deletes ? ["delete"] : []]
  return `${kinds.join(" and ")} changes`
}

/** The operator that first makes changes of inserts, by name. */
export function originOf(draft: Draft): string {
  const below = draft.inputs.find((from) => isUpdating(from.draft.changes))
  return below === undefined ? draft.name : originOf(below.draft)
}

/** For each scan the conjuncts that all who read it have in common and that a source could use, over its columns. */
function sourceFilters(
  roots: ReadonlyArray<Relation>
): ReadonlyMap<Relation, ReadonlyArray<Expression>> {
  const common = new Map<Relation, ReadonlyArray<string> | undefined>()
  const texts = (relation: Relation): ReadonlyArray<string> => {
    if (!isKind(relation, "filter")) return []
    return conjunctTexts(relation.work.condition)
  }
  for (const relation of inputsFirst(roots)) {
    for (const below of relation.inputs) {
      if (!isKind(below, "scan")) continue
      const own = texts(relation)
      const others = common.get(below)
      common.set(below, others === undefined ? own : others.filter((text) => own.includes(text)))
    }
  }
  return new Map(
    [...common].map(([scan, kept]) => [
      scan,
      (kept ?? []).map((text) => JSON.parse(text) as Expression)
    ])
  )
}

function conjunctTexts(condition: Expression): ReadonlyArray<string> {
  if (condition.op === "call" && condition.name === "and") {
    return condition.args.flatMap(conjunctTexts)
  }
  return isSimple(condition) && condition.op === "call" ? [JSON.stringify(condition)] : []
}
