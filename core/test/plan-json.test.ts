/**
 * Law 1 and 3 of `table/plan.ts` over scripts of every kind of node: a plan that went through JSON compiles to the same graph, no node
 * holds a function or a secret, and state ids do not depend on parallelism.
 */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import * as Effect from "effect/Effect"
import type { Graph } from "../src/graph/graph.ts"
import type { Sink } from "../src/sink/sink.ts"
import type { Source } from "../src/source/source.ts"
import { compilePlan } from "../src/table/compile.ts"
import { explainPlan, hideSecrets } from "../src/table/explain.ts"
import type { ConnectorFactory, Registry as Found } from "../src/table/factory.ts"
import type { Plan } from "../src/table/plan.ts"
import * as Registry from "../src/table/registry.ts"
import * as Session from "../src/table/session.ts"

const canary = "canary-51b7"
const changes = { insert: true, updateBefore: true, updateAfter: true, delete: true } as const
const inserts = { insert: true, updateBefore: false, updateAfter: false, delete: false } as const

const source: Source = {
  boundedness: "bounded",
  guarantee: "exactly-once",
  enumerator: () => ({ next: () => "done", snapshot: () => null, close: () => {} }),
  reader: () => ({
    open: () => {},
    add: () => {},
    poll: () => ({ kind: "empty" }),
    snapshot: () => [],
    close: () => {}
  })
}
const sink: Sink = {
  guarantee: "at-least-once",
  writer: () => ({
    open: () => {},
    ready: () => true,
    write: () => {},
    prepareCommit: () => Effect.succeed([]),
    snapshot: () => [],
    close: () => {}
  })
}
const factory: ConnectorFactory = {
  kind: "connector",
  identifier: "nothing",
  package: "test-nothing",
  description: "Reads and writes nothing.",
  options: [{ key: "password", kind: "string", secret: true, description: "A secret." }],
  formatKeys: [],
  source: {
    traits: () => ({
      boundedness: "bounded",
      changelog: inserts,
      metadata: {},
      nestedProjection: true
    }),
    make: () => source
  },
  sink: {
    traits: () => ({ changelog: changes, metadata: {}, partitioning: true, overwrite: true }),
    make: () => sink
  }
}
const registry: Found = Registry.make([factory])

const withClause = `WITH ('connector' = 'nothing', 'password' = '${canary}')`
const tables = `
CREATE TABLE orders (
  id BIGINT, item STRING, price DECIMAL(10, 2), quantity INT, ts TIMESTAMP(3),
  info ROW<city STRING, spot ROW<x DOUBLE, y DOUBLE>>, big AS quantity * 2,
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) ${withClause};
CREATE TABLE items (item STRING, name STRING, weight DOUBLE) ${withClause};
CREATE TABLE output (id BIGINT, total BIGINT) ${withClause};
CREATE TABLE other (id BIGINT, total BIGINT) ${withClause};
`
const windowed = "FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND))"

const scripts: ReadonlyArray<string> = [
  "SELECT id FROM orders;",
  "SELECT info.spot.x, big FROM orders WHERE quantity > 3 AND item LIKE 'a%';",
  "SELECT CASE WHEN price > 1.5 THEN 'dear' ELSE UPPER(item) END, CAST(id AS STRING) FROM orders;",
  "SELECT item, COUNT(*), SUM(quantity), AVG(price) FROM orders GROUP BY item;",
  "SELECT COUNT(*), COUNT(DISTINCT item) FILTER (WHERE price > 3) FROM orders;",
  `SELECT window_start, window_end, item, MAX(price) ${windowed} GROUP BY window_start, window_end, item;`,
  `SELECT id, window_end ${windowed};`,
  "SELECT o.id, i.name FROM orders o JOIN items i ON o.item = i.item AND o.quantity > i.weight;",
  "SELECT o.id, i.name FROM orders o LEFT JOIN items i ON o.item = i.item;",
  "SELECT id FROM orders WHERE item IN (SELECT item FROM items);",
  "SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY item ORDER BY price DESC) AS rn FROM orders) WHERE rn <= 3;",
  `SELECT * FROM (
     SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY total DESC) AS rn FROM (
       SELECT window_start, window_end, item, SUM(quantity) AS total ${windowed} GROUP BY window_start, window_end, item
     )) WHERE rn <= 2;`,
  "SELECT id FROM orders UNION ALL SELECT CAST(quantity AS BIGINT) FROM orders;",
  "SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v (n, t);",
  "INSERT INTO output SELECT id, CAST(COUNT(*) AS BIGINT) FROM orders GROUP BY id;",
  `EXECUTE STATEMENT SET BEGIN
     INSERT INTO output SELECT id, quantity FROM orders WHERE id > 5;
     INSERT INTO other SELECT id, COUNT(*) FROM orders GROUP BY id;
   END;`
]

