/** Functions of users: made by CREATE FUNCTION and given by a program, scalar and aggregate, in every runtime. */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import { fileURLToPath } from "node:url"
import type { Batch } from "../../src/batch/element.ts"
import { loadModule } from "../../src/runtime/host/load-module.ts"
import { readBoxed } from "../../src/table/code/boxed.ts"
import { compilePlan } from "../../src/table/compile.ts"
import type { Boxed } from "../../src/table/function/definition.ts"
import type { Plan } from "../../src/table/plan.ts"
import * as Registry from "../../src/table/registry.ts"
import * as Session from "../../src/table/session.ts"
import type { UserFunction } from "../../src/table/user/user-function.ts"
import { run } from "../runtime/kit.ts"
import { longest, ticket } from "./functions.ts"

const here = fileURLToPath(new URL("job.sql", import.meta.url))
const given: Readonly<Record<string, UserFunction>> = { ticket, Longest_Given: longest }

interface Told {
  readonly rows: ReadonlyArray<ReadonlyArray<Boxed>>
  readonly kinds: ReadonlyArray<number>
  readonly plans: ReadonlyArray<Plan>
  readonly tables: ReadonlyArray<ReadonlyArray<ReadonlyArray<string | null>>>
}

/** What the last query of a script gives; plans go through JSON. */
async function tell(script: string): Promise<Told> {
  const registry = Registry.make([])
  const session = Session.make({ registry, functions: given, loadModule })
  const plans: Array<Plan> = []
  const tables: Array<ReadonlyArray<ReadonlyArray<string | null>>> = []
  let rows: Array<ReadonlyArray<Boxed>> = []
  let kinds: Array<number> = []
  for await (const outcome of session.run(script, here)) {
    if (outcome.kind === "table") tables.push(outcome.rows)
    if (outcome.kind !== "job") continue
    plans.push(outcome.plan)
    rows = []
    kinds = []
    const plan = JSON.parse(JSON.stringify(outcome.plan)) as Plan
    const collect = (node: { readonly schema: Plan["nodes"][number]["schema"] }, batch: Batch) => {
      for (let i = 0; i < batch.rows; i++) {
        rows.push(node.schema.map((field, k) => readBoxed(batch.columns[k]!, i, field.type)))
        kinds.push(batch.kinds?.[i] ?? 0)
      }
    }
    const input = { registry, nowMillis: () => 1000, collect, functions: given, loadModule }
    await run(await compilePlan(plan, input))
  }
  return { rows, kinds, plans, tables }
}

async function fails(script: string, message: RegExp): Promise<void> {
  await assert.rejects(tell(script), (error: unknown) => {
    const texts: Array<string> = []
    for (
      let at = error as Error | undefined;
      at !== undefined;
      at = at.cause as Error | undefined
    ) {
      texts.push(at.message)
    }
    assert.match(texts.join("\n"), message)
    return true
  })
}

