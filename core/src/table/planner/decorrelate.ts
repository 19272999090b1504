/**
 * Takes the references to an outer query out of a query within it, so that both can be joined. Conditions that compare inner with outer
 * columns move up to that join; what an aggregation or a top-N does per outer row it then does per value of the compared columns.
 * Where that is not enough the inner query is first joined with the distinct values of the outer columns it looks at.
 *
 * **Invariant** for every outer row the rows of `relation` for which `conditions` hold, as `outputs`, are those of the inner query.
 */
import { simple } from "../../type/logical-type.ts"
import type { Expression } from "../expression.ts"
import { mapReferences, referencesIn, refersTo, type Targets } from "./correlation.ts"
import { allOf, conjunctsOf, input, inputsOf, mapInputs, truth } from "./expression-tree.ts"
import {
  columnsOf,
  type Free,
  joinConditions,
  mayHold,
  missingOf,
  nullableInputs,
  orMissing,
  over,
  overNothing,
  shifted
} from "./free-query.ts"
import { makeJoin } from "./make-join.ts"
import { outerBase, type RelationPool } from "./relation-pool.ts"
import type { Relation, WorkOf } from "./relation.ts"
import { simplify } from "./simplify.ts"

/** The query around. */
export interface OuterQuery {
  readonly pool: RelationPool
  readonly relation: Relation
  readonly targets: Targets
  /** The fault for an operator that cannot stand between the queries. */
  readonly refuse: (what: string) => Error
}

/** An inner relation whose conditions are equalities of its columns `keys` with something of the outer query. */
interface Keyed {
  readonly relation: Relation
  readonly keys: ReadonlyArray<number>
  /** The conditions, when the keys stand in these columns. */
  readonly conditions: (columns: ReadonlyArray<number>) => ReadonlyArray<Expression>
}

/** Free `relation` of references to the query around. */
export function decorrelate(relation: Relation, outer: OuterQuery): Free {
  return new Decorrelation(outer).free(relation)
}

class Decorrelation {
  readonly #outer: OuterQuery
  readonly #pool: RelationPool
  readonly #targets: Targets
  readonly #correlated = new Map<Relation, boolean>()

  constructor(outer: OuterQuery) {
    this.#outer = outer
    this.#pool = outer.pool
    this.#targets = outer.targets
  }

  free(relation: Relation): Free {
    const { work } = relation
    if (!this.#isCorrelated(relation)) {
      return {
        relation,
        outputs: columnsOf(relation),
        conditions: [],
        missing: missingOf(relation)
      }
    }
    switch (work.kind) {
      case "project":
        return this.#project(work, relation.inputs[0]!)
      case "filter":
        return this.#filter(work, relation.inputs[0]!)
      case "join":
        return this.#join(work, relation)
      case "aggregate":
        return this.#aggregate(work, relation)
      case "rank":
      case "number":
        return this.#rank(work, relation)
      case "unnest":
        return this.#unnest(work, relation)
      case "union":
      case "set-operation":
        return this.#union(work, relation)
      case "values":
        if (work.rows.length > 1) throw this.#outer.refuse("VALUES of several rows")
        return {
          relation: this.#one(),
          outputs: work.rows[0]!,
          conditions: [],
          missing: undefined
        }
      default:
        throw this.#outer.refuse(names[work.kind] ?? `An operator of kind '${work.kind}'`)
    }
  }

  #isCorrelated(relation: Relation): boolean {
    const known = this.#correlated.get(relation)
    if (known !== undefined) return known
    const found = refersTo(relation.work, this.#targets) ||
      relation.inputs.some((below) => this.#isCorrelated(below))
    this.#correlated.set(relation, found)
    return found
  }

  /** One row without meaning. */
  #one(): Relation {
    return this.#pool.make({ kind: "values", rows: [[truth(true)]] }, [])
  }

  #references(expressions: ReadonlyArray<Expression>): Set<number> {
    const found = new Set<number>()
    for (const expression of expressions) referencesIn(expression, this.#targets, found)
    return found
  }

