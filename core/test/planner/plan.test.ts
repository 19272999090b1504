import { describe, it } from "node:test"
import assert from "node:assert/strict"
import type { Plan } from "../../src/table/plan.ts"
import { kindsOf, nodesOf, planOf, tables } from "./support.ts"

const nexmark = `
CREATE TABLE events (
  event_type INT,
  person ROW<id BIGINT, name STRING, \`dateTime\` TIMESTAMP(3)>,
  bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, \`dateTime\` TIMESTAMP(3)>,
  ts AS CASE WHEN event_type = 0 THEN person.\`dateTime\` ELSE bid.\`dateTime\` END,
  WATERMARK FOR ts AS ts - INTERVAL '4' SECOND
) WITH ('connector' = 'CONNECTOR', 'path' = 'events', 'format' = 'json');
CREATE VIEW bid AS SELECT bid.auction, bid.bidder, bid.price, ts AS \`dateTime\` FROM events WHERE event_type = 2;
`
const events = nexmark.replace("CONNECTOR", "filesystem")

function uids(plan: Plan): ReadonlyArray<string> {
  return plan.nodes.map((node) => node.uid)
}

describe("planJob() on scans", () => {
  it("reads single fields of ROW columns, and no event time that nothing waits for", async () => {
    const plan = await planOf(`${events} SELECT auction, COUNT(*) FROM bid GROUP BY auction;`)
    assert.deepEqual(kindsOf(plan), ["scan", "calc", "group-aggregate", "collect"])
    const [scan] = nodesOf(plan, "scan")
    assert.deepEqual(scan!.work.projection, [[0], [2, 0]])
    assert.equal(scan!.work.watermark, undefined)
    assert.equal(scan!.work.compute, undefined)
    assert.equal(scan!.work.filters.length, 1)
  })

  it("reads nothing for branches of a CASE that a filter excludes", async () => {
    const plan = await planOf(`${events} SELECT auction, DATE_FORMAT(\`dateTime\`, 'HH') FROM bid;`)
    assert.deepEqual(nodesOf(plan, "scan")[0]!.work.projection, [[0], [2, 0], [2, 3]])
    assert.doesNotMatch(JSON.stringify(nodesOf(plan, "calc")), /"case"/)
    const kept = await planOf(`${events} SELECT ts FROM events WHERE event_type > 0;`)
    assert.match(JSON.stringify(nodesOf(kept, "calc")), /"case"/)
  })

  it("reads whole columns when the connector cannot read fields", async () => {
    const plan = await planOf(`${nexmark.replace("CONNECTOR", "columns")} SELECT auction FROM bid;`)
    assert.deepEqual(nodesOf(plan, "scan")[0]!.work.projection, [[0], [2]])
    const [calc] = nodesOf(plan, "calc")
    assert.equal(calc!.work.projection[0]!.op, "field")
  })

  it("unites the columns of all statements and gives the source only filters they share", async () => {
    const plan = await planOf(`${tables}
      EXECUTE STATEMENT SET BEGIN
        INSERT INTO output SELECT id, 1 FROM orders WHERE id > 5 AND quantity > 1;
        INSERT INTO output SELECT id, quantity FROM orders WHERE id > 5;
      END;`)
    const scans = nodesOf(plan, "scan")
    assert.equal(scans.length, 1)
    assert.deepEqual(scans[0]!.work.projection, [[0], [3]])
    assert.equal(scans[0]!.work.filters.length, 1)
    assert.equal(nodesOf(plan, "sink").length, 2)
  })

  it("reads metadata behind the physical columns", async () => {
    const plan = await planOf(`
      CREATE TABLE m (a INT, o BIGINT NOT NULL METADATA FROM 'offset' VIRTUAL, b INT)
      WITH ('connector' = 'filesystem', 'path' = 'm');
      SELECT b, o FROM m;`)
    const [scan] = nodesOf(plan, "scan")
    assert.deepEqual([scan!.work.projection, scan!.work.metadata], [[[1]], ["offset"]])
  })

  it("reads some column when rows are only counted", async () => {
    const plan = await planOf(`${tables} SELECT COUNT(*) FROM items;`)
    assert.deepEqual(nodesOf(plan, "scan")[0]!.work.projection, [[2]])
    assert.deepEqual(nodesOf(plan, "group-aggregate")[0]!.inputs[0]!.exchange, { kind: "single" })
  })
})

