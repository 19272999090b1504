/**
 * Claim: a row that is looked up goes with the rows of its key, whether the table is read as a whole or asked, with and without a cache,
 * ordered however the answers come; a key without a row is asked for again as the hint says. Model: nested loops. A failure: an answer lost,
 * given twice, to the wrong row or out of order.
 */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import type { Column } from "../../src/batch/column.ts"
import { Batch } from "../../src/batch/element.ts"
import { type Boxed, boxedAt, columnOfBoxed } from "../../src/state/boxed.ts"
import type { ConnectorFactory } from "../../src/table/factory.ts"
import { cacheLimits, partialCacheOptions } from "../../src/table/lookup-options.ts"
import type { RowType } from "../../src/type/logical-type.ts"
import { keyText, seed } from "../state/kit.ts"
import { materialize, tableOf } from "../operator/kit.ts"
import { Memory } from "../operator/memory-connector.ts"

type Values = ReadonlyArray<Boxed>

/** A table that is asked. */
class Asked {
  rows: ReadonlyArray<Values> = []
  /** Keys asked for, in order. */
  readonly keys: Array<string> = []
  open = 0
  openMost = 0
  closed = 0
  /** How often a key has been asked for before it has rows. */
  readonly hiddenFor: Map<string, number> = new Map()
  answerMillis: (key: string) => number = () => 0
  requestKeysMax = 1

  factory(): ConnectorFactory {
    return {
      kind: "connector",
      identifier: "asked",
      package: "test-asked",
      description: "Answers from a list.",
      options: [...partialCacheOptions],
      formatKeys: [],
      lookup: {
        kind: "asked",
        cache: (context) => cacheLimits(context.options),
        problem: (_, keys) =>
          keys.some((field) => field.name === "w") ? "Column 'w' is no key" : undefined,
        make: ({ table }, { columns, keys }) => ({
          requestKeysMax: this.requestKeysMax,
          open: () => {},
          get: (values, count) => this.get(table.physical, columns, keys, values, count),
          close: () => {
            this.closed++
          }
        })
      }
    }
  }

  private get(
    physical: RowType,
    columns: RowType,
    keys: RowType,
    values: ReadonlyArray<Column>,
    count: number
  ): Effect.Effect<{ readonly batch: Batch | undefined; readonly keyOf: Int32Array }> {
    const at = (field: RowType[number]): number =>
      physical.findIndex((one) => one.name === field.name)
    const asked = Array.from(
      { length: count },
      (_, i) => keys.map((field, k) => boxedAt(field.type, values[k]!, i))
    )
    const texts = asked.map((key) => key.map(keyText).join(" "))
    const answer = () => {
      this.open--
      const found: Array<Values> = []
      const keyOf: Array<number> = []
      asked.forEach((key, i) => {
        const hidden = this.hiddenFor.get(texts[i]!) ?? 0
        this.hiddenFor.set(texts[i]!, hidden - 1)
        if (hidden > 0) return
        for (const row of this.rows) {
          if (!keys.every((field, k) => keyText(row[at(field)]!) === keyText(key[k]!))) continue
          found.push(row)
          keyOf.push(i)
        }
      })
      const batch = found.length === 0 ? undefined : new Batch(
        found.length,
        columns.map((field) => columnOfBoxed(field.type, found.map((row) => row[at(field)]!)))
      )
      return { batch, keyOf: Int32Array.from(keyOf) }
    }
    return Effect.suspend(() => {
      this.keys.push(...texts)
      this.open++
      this.openMost = Math.max(this.openMost, this.open)
      const millis = this.answerMillis(texts[0]!)
      return millis === 0 ? Effect.sync(answer) : Effect.sleep(millis).pipe(Effect.map(answer))
    })
  }
}

const schema = (options: string): string =>
  `
CREATE TABLE s (k BIGINT, v BIGINT, at AS PROCTIME()) WITH ('connector' = 'memory');
CREATE TABLE whole (k BIGINT, v BIGINT, w BIGINT) WITH ('connector' = 'memory');
CREATE TABLE asked (k BIGINT, v BIGINT, w BIGINT) WITH ('connector' = 'asked'${options});
`.replaceAll(" at AS", " moment AS")