async function planOf(script: string, parallelism: number): Promise<Plan> {
  const settings = { "parallelism.default": String(parallelism) }
  const session = Session.make({ registry, settings })
  let plan: Plan | undefined
  for await (const outcome of session.run(`${tables}${script}`, "test.sql")) {
    if (outcome.kind === "job") plan = outcome.plan
  }
  if (plan === undefined) throw new Error(`No job in ${script}`)
  return plan
}

function compiled(plan: Plan): Promise<Graph> {
  return compilePlan(plan, { registry, nowMillis: () => 0, collect: () => {} })
}

/** What can be compared of a graph: all but its functions. */
function shapeOf(graph: Graph): unknown {
  const nodes = graph.nodes.map(({ id, name, parallelism, inputs, work, chainable }) => ({
    id,
    name,
    parallelism,
    chainable,
    work: work.kind,
    inputs: inputs.map(({ from, port, exchange }) => ({ from, port, exchange: exchange.kind }))
  }))
  return { nodes, groupsMax: graph.groupsMax }
}

/** Every value in a plan that JSON cannot hold, by its path. */
function notData(value: unknown, path: string): ReadonlyArray<string> {
  if (value === null || value === undefined) return []
  if (typeof value === "object") {
    const plain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
    const inside = Object.entries(value).flatMap(([key, one]) => notData(one, `${path}.${key}`))
    return plain ? inside : [path, ...inside]
  }
  const fits = typeof value === "string" || typeof value === "boolean" ||
    typeof value === "number" && Number.isFinite(value)
  return fits ? [] : [path]
}

describe("Plan", () => {
  for (const script of scripts) {
    const title = script.replace(/\s+/g, " ").slice(0, 90)
    it(`Plan of ${title} is data that compiles to the same graph, without the secret`, async () => {
      for (const parallelism of [1, 3]) {
        const plan = await planOf(script, parallelism)
        assert.deepEqual(notData(plan, "plan"), [])
        const again = JSON.parse(JSON.stringify(plan)) as Plan
        assert.deepEqual(shapeOf(await compiled(again)), shapeOf(await compiled(plan)))
        // the options of `tables` are the one place where a secret that the script spells out may stand
        const { tables: _, ...rest } = plan
        assert.ok(!JSON.stringify(rest).includes(canary), "no node and no setting holds it")
        assert.ok(!JSON.stringify(hideSecrets(plan)).includes(canary), "it is printed without it")
        for (const json of [false, true]) {
          const text = explainPlan(plan, { changelog: true, json })
          assert.ok(!text.includes(canary), "EXPLAIN does not show it")
        }
      }
    })

    it(`PlanNode.uid of ${title} is the same at any parallelism`, async () => {
      const [one, two, seven] = await Promise.all([1, 2, 7].map((count) => planOf(script, count)))
      const uids = (plan: Plan): ReadonlyArray<string> => plan.nodes.map((node) => node.uid)
      assert.deepEqual(uids(two!), uids(one!))
      assert.deepEqual(uids(seven!), uids(one!))
      assert.equal(new Set(uids(one!)).size, one!.nodes.length)
      const source = two!.nodes.some((node) => node.parallelism === 2)
      assert.ok(source || two!.nodes.some((node) => node.work.kind === "values"))
    })
  }
})