  #project(work: WorkOf<"project">, source: Relation): Free {
    const below = this.free(source)
    return {
      ...below,
      outputs: work.expressions.map((expression) => over(expression, below.outputs)),
      missing: below.missing &&
        work.expressions.map((expression) => simplify(over(expression, below.missing!)))
    }
  }

  #filter(work: WorkOf<"filter">, source: Relation): Free {
    let below = this.free(source)
    if (below.missing !== undefined) {
      const test = simplify(over(work.condition, below.missing))
      if (mayHold(test)) below = this.#complete(below)
    }
    const inner: Array<Expression> = []
    const conditions = [...below.conditions]
    for (const conjunct of conjunctsOf(over(work.condition, below.outputs))) {
      if (this.#references([conjunct]).size === 0) inner.push(conjunct)
      else conditions.push(conjunct)
    }
    const relation = this.#pool.filter(below.relation, allOf(inner))
    return { relation, outputs: below.outputs, conditions, missing: undefined }
  }

  /** Makes one row at least of every outer row: an aggregation without keys gives one over no rows too. */
  #complete(below: Free): Free {
    if (below.missing === undefined) return below
    const used = this.#references([...below.outputs, ...below.conditions])
    const { relation, at } = this.#values(used)
    const marked = this.#pool.project(below.relation, [...columnsOf(below.relation), truth(true)])
    const width = relation.columns.length
    const moved = (expression: Expression): Expression => this.#onto(expression, at, width)
    const joined = makeJoin(this.#pool, {
      type: "left",
      left: relation,
      right: marked,
      leftKeys: [],
      rightKeys: [],
      condition: allOf(below.conditions.map(moved))
    })
    const marker = joined.columns.length - 1
    const outputs = below.outputs.map((output, i) =>
      orMissing(
        nullableInputs(moved(output), width),
        input(marker, joined.columns[marker]!.type),
        below.missing![i]!
      )
    )
    return { relation: joined, outputs, conditions: this.#same(at), missing: undefined }
  }

  /** The distinct values of what the references mean; `at`: the column of each. */
  #values(used: ReadonlySet<number>): {
    readonly relation: Relation
    readonly at: ReadonlyMap<number, number>
  } {
    const at = new Map([...used].map((reference, column) => [reference, column] as const))
    if (used.size === 0) return { relation: this.#one(), at }
    const targets = [...used].map((reference) => this.#targets.get(reference)!)
    const projected = this.#pool.project(this.#outer.relation, targets)
    const keys = targets.map((_, column) => column)
    return {
      relation: this.#pool.make(
        { kind: "aggregate", keys, calls: [], window: undefined },
        [projected]
      ),
      at
    }
  }

  /** An expression of the inner query behind the `width` columns in which the references stand now. */
  #onto(expression: Expression, at: ReadonlyMap<number, number>, width: number): Expression {
    return mapInputs(expression, (index, type) => {
      const column = at.get(index)
      if (column !== undefined) return input(column, type)
      return input(index >= outerBase ? index : index + width, type)
    })
  }

  /** That the columns `at` hold what the references mean. */
  #same(at: ReadonlyMap<number, number>): ReadonlyArray<Expression> {
    return [...at].map(([reference, column]): Expression => {
      const { type } = this.#targets.get(reference)!
      return {
        op: "call",
        name: type.nullable ? "isNotDistinctFrom" : "equals",
        args: [input(reference, type), input(column, type)],
        type: simple("BOOLEAN", false)
      }
    })
  }

  /** Joins with the distinct values of the outer columns that are used, and of those in `more`. */
  #ground(given: Free, more: Iterable<number> = []): Free {
    const below = this.#complete(given)
    const used = this.#references([...below.outputs, ...below.conditions])
    for (const reference of more) used.add(reference)
    if (used.size === 0) return below
    const { relation, at } = this.#values(used)
    const width = relation.columns.length
    const moved = (expression: Expression): Expression => this.#onto(expression, at, width)
    const joined = makeJoin(this.#pool, {
      type: "inner",
      left: relation,
      right: below.relation,
      leftKeys: [],
      rightKeys: [],
      condition: allOf(below.conditions.map(moved))
    })
    return {
      relation: joined,
      outputs: below.outputs.map(moved),
      conditions: this.#same(at),
      missing: undefined
    }
  }

  /** The outputs as the first columns, then the columns that the conditions compare. */
  #keyed(given: Free, columnNames: ReadonlyArray<string>): Keyed {
    const complete = this.#complete(given)
    const isKeyed = this.#references(complete.outputs).size === 0 &&
      complete.conditions.every((condition) => this.#equality(condition) !== undefined)
    const below = isKeyed ? complete : this.#ground(complete)
    const equalities = below.conditions.map((condition) => this.#equality(condition)!)
    const expressions = [...below.outputs]
    const keys = equalities.map(({ inner }) => {
      const text = JSON.stringify(inner)
      const known = expressions.findIndex((one) => JSON.stringify(one) === text)
      return known >= 0 ? known : expressions.push(inner) - 1
    })
    const named = expressions.map((_, i) => columnNames[i] ?? `key${i}`)
    const relation = this.#pool.project(below.relation, expressions, named)
    return {
      relation,
      keys,
      conditions: (columns) =>
        equalities.map(({ call, outer, inner }, i): Expression => ({
          ...call,
          args: [outer, input(columns[i]!, inner.type)]
        }))
    }
  }

  /** An equality between something of the outer query alone and something of the inner one alone. */
  #equality(condition: Expression): {
    readonly call: Expression & { readonly op: "call" }
    readonly outer: Expression
    readonly inner: Expression
  } | undefined {
    if (condition.op !== "call") return undefined
    if (condition.name !== "equals" && condition.name !== "isNotDistinctFrom") return undefined
    const [a, b] = condition.args as [Expression, Expression]
    const kindOf = (side: Expression): "outer" | "inner" | undefined => {
      const used = [...inputsOf(side)]
      if (used.length === 0) return undefined
      if (used.every((index) => this.#targets.has(index))) return "outer"
      return used.some((index) => this.#targets.has(index)) ? undefined : "inner"
    }
    const kinds = [kindOf(a), kindOf(b)]
    if (kinds[0] === "outer" && kinds[1] === "inner") return { call: condition, outer: a, inner: b }
    if (kinds[0] === "inner" && kinds[1] === "outer") return { call: condition, outer: b, inner: a }
    return undefined
  }

  #aggregate(work: WorkOf<"aggregate">, relation: Relation): Free {
    const source = relation.inputs[0]!
    const below = this.#keyed(this.free(source), source.columns.map((column) => column.name))
    const { keys, calls, window } = work
    const all = [...keys]
    const added = below.keys.map((key) => {
      const known = all.indexOf(key)
      return known >= 0 ? known : all.push(key) - 1
    })
    const aggregate = this.#pool.make({ kind: "aggregate", keys: all, calls, window }, [
      below.relation
    ])
    const outputs = relation.columns.map((_, i) => {
      const at = i < keys.length ? i : i - keys.length + all.length
      return input(at, aggregate.columns[at]!.type)
    })
    const missing = keys.length === 0 && window === undefined ? calls.map(overNothing) : undefined
    return { relation: aggregate, outputs, conditions: below.conditions(added), missing }
  }

  #rank(work: WorkOf<"rank"> | WorkOf<"number">, relation: Relation): Free {
    const source = relation.inputs[0]!
    const below = this.#keyed(this.free(source), source.columns.map((column) => column.name))
    const partition = [...new Set([...work.partition, ...below.keys])]
    const made = this.#pool.make({ ...work, partition }, [below.relation])
    const width = source.columns.length
    const appended = below.relation.columns.length - width
    const outputs = relation.columns.map((_, i) => {
      const at = i < width ? i : i + appended
      return input(at, made.columns[at]!.type)
    })
    return {
      relation: made,
      outputs,
      conditions: below.conditions(below.keys),
      missing: undefined
    }
  }

  #unnest(work: WorkOf<"unnest">, relation: Relation): Free {
    const source = relation.inputs[0]!
    const below = this.#keyed(this.free(source), source.columns.map((column) => column.name))
    const made = this.#pool.make(work, [below.relation])
    const width = source.columns.length
    const moved = below.relation.columns.length - width
    const outputs = relation.columns.map((_, i) => {
      const at = i < width ? i : i + moved
      return input(at, made.columns[at]!.type)
    })
    return {
      relation: made,
      outputs,
      conditions: below.conditions(below.keys),
      missing: undefined
    }
  }

  #union(work: WorkOf<"union"> | WorkOf<"set-operation">, relation: Relation): Free {
    const sides = relation.inputs.map((side) => this.#complete(this.free(side)))
    const used = this.#references(sides.flatMap((side) => [...side.outputs, ...side.conditions]))
    const columnNames = relation.columns.map((column) => column.name)
    const width = columnNames.length
    const references = [...used]
    const grounded = sides.map((side) => {
      const one = this.#ground(side, used)
      const values = one.conditions.map((condition) => this.#equality(condition)!)
      const ordered = references.map((reference) =>
        values.find(({ outer }) => outer.op === "input" && outer.index === reference)!.inner
      )
      const named = [...columnNames, ...references.map((_, i) => `key${i}`)]
      return this.#pool.project(one.relation, [...one.outputs, ...ordered], named)
    })
    const union = this.#pool.make(work, grounded)
    const at = new Map(references.map((reference, i) => [reference, width + i] as const))
    return {
      relation: union,
      outputs: columnsOf(union).slice(0, width),
      conditions: this.#same(at),
      missing: undefined
    }
  }

  #join(work: WorkOf<"join">, relation: Relation): Free {
    const { type } = work
    const [left, right] = relation.inputs.map((side) => this.#complete(this.free(side))) as [
      Free,
      Free
    ]
    const on = joinConditions(work, relation.inputs)
    if (type === "inner") return this.#innerJoin(left, right, on)
    if (work.interval !== undefined) throw this.#outer.refuse("An interval join")
    if (work.temporal !== undefined) throw this.#outer.refuse("FOR SYSTEM_TIME AS OF")
    if (type === "full") throw this.#outer.refuse("A FULL JOIN")
    // The side whose rows all stay is joined with the outer values, so that the other side's references are columns of it.
    const used = this.#references([
      ...on,
      ...right.outputs,
      ...right.conditions,
      ...type === "right" ? [...left.outputs, ...left.conditions] : []
    ])
    if (type === "right") return this.#outerJoin("right", right, left, on, used)
    return this.#outerJoin(type, left, right, on, used)
  }

  #innerJoin(left: Free, right: Free, on: ReadonlyArray<Expression>): Free {
    const width = left.relation.columns.length
    const outputs = [
      ...left.outputs,
      ...right.outputs.map((output) => shifted(output, width))
    ]
    const inner: Array<Expression> = []
    const conditions: Array<Expression> = [
      ...left.conditions,
      ...right.conditions.map((condition) => shifted(condition, width))
    ]
    for (const conjunct of on.flatMap((one) => conjunctsOf(over(one, outputs)))) {
      if (this.#references([conjunct]).size === 0) inner.push(conjunct)
      else conditions.push(conjunct)
    }
    const relation = makeJoin(this.#pool, {
      type: "inner",
      left: left.relation,
      right: right.relation,
      leftKeys: [],
      rightKeys: [],
      condition: allOf(inner)
    })
    return { relation, outputs, conditions, missing: undefined }
  }

  /** `kept`: the side whose rows all stay. For a right join it is the right one, and the result is turned round. */
  #outerJoin(
    type: "left" | "right" | "semi" | "anti",
    kept: Free,
    other: Free,
    on: ReadonlyArray<Expression>,
    used: ReadonlySet<number>
  ): Free {
    const rooted = used.size === 0 ? kept : this.#ground(kept, used)
    const width = rooted.relation.columns.length
    const at = new Map(
      used.size === 0 ? [] : rooted.conditions.map((condition) => {
        const { outer, inner } = this.#equality(condition)!
        return [(outer as { readonly index: number }).index, inner] as const
      })
    )
    const resolved = (expression: Expression): Expression =>
      mapReferences(expression, this.#targets, (index) => at.get(index)!)
    const others = other.outputs.map((output) => resolved(shifted(output, width)))
    const sides = type === "right" ? [...others, ...rooted.outputs] : [...rooted.outputs, ...others]
    const condition = [
      ...other.conditions.map((one) => resolved(shifted(one, width))),
      ...on.map((one) => resolved(over(one, sides)))
    ]
    const joinType = type === "right" ? "left" : type
    const relation = makeJoin(this.#pool, {
      type: joinType,
      left: rooted.relation,
      right: other.relation,
      leftKeys: [],
      rightKeys: [],
      condition: allOf(condition)
    })
    if (joinType !== "left") {
      return {
        relation,
        outputs: rooted.outputs,
        conditions: rooted.conditions,
        missing: undefined
      }
    }
    const padded = others.map((output) => nullableInputs(output, width))
    const outputs = type === "right"
      ? [...padded, ...rooted.outputs]
      : [...rooted.outputs, ...padded]
    return { relation, outputs, conditions: rooted.conditions, missing: undefined }
  }
}

const names: Readonly<Record<string, string>> = {
  expand: "Several grouping sets",
  over: "A call with OVER",
  lookup: "A table that is looked up",
  window: "A windowing function",
  watermark: "A watermark"
}