const cell = fc.option(fc.bigInt(0n, 4n), { freq: 6 })
const lefts = fc.array(fc.tuple(cell, cell), { maxLength: 20 })
const rights = fc.array(fc.tuple(cell, cell, fc.bigInt(0n, 9n)), { maxLength: 10 })

interface Shape {
  readonly on: string
  readonly goes: (l: Values, r: Values) => boolean
}

const same = (a: Boxed, b: Boxed): boolean => a !== null && b !== null && a === b
const shapes: ReadonlyArray<Shape> = [
  { on: "s.k = r.k", goes: (l, r) => same(l[0]!, r[0]!) },
  { on: "r.k = s.k AND s.v = r.v", goes: (l, r) => same(l[0]!, r[0]!) && same(l[1]!, r[1]!) },
  {
    on: "s.k + 1 = r.k AND r.w > 4",
    goes: (l, r) => l[0] !== null && same((l[0] as bigint) + 1n, r[0]!) && (r[2] as bigint) > 4n
  },
  {
    on: "s.k = r.k AND s.v < r.v",
    goes: (l, r) =>
      same(l[0]!, r[0]!) && l[1] !== null && r[1] !== null && (l[1] as bigint) < (r[1] as bigint)
  }
]

const caches = [
  "",
  ", 'lookup.cache' = 'PARTIAL'",
  ", 'lookup.cache' = 'PARTIAL', 'lookup.partial-cache.max-rows' = '2', 'lookup.partial-cache.cache-missing-key' = 'false'",
  ", 'lookup.cache' = 'PARTIAL', 'lookup.partial-cache.expire-after-write' = '1 ms'"
]

