/** A connector whose tables are lists in memory, and scripts run over it on the real engine. */
import * as Effect from "effect/Effect"
import { Batch } from "../../src/batch/element.ts"
import type { Graph } from "../../src/graph/graph.ts"
import type { Sink } from "../../src/sink/sink.ts"
import type { Source, Split } from "../../src/source/source.ts"
import { type Boxed, boxedAt, columnOfBoxed } from "../../src/state/boxed.ts"
import { compilePlan } from "../../src/table/compile.ts"
import type { Changelog, Plan } from "../../src/table/plan.ts"
import type { ConnectorFactory, ScanAbilities, TableContext } from "../../src/table/factory.ts"
import * as Registry from "../../src/table/registry.ts"
import * as Session from "../../src/table/session.ts"
import type { RowType } from "../../src/type/logical-type.ts"
import { run } from "../runtime/kit.ts"
import { type Row, textOf } from "./kit.ts"

/** A row whose first value is this is told as a bad record. */
export const bad = "bad"

/** Rows of the tables that are read, and of those that are written; names without catalog and database. */
export class Memory {
  readonly tables: Map<string, ReadonlyArray<ReadonlyArray<Boxed>>> = new Map()
  readonly written: Map<string, Array<Row>> = new Map()
  readonly collected: Array<Row> = []
  readonly registry: ReturnType<typeof Registry.make>

  constructor(others: ReadonlyArray<ConnectorFactory> = []) {
    this.registry = Registry.make([this.factory(), ...others])
  }

  private factory(): ConnectorFactory {
    const all: Changelog = { insert: true, updateBefore: true, updateAfter: true, delete: true }
    const inserts: Changelog = { ...all, updateBefore: false, updateAfter: false, delete: false }
    return {
      kind: "connector",
      identifier: "memory",
      package: "test-memory",
      description: "Lists in memory.",
      options: [],
      formatKeys: [],
      source: {
        traits: () => ({
          boundedness: "bounded",
          changelog: inserts,
          metadata: {},
          nestedProjection: false
        }),
        make: (context, abilities) => this.source(context, abilities)
      },
      lookup: { kind: "full", reloadMillis: () => undefined },
      sink: {
        traits: () => ({ changelog: all, metadata: {}, partitioning: false, overwrite: false }),
        make: (context, consumed) => this.sink(context.table.name, consumed)
      }
    }
  }

  private source(context: TableContext, { projection }: ScanAbilities): Source {
    const rows = this.tables.get(shortName(context.table.name))!
    const splits = 3
    const size = Math.ceil(rows.length / splits)
    const ownRows = (split: Split) =>
      rows.slice((split["number"] as number) * size, ((split["number"] as number) + 1) * size)
    const read = (split: Split): Batch | undefined => {
      const at = split["next"] as number
      const taken = ownRows(split).slice(at, at + 5)
      taken.filter((row) => row[0] === bad).forEach((row) =>
        context.onBad({
          bytes: new TextEncoder().encode(String(row[1])),
          offset: 7,
          row: at + 1,
          error: "Expected a row"
        }, "list")
      )
      const good = taken.filter((row) => row[0] !== bad)
      if (good.length === 0) return undefined
      return new Batch(
        good.length,
        projection.map(([k]) =>
          columnOfBoxed(context.table.physical[k!]!.type, good.map((row) => row[k!]))
        )
      )
    }
    return {
      boundedness: "bounded",
      guarantee: "exactly-once",
      enumerator: ({ restored }) => {
        let next = restored as number ?? 0
        return {
          next: () => next < splits ? { id: `${next}`, number: next++, next: 0 } : "done",
          snapshot: () => next,
          close: () => {}
        }
      },
      reader: () => {
        const held: Array<Split> = []
        let notify = (): void => {}
        return {
          open: (context) => {
            notify = context.notify
          },
          add: (split) => held.push(split),
          poll: () => {
            const split = held[0]
            if (split === undefined) return { kind: "empty" }
            if ((split["next"] as number) >= ownRows(split).length) {
              held.shift()
              return { kind: "finished", split: split.id }
            }
            const batch = read(split)
            held[0] = { ...split, next: (split["next"] as number) + 5 }
            if (batch === undefined) notify()
            return batch === undefined
              ? { kind: "empty" }
              : { kind: "batch", split: split.id, batch }
          },
          snapshot: () => held,
          close: () => {}
        }
      }
    }
  }

  private sink(table: string, consumed: RowType): Sink {
    const out: Array<Row> = []
    this.written.set(shortName(table), out)
    return {
      guarantee: "at-least-once",
      writer: () => ({
        open: () => {},
        ready: () => true,
        write: (batch) => out.push(...rowsOf(consumed, batch)),
        prepareCommit: () => Effect.succeed([]),
        snapshot: () => [],
        close: () => {}
      })
    }
  }

  /** Plans of the jobs of a script. */
  async plans(script: string, parallelism: number): Promise<ReadonlyArray<Plan>> {
    const session = Session.make({
      registry: this.registry,
      settings: { "parallelism.default": `${parallelism}` }
    })
    const plans: Array<Plan> = []
    for await (const outcome of session.run(script, "test.sql")) {
      if (outcome.kind === "job") plans.push(outcome.plan)
    }
    return plans
  }

  /** The graph of a plan, which went through JSON first. */
  compile(plan: Plan): Promise<Graph> {
    return compilePlan(JSON.parse(JSON.stringify(plan)) as Plan, {
      registry: this.registry,
      nowMillis: () => 1000,
      collect: (node, batch) => this.collected.push(...rowsOf(node.schema, batch))
    })
  }

  /** Plan and run all jobs of a script. */
  async run(script: string, parallelism = 1): Promise<void> {
    for (const plan of await this.plans(script, parallelism)) await run(await this.compile(plan))
  }

  /** What table `name` was told, sorted. */
  texts(name: string): ReadonlyArray<string> {
    return this.written.get(name)!.map(textOf).sort()
  }
}

function shortName(name: string): string {
  return name.split(".").at(-1)!
}

function rowsOf(type: RowType, batch: Batch): Array<Row> {
  return Array.from({ length: batch.rows }, (_, i) => ({
    kind: batch.kinds?.[i] ?? 0,
    values: type.map((field, k) => boxedAt(field.type, batch.columns[k]!, i))
  }))
}