describe("planJob() on windows", () => {
  const windowed = "FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND))"

  it("keeps the window through views, projections and filters", async () => {
    const plan = await planOf(`${tables}
      CREATE VIEW w AS SELECT window_start AS s, window_end AS e, price AS p, id ${windowed} WHERE id > 1;
      SELECT s, e, id, MAX(p) FROM w WHERE p > 2 GROUP BY s, e, id;`)
    const [aggregate] = nodesOf(plan, "window-aggregate")
    assert.equal(aggregate!.work.keys.length, 1)
    assert.equal(nodesOf(plan, "window-assign").length, 0)
    assert.equal(
      plan.nodes[aggregate!.inputs[0]!.node]!.schema[aggregate!.work.timeColumn]!.name,
      "ts"
    )
  })

  it("assigns windows when nothing aggregates them", async () => {
    const plan = await planOf(`${tables} SELECT id, window_end ${windowed};`)
    assert.deepEqual(kindsOf(plan), ["scan", "window-assign", "calc", "collect"])
  })

  it("aggregates windows of windows by the same window", async () => {
    const plan = await planOf(`${tables}
      SELECT s, e, MAX(c) FROM (
        SELECT window_start s, window_end e, id, COUNT(*) c ${windowed} GROUP BY window_start, window_end, id
      ) GROUP BY s, e;`)
    assert.equal(nodesOf(plan, "window-aggregate").length, 2)
  })

  it("takes the older TUMBLE of GROUP BY", async () => {
    const plan = await planOf(`${tables}
      SELECT TUMBLE_START(ts, INTERVAL '1' MINUTE), id, SUM(quantity) FROM orders
      GROUP BY id, TUMBLE(ts, INTERVAL '1' MINUTE) HAVING SUM(quantity) > 3;`)
    assert.deepEqual(kindsOf(plan), ["scan", "window-aggregate", "calc", "collect"])
    assert.deepEqual(nodesOf(plan, "window-aggregate")[0]!.work.properties, ["window_start"])
  })

  it("groups by the start alone without a window", async () => {
    const plan = await planOf(
      `${tables} SELECT window_start, COUNT(*) ${windowed} GROUP BY window_start;`
    )
    assert.equal(nodesOf(plan, "window-aggregate").length, 0)
    assert.equal(nodesOf(plan, "group-aggregate").length, 1)
  })

  it("reads the offset of named arguments", async () => {
    const plan = await planOf(`${tables}
      SELECT window_start, window_end, COUNT(*) FROM TABLE(TUMBLE(
        DATA => TABLE orders, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '1' HOUR, \`OFFSET\` => INTERVAL '15' MINUTE))
      GROUP BY window_start, window_end;`)
    const [aggregate] = nodesOf(plan, "window-aggregate")
    assert.deepEqual(aggregate!.work.window, {
      kind: "tumble",
      sizeMillis: 3600000,
      offsetMillis: 900000
    })
  })
})