describe("lookup join", () => {
  it("Session.run() gives each row with the rows of its key, from tables read as a whole or asked", async () => {
    const property = fc.asyncProperty(
      lefts,
      rights,
      fc.constantFrom(...shapes),
      fc.boolean(),
      fc.constantFrom(...caches),
      fc.constantFrom("whole", "asked"),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
      async (s, t, { on, goes }, isLeft, cache, table, parallelism, requestKeysMax) => {
        const asked = new Asked()
        asked.rows = t
        asked.requestKeysMax = requestKeysMax
        const memory = new Memory([asked.factory()])
        memory.tables.set("s", s)
        memory.tables.set("whole", t)
        await memory.run(
          `${schema(cache)} SELECT s.k, s.v, r.k, r.w FROM s ${
            isLeft ? "LEFT JOIN" : "JOIN"
          } ${table} FOR SYSTEM_TIME AS OF s.moment AS r ON ${on};`,
          parallelism
        )
        const want = s.flatMap((l): ReadonlyArray<Values> => {
          const own = t.filter((r) => goes(l, r)).map((r) => [...l, r[0], r[2]])
          return own.length === 0 && isLeft ? [[...l, null, null]] : own
        })
        assert.deepEqual(materialize(memory.collected), tableOf(want as never))
      }
    )
    await fc.assert(property, { seed, numRuns: 200 })
  })

  it("Session.run() gives rows in their order, however late an answer, and asks for several keys at once", async () => {
    const asked = new Asked()
    asked.rows = [0n, 1n, 2n, 3n, 4n].map((k) => [k, k, k])
    asked.answerMillis = (key) => 9 - 2 * Number(key.slice(1, 2))
    const memory = new Memory([asked.factory()])
    memory.tables.set("s", [0n, 1n, 2n, 3n, 4n, 3n, 1n].map((k, i) => [k, BigInt(i)]))
    const query = (hint: string): Promise<void> =>
      memory.run(
        `${
          schema("")
        } SELECT ${hint} s.v, r.w FROM s JOIN asked FOR SYSTEM_TIME AS OF PROCTIME() AS r ON s.k = r.k;`
      )
    const ordered = [0n, 1n, 2n, 3n, 4n, 3n, 1n].map((k, i) => [BigInt(i), k])
    await query("")
    assert.deepEqual(memory.collected.map((row) => row.values), ordered)
    assert.ok(asked.openMost > 1)
    asked.openMost = 0
    await query(
      "/*+ LOOKUP('table' = 'r', 'async' = 'true', 'output-mode' = 'allow_unordered', 'capacity' = '2') */"
    )
    assert.equal(asked.openMost, 2)
    asked.openMost = 0
    await query("/*+ LOOKUP('table' = 'asked', 'async' = 'false') */")
    assert.equal(asked.openMost, 1)
    assert.ok(asked.closed > 0)
  })

  it("Session.run() keeps answers as the cache says", async () => {
    const askedFor = async (cache: string): Promise<number> => {
      const asked = new Asked()
      asked.rows = [[1n, 1n, 1n], [2n, 2n, 2n]]
      const memory = new Memory([asked.factory()])
      // The source gives 5 rows at a time: three batches.
      memory.tables.set("s", Array.from({ length: 15 }, (_, i) => [BigInt(i % 3), 0n]))
      await memory.run(
        `${
          schema(cache)
        } SELECT s.k, r.w FROM s JOIN asked FOR SYSTEM_TIME AS OF s.moment AS r ON s.k = r.k;`
      )
      assert.equal(memory.collected.length, 10)
      return asked.keys.length
    }
    assert.deepEqual([await askedFor(caches[0]!), await askedFor(caches[1]!)], [9, 3])
    assert.ok(await askedFor(caches[2]!) > 3)
  })

  it("Session.run() asks again for a key without rows, as often as the hint says", async () => {
    const found = async (hiddenFor: number, attempts: number): Promise<number> => {
      const asked = new Asked()
      asked.rows = [[1n, 1n, 1n], [2n, 2n, 2n]]
      asked.requestKeysMax = 10
      asked.hiddenFor.set(`"2n"`, hiddenFor)
      const memory = new Memory([asked.factory()])
      memory.tables.set("s", [[1n, 0n], [2n, 0n]])
      await memory.run(
        `${
          schema("")
        } SELECT /*+ LOOKUP('table' = 'r', 'retry-predicate' = 'lookup_miss', 'retry-strategy' = 'fixed_delay', 'fixed-delay' = '2 ms', 'max-attempts' = '${attempts}') */
         s.k, r.w FROM s JOIN asked FOR SYSTEM_TIME AS OF s.moment AS r ON s.k = r.k;`
      )
      return memory.collected.length
    }
    assert.deepEqual([await found(2, 2), await found(3, 2), await found(3, 5)], [2, 1, 2])
  })

  it("Session.run() fails when an answer takes too long", async () => {
    const asked = new Asked()
    asked.answerMillis = () => 60_000
    const memory = new Memory([asked.factory()])
    memory.tables.set("s", [[1n, 0n]])
    await assert.rejects(
      memory.run(
        `${
          schema("")
        } SELECT /*+ LOOKUP('table' = 'r', 'timeout' = '5 ms') */ s.k FROM s JOIN asked FOR SYSTEM_TIME AS OF s.moment AS r ON s.k = r.k;`
      ),
      /did not answer within 5 ms/
    )
  })

  it("planJob() refuses tables and hints that do not fit", async () => {
    const plan = (sql: string): Promise<unknown> =>
      new Memory([new Asked().factory()]).plans(`${schema("")}${sql};`, 1)
    const from = "s.k FROM s JOIN asked FOR SYSTEM_TIME AS OF s.moment AS r ON"
    await assert.rejects(plan(`SELECT ${from} s.k > r.k`), /compared by = with at least one/)
    await assert.rejects(plan(`SELECT ${from} s.k = r.w`), /Column 'w' is no key/)
    const hinted = (hint: string): string => `SELECT /*+ ${hint} */ ${from} s.k = r.k`
    await assert.rejects(plan(hinted("LOOKUP('table' = 'x')")), /names 'x', which is no table/)
    await assert.rejects(
      plan(hinted("LOOKUP('table' = 'r', 'max-attempts' = '2')")),
      /needs all of/
    )
    await assert.rejects(
      plan(hinted("LOOKUP('table' = 'r', 'capacitty' = '1')")),
      /mean 'capacity'/
    )
    await assert.rejects(plan(hinted("BROADCAST(q)")), /names 'q'/)
    await assert.rejects(plan(hinted("STATE_TTL('r' = '1 d')")), /STATE_TTL is not supported yet/)
    await plan(hinted("BROADCAST(r), SHUFFLE_HASH(s, r)"))
  })
})