describe("CREATE FUNCTION", () => {
  it("CREATE FUNCTION makes functions of a module's exports, found by any case of the name", async () => {
    const { rows, plans } = await tell(`
      CREATE FUNCTION Count_Char AS './functions.ts#countChar';
      CREATE TEMPORARY FUNCTION IF NOT EXISTS half AS 'functions.ts#half';
      SELECT s, count_char(s, 'a'), default_catalog.default_database.COUNT_CHAR(s, CAST('n' AS VARCHAR(3))), half(3)
      FROM (VALUES ('banana'), (CAST(NULL AS STRING))) AS t (s)`)
    assert.deepEqual(rows, [["banana", 3n, 2n, 1.5], [null, null, null, 1.5]])
    assert.deepEqual(
      plans[0]!.functions!.map((one) => [one.name, one.export]),
      [
        ["user:default_catalog.default_database.count_char", "countChar"],
        ["user:default_catalog.default_database.half", "half"]
      ]
    )
  })

  it("CREATE TEMPORARY SYSTEM FUNCTION hides what is built in until it is dropped", async () => {
    const { tables } = await tell(`
      CREATE TEMPORARY SYSTEM FUNCTION md5 AS 'functions.ts#half';
      SHOW USER FUNCTIONS;
      DROP TEMPORARY SYSTEM FUNCTION md5;
      SHOW USER FUNCTIONS;`)
    assert.deepEqual(tables.map((rows) => rows.map(([name]) => name)), [
      ["longest_given", "md5", "ticket"],
      ["longest_given", "ticket"]
    ])
    const script = "CREATE TEMPORARY SYSTEM FUNCTION md5 AS 'functions.ts#half'; SELECT MD5(5e0)"
    assert.deepEqual((await tell(script)).rows, [[2.5]])
  })

  it("CREATE FUNCTION and what follows it tell what is wrong, with the place", async () => {
    const create = "CREATE FUNCTION f AS"
    await fails(`${create} 'functions.ts#none'`, /exports no 'none' \(functions: .*countChar/)
    await fails(`${create} 'functions.ts#notOne'`, /is no function made by UserFunction/)
    await fails(`${create} 'nowhere.ts#f'`, /module 'nowhere.ts' does not load/)
    await fails(`${create} 'F' LANGUAGE JAVA`, /JAVA/)
    await fails(`${create} 'functions.ts#half'; ${create} 'functions.ts#half'`, /already exists/)
    await fails("DROP FUNCTION f", /does not exist/)
    await fails(`${create} 'functions.ts#countChar'; SELECT f('a')`, /wants 2 arguments, not 1/)
    await fails(
      `${create} 'functions.ts#countChar'; SELECT f('a', 1)`,
      /Argument 2 .* must be VARCHAR/
    )
    await fails(
      `${create} 'functions.ts#wrong'; SELECT f(1)`,
      /gave a string where its result is INT/
    )
    await fails(
      `${create} 'functions.ts#wrong'; SELECT f(2)`,
      /gave a number where its result is INT/
    )
    await fails("SELECT no_such_function(1)", /is not known/)
  })
})

describe("UserFunction", () => {
  it("UserFunction.scalar() gets and gives values of all types", async () => {
    const row =
      "CAST(ROW(TRUE, 7, 9007199254740993, -1.50, 'ü', X'00ff', DATE '1969-12-31', TIMESTAMP '2020-02-29 23:59:59.123', TO_TIMESTAMP_LTZ(-1, 3), ARRAY[1, 2], MAP['k', 5]) AS ROW<b BOOLEAN, i INT, l BIGINT, d DECIMAL(10, 2), s STRING, y BYTES, a DATE, t TIMESTAMP(3), z TIMESTAMP_LTZ(3), r ARRAY<INT>, m MAP<STRING, INT>>)"
    const { rows } = await tell(
      `CREATE FUNCTION echo AS 'functions.ts#echo'; SELECT CAST(echo(${row}) AS STRING), CAST(${row} AS STRING)`
    )
    assert.equal(rows[0]![0], rows[0]![1])
  })

  it("UserFunction.table() gives rows to be joined with the row that they are made from", async () => {
    const create =
      "CREATE FUNCTION words AS 'functions.ts#words'; CREATE FUNCTION up_to AS 'functions.ts#upTo';"
    const values = "(VALUES (1, 'to be or'), (2, CAST(NULL AS STRING)), (3, 'not')) AS t (id, s)"
    const wanted = [[1, "to", 2], [1, "be", 2], [1, "or", 2], [3, "not", 3]]
    for (
      const from of [
        `${values}, LATERAL TABLE(words(s))`,
        `${values} CROSS JOIN LATERAL TABLE(words(s)) AS w (word, size)`,
        `${values} JOIN LATERAL TABLE(words(s)) AS w (word, size) ON TRUE`
      ]
    ) assert.deepEqual((await tell(`${create} SELECT id, word, size FROM ${from}`)).rows, wanted)
    const left = `${values} LEFT JOIN LATERAL TABLE(words(s)) AS w (word, size) ON TRUE`
    const { rows } = await tell(`${create} SELECT id, word FROM ${left} WHERE id > 1`)
    assert.deepEqual(rows, [[2, null], [3, "not"]])
    const plain = await tell(
      `${create} SELECT id, n FROM ${values}, LATERAL TABLE(up_to(id)) AS u (n)`
    )
    assert.deepEqual(plain.rows, [[1, 1], [2, 1], [2, 2], [3, 1], [3, 2], [3, 3]])
    await fails(`${create} SELECT words('a b')`, /Table function WORDS cannot stand in SELECT/)
  })

  it("UserFunction.scalar() that is not deterministic is called for each row", async () => {
    const { rows } = await tell("SELECT ticket(), ticket() FROM (VALUES (1), (2)) AS t (a)")
    assert.equal(new Set(rows.flat()).size, 4)
  })

  it("UserFunction.aggregate() adds, takes back and merges", async () => {
    const create = "CREATE FUNCTION weighted AS 'functions.ts#weighted';"
    const values =
      "(VALUES ('x', 1e0, 1), ('x', 4e0, 2), ('y', 5e0, 0), ('y', CAST(NULL AS DOUBLE), 3)) AS t (k, v, w)"
    const grouped = await tell(`${create} SELECT k, weighted(v, w) FROM ${values} GROUP BY k`)
    assert.deepEqual(grouped.rows.filter((_, i) => grouped.kinds[i] !== 1).slice(-2), [["x", 3], [
      "y",
      null
    ]])
    const alone = await tell(
      `${create} SELECT weighted(v, w) FILTER (WHERE k = 'x') FROM ${values}`
    )
    assert.deepEqual(alone.rows.at(-1), [3])
    // The groups change, so what was added is taken back.
    const twice = await tell(
      `${create} SELECT weighted(m, n) FROM (SELECT k, MAX(v) AS m, CAST(COUNT(*) AS INT) AS n FROM ${values} GROUP BY k)`
    )
    assert.deepEqual(twice.rows.at(-1), [4.5])
    await fails(
      `SELECT longest_given(m) FROM (SELECT k, MAX(k) AS m FROM ${values} GROUP BY k)`,
      /its input takes rows back: give the function a retract/
    )
  })
})