describe("planJob() on windows that overlap and on sessions", () => {
  const hop =
    "FROM TABLE(HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '10' SECOND))"
  const session =
    "FROM TABLE(SESSION(TABLE orders PARTITION BY id, DESCRIPTOR(ts), INTERVAL '10' SECOND))"

  it("aggregates hopping windows by their event time, and windows of them as they are", async () => {
    const plan = await planOf(`${tables}
      SELECT window_start, MAX(c) FROM (
        SELECT window_start, window_end, id, COUNT(*) c ${hop} GROUP BY window_start, window_end, id
      ) GROUP BY window_start, window_end;`)
    const [first, second] = nodesOf(plan, "window-aggregate")
    assert.equal(nodesOf(plan, "window-assign").length, 0)
    assert.deepEqual(first!.work.window, {
      kind: "hop",
      sizeMillis: 10000,
      slideMillis: 2000,
      offsetMillis: 0
    })
    assert.equal(first!.work.given, undefined)
    assert.notEqual(second!.work.given, undefined)
  })

  it("assigns windows first when what is computed looks at the window", async () => {
    const plan = await planOf(`${tables}
      SELECT window_end, COUNT(*) ${hop} WHERE ts > window_start GROUP BY window_start, window_end;`)
    assert.equal(nodesOf(plan, "window-assign").length, 1)
    assert.notEqual(nodesOf(plan, "window-aggregate")[0]!.work.given, undefined)
  })

  it("keeps windows that multiply rows although nobody reads their columns", async () => {
    const plan = await planOf(`${tables} SELECT id ${hop};`)
    assert.equal(nodesOf(plan, "window-assign").length, 1)
  })

  it("aggregates sessions by their partition, and by other keys over sessions as they are", async () => {
    const own = await planOf(
      `${tables} SELECT id, COUNT(*) ${session} GROUP BY id, window_start, window_end;`
    )
    assert.equal(nodesOf(own, "window-assign").length, 0)
    const other = await planOf(
      `${tables} SELECT item, COUNT(*) ${session} GROUP BY item, window_start, window_end;`
    )
    assert.equal(nodesOf(other, "window-assign").length, 1)
    assert.notEqual(nodesOf(other, "window-aggregate")[0]!.work.given, undefined)
  })

  it("filters behind sessions, but before the windows of a whole partition", async () => {
    const plan = await planOf(`${tables} SELECT * ${session} WHERE quantity > 1 AND id = 2;`)
    const [assign] = nodesOf(plan, "window-assign")
    const below = plan.nodes[assign!.inputs[0]!.node]!
    const above = plan.nodes.find((node) => node.inputs[0]?.node === assign!.id)!
    assert.match(JSON.stringify([below.work]), /"equals"/)
    assert.match(JSON.stringify([above.work]), /"greaterThan"/)
  })

  it("makes windows of processing time of the time at which rows come, without the table's watermark", async () => {
    const timed = "(SELECT *, PROCTIME() AS p FROM orders WHERE id > 1)"
    const plan = await planOf(`${tables}
      SELECT id, window_end, COUNT(*) FROM TABLE(TUMBLE(${timed}, DESCRIPTOR(p), INTERVAL '1' MINUTE))
      GROUP BY id, window_start, window_end;`)
    const kinds = ["scan", "calc", "processing-time", "window-aggregate", "calc", "collect"]
    assert.deepEqual(kindsOf(plan), kinds)
    assert.equal(nodesOf(plan, "scan")[0]!.work.watermark, undefined)
    const older = await planOf(`${tables}
      SELECT SESSION_END(p, INTERVAL '1' MINUTE), SESSION_PROCTIME(p, INTERVAL '1' MINUTE), COUNT(*)
      FROM ${timed} GROUP BY id, SESSION(p, INTERVAL '1' MINUTE);`)
    assert.deepEqual(kindsOf(older), kinds)
  })

  it("takes the older HOP and SESSION of GROUP BY", async () => {
    const plan = await planOf(`${tables}
      SELECT SESSION_START(ts, INTERVAL '1' MINUTE), SESSION_END(ts, INTERVAL '1' MINUTE), id, SUM(quantity)
      FROM orders GROUP BY id, SESSION(ts, INTERVAL '1' MINUTE);`)
    const [aggregate] = nodesOf(plan, "window-aggregate")
    assert.deepEqual(aggregate!.work.window, { kind: "session", gapMillis: 60000 })
    assert.deepEqual(aggregate!.work.properties, ["window_start", "window_end"])
    const hopping = await planOf(`${tables}
      SELECT HOP_END(ts, INTERVAL '1' MINUTE, INTERVAL '90' SECOND), COUNT(*)
      FROM orders GROUP BY HOP(ts, INTERVAL '1' MINUTE, INTERVAL '90' SECOND);`)
    assert.equal(nodesOf(hopping, "window-aggregate")[0]!.work.window.kind, "hop")
  })
})

describe("planJob() on aggregates, joins and ranks", () => {
  it("computes arguments, filters and keys first and each equal call once", async () => {
    const plan = await planOf(`${tables}
      SELECT id % 10, COUNT(*), COUNT(*) + 1, SUM(quantity * 2), COUNT(DISTINCT item) FILTER (WHERE price > 3)
      FROM orders GROUP BY id % 10;`)
    const [aggregate] = nodesOf(plan, "group-aggregate")
    const { aggregates } = aggregate!.work
    assert.deepEqual(
      aggregates.map((call) => [call.name, call.distinct, call.filter !== undefined]),
      [
        ["count", false, false],
        ["sum", false, false],
        ["count", true, true]
      ]
    )
  })

  it("groups by the number or the name of an item", async () => {
    const byName = await planOf(
      `${tables} SELECT UPPER(item) AS u, COUNT(*) FROM orders GROUP BY u;`
    )
    const byNumber = await planOf(`${tables} SELECT UPPER(item), COUNT(*) FROM orders GROUP BY 1;`)
    const whole = await planOf(
      `${tables} SELECT UPPER(item), COUNT(*) FROM orders GROUP BY UPPER(item);`
    )
    assert.deepEqual(uids(byName), uids(whole))
    assert.deepEqual(uids(byNumber), uids(whole))
  })

  it("takes equalities from ON and WHERE as keys and leaves the rest as condition", async () => {
    const plan = await planOf(`${tables}
      SELECT o.id, i.name FROM orders o, items i
      WHERE o.item = i.item AND o.quantity > i.weight AND i.weight > 1 AND o.id > 2;`)
    const [join] = nodesOf(plan, "join")
    assert.equal(join!.work.type, "inner")
    assert.deepEqual([join!.work.leftKeys.length, join!.work.rightKeys.length], [1, 1])
    assert.equal(join!.work.condition!.op, "call")
    const conditions = join!.inputs.map(({ node }) => plan.nodes[node]!.work)
    assert.ok(conditions.every((work) => work.kind === "calc" && work.condition !== undefined))
  })

  it("keeps conditions of the outer side at an outer join", async () => {
    const plan = await planOf(`${tables}
      SELECT o.id, i.name FROM orders o LEFT JOIN items i ON o.item = i.item AND o.id > 2 AND i.weight > 1;`)
    const [join] = nodesOf(plan, "join")
    assert.notEqual(join!.work.condition, undefined)
    assert.deepEqual(join!.changelog, {
      insert: true,
      updateBefore: false,
      updateAfter: false,
      delete: true
    })
    assert.equal(join!.schema.at(-1)!.type.nullable, true)
  })

  it("casts keys of two types to their common type", async () => {
    const plan = await planOf(
      `${tables} SELECT a.id FROM orders a JOIN orders b ON a.id = b.quantity;`
    )
    const [join] = nodesOf(plan, "join")
    const types = [join!.work.leftKeys, join!.work.rightKeys].map((keys, side) =>
      plan.nodes[join!.inputs[side]!.node]!.schema[keys[0]!]!.type.kind
    )
    assert.deepEqual(types, ["BIGINT", "BIGINT"])
  })

  it("joins by IN with a query as a semi join", async () => {
    const plan = await planOf(
      `${tables} SELECT id FROM orders WHERE item IN (SELECT item FROM items WHERE weight > 2);`
    )
    const [join] = nodesOf(plan, "join")
    assert.equal(join!.work.type, "semi")
  })

  it("ranks rows by an upper bound on their number, written either way round", async () => {
    for (const bound of ["n <= 2", "2 >= n", "n < 3", "n BETWEEN 1 AND 2"]) {
      const plan = await planOf(`${tables}
        SELECT id, n FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY item ORDER BY price DESC) n FROM orders) WHERE ${bound};`)
      const [rank] = nodesOf(plan, "rank")
      assert.deepEqual(
        [rank!.work.rankFrom, rank!.work.rankTo, rank!.work.withRank],
        [1, 2, true],
        bound
      )
    }
  })

  it("leaves the rank out when nobody reads it", async () => {
    const plan = await planOf(`${tables}
      SELECT id FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY item ORDER BY price) n FROM orders) WHERE n = 1;`)
    assert.equal(nodesOf(plan, "rank")[0]!.work.withRank, false)
  })

  it("filters by keys before grouping, but not when the group is shared", async () => {
    const alone = await planOf(`${tables}
      SELECT * FROM (SELECT id, COUNT(*) AS n FROM orders GROUP BY id) WHERE id > 5;`)
    assert.deepEqual(kindsOf(alone), ["scan", "calc", "group-aggregate", "collect"])
    const shared = await planOf(`${tables}
      CREATE VIEW counts AS SELECT id, COUNT(*) AS n FROM orders GROUP BY id;
      EXECUTE STATEMENT SET BEGIN
        INSERT INTO changes SELECT id, n FROM counts;
        INSERT INTO changes SELECT id, n FROM counts WHERE id > 5;
      END;`)
    assert.equal(nodesOf(shared, "group-aggregate").length, 1)
  })

  it("gives rows as they were only to those who need them", async () => {
    const counts = "SELECT id, COUNT(*) FROM orders GROUP BY id"
    const upsert = await planOf(`${tables} INSERT INTO latest ${counts};`)
    const retract = await planOf(`${tables} INSERT INTO changes ${counts};`)
    assert.equal(nodesOf(upsert, "group-aggregate")[0]!.changelog.updateBefore, false)
    assert.equal(nodesOf(retract, "group-aggregate")[0]!.changelog.updateBefore, true)
    const filtered = await planOf(`${tables}
      INSERT INTO latest SELECT * FROM (SELECT id, COUNT(*) AS n FROM orders GROUP BY id) WHERE n > 3;`)
    assert.equal(nodesOf(filtered, "group-aggregate")[0]!.changelog.updateBefore, true)
  })

  it("unites queries of different types, and their rows once for UNION", async () => {
    const all = await planOf(
      `${tables} SELECT id FROM orders UNION ALL SELECT quantity FROM orders;`
    )
    assert.equal(nodesOf(all, "union")[0]!.schema[0]!.type.kind, "BIGINT")
    const distinct = await planOf(
      `${tables} SELECT id FROM orders UNION SELECT quantity FROM orders;`
    )
    assert.equal(nodesOf(distinct, "group-aggregate").length, 1)
  })

  it("folds constants and runs a query without tables", async () => {
    const plan = await planOf("SELECT 1 + 2, 'a' || 'b';")
    const [calc] = nodesOf(plan, "calc")
    assert.deepEqual(calc!.work.projection.map((value) => value.op === "literal" && value.value), [
      "3",
      "ab"
    ])
  })
})

describe("planJob() on parallelism", () => {
  const parallel = { "parallelism.default": "2" }

  it("deals by key, does not deal twice by the same key, and brings all to one place without a key", async () => {
    const plan = await planOf(
      `${tables} SELECT a.id, a.n, i.name FROM (SELECT item, MAX(id) AS id, COUNT(*) AS n FROM orders GROUP BY item) a JOIN items i ON a.item = i.item;`,
      parallel
    )
    const [join] = nodesOf(plan, "join")
    assert.equal(join!.parallelism, 2)
    assert.deepEqual(join!.inputs.map((from) => from.exchange.kind), ["forward", "hash"])
    const whole = await planOf(`${tables} SELECT COUNT(*) FROM orders;`, parallel)
    assert.equal(nodesOf(whole, "group-aggregate")[0]!.parallelism, 1)
  })

  it("takes the parallelism of a sink from its option", async () => {
    const plan = await planOf(
      `${tables}
      CREATE TABLE alone (id BIGINT) WITH ('connector' = 'filesystem', 'path' = 'x', 'sink.parallelism' = '1');
      INSERT INTO alone SELECT id FROM orders;`,
      parallel
    )
    const [sink] = nodesOf(plan, "sink")
    assert.equal(sink!.parallelism, 1)
    assert.equal(sink!.inputs[0]!.exchange.kind, "rebalance")
  })
})

describe("planJob() on OVER", () => {
  const over = async (call: string, from = "orders"): Promise<string> => {
    const [node] = nodesOf(await planOf(`${tables} SELECT id, ${call} FROM ${from};`), "over")
    return node!.work.mode
  }

  it("gives each row once in order of time, and changes in any other order", async () => {
    assert.equal(await over("SUM(id) OVER (PARTITION BY item ORDER BY ts)"), "event-time")
    assert.equal(await over("ROW_NUMBER() OVER (ORDER BY ts)"), "event-time")
    assert.equal(await over("LAG(id) OVER (ORDER BY ts)"), "event-time")
    const arriving = "(SELECT *, PROCTIME() AS p FROM orders)"
    assert.equal(await over("COUNT(*) OVER (ORDER BY p)", arriving), "processing-time")
    assert.equal(await over("SUM(id) OVER (ORDER BY ts DESC)"), "update")
    assert.equal(await over("SUM(id) OVER (ORDER BY id)"), "update")
    assert.equal(await over("LEAD(id) OVER (ORDER BY ts)"), "update")
    assert.equal(
      await over("MAX(quantity) OVER (ORDER BY ts ROWS BETWEEN CURRENT ROW AND 2 FOLLOWING)"),
      "update"
    )
  })

  it("makes one node of the calls over one window, and one of each window", async () => {
    const plan = await planOf(`${tables}
      SELECT SUM(id) OVER w, COUNT(*) OVER (w ROWS 2 PRECEDING), MAX(id) OVER (PARTITION BY id ORDER BY ts)
      FROM orders WINDOW w AS (PARTITION BY item ORDER BY ts);`)
    const nodes = nodesOf(plan, "over")
    assert.deepEqual(nodes.map(({ work }) => work.calls.length), [2, 1])
    assert.deepEqual(nodes[0]!.work.frames, [
      { unit: "range", low: "unbounded", high: 0 },
      { unit: "rows", low: -2, high: 0 }
    ])
    assert.deepEqual(nodes.map(({ inputs }) => inputs[0]!.exchange.kind), ["hash", "hash"])
  })

  it("counts ranges in units of the order's column", async () => {
    const low = async (order: string, offset: string): Promise<unknown> => {
      const call =
        `COUNT(*) OVER (ORDER BY ${order} RANGE BETWEEN ${offset} PRECEDING AND CURRENT ROW)`
      const [node] = nodesOf(await planOf(`${tables} SELECT ${call} FROM orders;`), "over")
      return node!.work.frames[0]!.low
    }
    assert.equal(await low("ts", "INTERVAL '2' MINUTE"), -120000)
    assert.equal(await low("price", "1.5"), -150)
    assert.equal(await low("CAST(ts AS DATE)", "INTERVAL '3' DAY"), -3)
  })

  it("filters whole partitions before it computes", async () => {
    const plan = await planOf(`${tables}
      SELECT * FROM (SELECT item, SUM(id) OVER (PARTITION BY item ORDER BY ts) AS s FROM orders)
      WHERE item = 'a' AND s > 3;`)
    assert.deepEqual(kindsOf(plan), ["scan", "calc", "over", "calc", "collect"])
  })
})

describe("planJob() on mini-batches", () => {
  const query = `${tables} SELECT item, COUNT(*) FROM orders GROUP BY item;`
  const enabled = {
    "table.exec.mini-batch.enabled": "true",
    "table.exec.mini-batch.size": "500",
    "table.exec.mini-batch.allow-latency": "2 s"
  }

  it("bundles rows of aggregations over streams when the options say so", async () => {
    const [plain] = nodesOf(await planOf(query), "group-aggregate")
    assert.equal(plain!.work.bundle, undefined)
    const [bundled] = nodesOf(await planOf(query, enabled), "group-aggregate")
    assert.deepEqual(bundled!.work.bundle, { rows: 500, latencyMillis: 2000 })
    assert.equal(bundled!.uid, plain!.uid)
    const batch = { ...enabled, "execution.runtime-mode": "batch" }
    assert.equal(nodesOf(await planOf(query, batch), "group-aggregate")[0]!.work.bundle, undefined)
  })

  it("wants a size and a latency above zero", async () => {
    await assert.rejects(
      planOf(query, { ...enabled, "table.exec.mini-batch.size": "0" }),
      /'table.exec.mini-batch.size' must be above zero when 'table.exec.mini-batch.enabled' is true, but is 0/
    )
  })
})

describe("planJob() on sinks with a primary key", () => {
  const insert = "INSERT INTO latest SELECT MAX(quantity), id FROM orders GROUP BY id;"
  const same = "INSERT INTO latest SELECT id, COUNT(*) FROM orders GROUP BY id;"
  const kinds = async (
    script: string,
    settings: Readonly<Record<string, string>> = {}
  ): Promise<ReadonlyArray<string>> => kindsOf(await planOf(`${tables} ${script}`, settings))

  it("makes changes by the query's key changes by the table's", async () => {
    const plan = await planOf(`${tables} ${insert}`, { "parallelism.default": "2" })
    const [node] = nodesOf(plan, "upsert-materialize")
    assert.deepEqual(node!.work.keys, [0])
    assert.deepEqual(node!.inputs[0]!.exchange, { kind: "hash", keys: [0] })
    assert.deepEqual(node!.changelog, {
      insert: true,
      updateBefore: false,
      updateAfter: true,
      delete: true
    })
    assert.equal(nodesOf(plan, "group-aggregate")[0]!.changelog.updateBefore, true)
    assert.ok(!(await kinds(same)).includes("upsert-materialize"))
    const retract = insert.replace("latest", "changes")
    assert.ok(!(await kinds(retract)).includes("upsert-materialize"))
  })

  it("does so never or always, as 'table.exec.sink.upsert-materialize' says", async () => {
    const key = "table.exec.sink.upsert-materialize"
    assert.ok(!(await kinds(insert, { [key]: "none" })).includes("upsert-materialize"))
    assert.ok((await kinds(same, { [key]: "force" })).includes("upsert-materialize"))
  })

  it("deals rows by the primary key as 'table.exec.sink.keyed-shuffle' says", async () => {
    const exchange = async (shuffle: string, sql: string): Promise<unknown> => {
      const plan = await planOf(`${tables} ${sql}`, {
        "parallelism.default": "3",
        "table.exec.sink.keyed-shuffle": shuffle
      })
      return nodesOf(plan, "sink")[0]!.inputs[0]!.exchange
    }
    const plain = "INSERT INTO latest SELECT id, quantity FROM orders;"
    assert.deepEqual(await exchange("auto", plain), { kind: "forward" })
    assert.deepEqual(await exchange("force", plain), { kind: "hash", keys: [0] })
    assert.deepEqual(await exchange("force", same), { kind: "forward" })
    const hinted = same.replace("latest", "latest /*+ OPTIONS('sink.parallelism' = '2') */")
    assert.deepEqual(await exchange("auto", hinted), { kind: "hash", keys: [0] })
  })
})

describe("planJob() in batch mode", () => {
  const batch = { "execution.runtime-mode": "batch" }

  it("gives every result once: aggregates at the end, what still changes is settled", async () => {
    const plan = await planOf(
      `${tables}
      SELECT o.item, COUNT(*) AS n, MAX(i.weight) OVER (ORDER BY o.item) FROM orders o
      LEFT JOIN items i ON o.item = i.item GROUP BY o.item, i.weight ORDER BY n DESC, o.item;`,
      batch
    )
    for (const node of plan.nodes.filter(({ work }) => work.kind !== "join")) {
      assert.deepEqual(
        [node.changelog.updateAfter, node.changelog.delete],
        [false, false],
        node.name
      )
    }
    assert.equal(nodesOf(plan, "group-aggregate")[0]!.work.final, true)
    assert.equal(nodesOf(plan, "over")[0]!.work.mode, "final")
    assert.equal(nodesOf(plan, "sort")[0]!.work.mode, "final")
    assert.equal(nodesOf(plan, "settle").length, 1)
  })

  it("holds no row back and drops none by event time", async () => {
    const query = `${tables} SELECT window_start, COUNT(*)
      FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end;`
    assert.notEqual(nodesOf(await planOf(query), "scan")[0]!.work.watermark, undefined)
    assert.equal(nodesOf(await planOf(query, batch), "scan")[0]!.work.watermark, undefined)
  })
})

describe("planJob() on ORDER BY", () => {
  it("sorts a stream by event time, and by what is not selected", async () => {
    const plan = await planOf(`${tables} SELECT id FROM orders ORDER BY ts, quantity + 1 DESC;`)
    const [sort] = nodesOf(plan, "sort")
    assert.equal(sort!.work.mode, "event-time")
    assert.equal(sort!.inputs[0]!.exchange.kind, "single")
    assert.deepEqual(plan.nodes.at(-1)!.schema.map(({ name }) => name), ["id"])
  })

  it("orders a limited query by an aggregate that is not selected", async () => {
    const plan = await planOf(
      `${tables} SELECT item FROM orders GROUP BY item ORDER BY COUNT(*) DESC LIMIT 3;`
    )
    assert.equal(nodesOf(plan, "rank")[0]!.work.order[0]!.descending, true)
    assert.deepEqual(plan.nodes.at(-1)!.schema.map(({ name }) => name), ["item"])
  })

  it("forgets the order of a query within another", async () => {
    const plan = await planOf(
      `${tables} SELECT id FROM (SELECT id, price FROM orders ORDER BY price);`
    )
    assert.equal(nodesOf(plan, "sort").length, 0)
  })
})

describe("PlanNode.uid", () => {
  const insert =
    "INSERT INTO changes SELECT id, COUNT(*) FROM orders WHERE quantity > 1 GROUP BY id;"

  it("does not depend on views, aliases, unrelated statements, parallelism or other columns of the scan", async () => {
    const plain = await planOf(`${tables} ${insert}`)
    const viewed = await planOf(`${tables}
      CREATE VIEW elsewhere AS SELECT * FROM items;
      CREATE VIEW busy AS SELECT o.id AS i, o.quantity AS q, o.item FROM orders AS o;
      INSERT INTO changes SELECT b.i, COUNT(*) AS n FROM busy b WHERE b.q > 1 GROUP BY b.i;`)
    const parallel = await planOf(`${tables} ${insert}`, { "parallelism.default": "4" })
    assert.deepEqual(uids(viewed), uids(plain))
    assert.deepEqual(uids(parallel), uids(plain))
    const wider = await planOf(`${tables}
      EXECUTE STATEMENT SET BEGIN INSERT INTO output SELECT id, quantity FROM orders; ${insert} END;`)
    const state = (plan: Plan): ReadonlyArray<string> =>
      plan.nodes.filter((node) => node.work.kind === "group-aggregate" || node.work.kind === "scan")
        .map((node) => node.uid)
    assert.deepEqual(state(wider), state(plain))
  })

  it("differs when keys, conditions, calls or tables do", async () => {
    const variants = [
      insert,
      insert.replace("quantity > 1", "quantity > 2"),
      insert.replace("COUNT(*)", "MAX(id)"),
      insert.replace("GROUP BY id", "GROUP BY id, item"),
      insert.replace("COUNT(*)", "COUNT(DISTINCT item)")
    ]
    const found = await Promise.all(
      variants.map(async (variant) =>
        nodesOf(await planOf(`${tables} ${variant}`), "group-aggregate")[0]!.uid
      )
    )
    assert.equal(new Set(found).size, variants.length)
  })

  it("is unique, also for two equal sinks", async () => {
    const plan = await planOf(`${tables}
      EXECUTE STATEMENT SET BEGIN
        INSERT INTO output SELECT id, 1 FROM orders;
        INSERT INTO output SELECT id, 1 FROM orders;
      END;`)
    assert.equal(nodesOf(plan, "sink").length, 2)
    assert.equal(new Set(uids(plan)).size, plan.nodes.length)
  })
})
