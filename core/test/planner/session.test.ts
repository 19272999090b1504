import { describe, it } from "node:test"
import assert from "node:assert/strict"
import { explainPlan, hideSecrets } from "../../src/table/explain.ts"
import { localTimeZone, notNullEnforcer, pipelineName } from "../../src/table/session-options.ts"
import { faultOf, nodesOf, outcomes, planOf, tableOf, tables } from "./support.ts"

const users = `
CREATE TABLE users (
  id BIGINT COMMENT 'the key', name VARCHAR(20), big AS id * 2 COMMENT 'twice',
  written TIMESTAMP(3) METADATA FROM 'timestamp' VIRTUAL, key STRING METADATA,
  ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND,
  PRIMARY KEY (id) NOT ENFORCED
) COMMENT 'it''s users' PARTITIONED BY (name)
WITH ('connector' = 'upsert', 'password' = 'hunter2', 'path' = 'x');
`

describe("Session.run() on catalogs", () => {
  it("DESCRIBE shows types, keys, computed and metadata columns and the watermark", async () => {
    assert.deepEqual(await tableOf(`${users} DESCRIBE users;`), [
      ["id", "BIGINT", "FALSE", "PRI(id)", null, null],
      ["name", "VARCHAR(20)", "TRUE", null, null, null],
      ["big", "BIGINT", "TRUE", null, "AS id * 2", null],
      ["written", "TIMESTAMP(3)", "TRUE", null, "METADATA FROM 'timestamp' VIRTUAL", null],
      ["key", "STRING", "TRUE", null, "METADATA", null],
      ["ts", "TIMESTAMP(3) *ROWTIME*", "TRUE", null, null, "ts - INTERVAL '1' SECOND"]
    ])
  })

  it("SHOW CREATE TABLE gives DDL that makes the same table, without secrets", async () => {
    const [[ddl]] = await tableOf(`${users} SHOW CREATE TABLE users;`) as [[string]]
    assert.doesNotMatch(ddl, /hunter2/)
    assert.match(ddl, /'password' = '\*\*\*\*\*\*'/)
    const again = `${ddl.replace("`users`", "`copy`")}; SHOW CREATE TABLE \`copy\`;`
    const [[copy]] = await tableOf(again) as [[string]]
    assert.equal(copy.replace("`copy`", "`users`"), ddl)
  })

  it("SHOW CREATE VIEW gives the query as written", async () => {
    const rows = await tableOf(
      `${tables} CREATE VIEW v (a) AS SELECT id  FROM orders; SHOW CREATE VIEW v;`
    )
    assert.match(
      rows[0]![0]!,
      /VIEW `default_catalog`\.`default_database`\.`v`[^]*`a`[^]*AS SELECT id {2}FROM orders/
    )
  })

  it("a temporary object hides a permanent one until it is dropped", async () => {
    const script = `
      CREATE TABLE t (a INT) WITH ('connector' = 'filesystem');
      CREATE TEMPORARY TABLE t (b STRING) WITH ('connector' = 'filesystem');`
    assert.equal((await tableOf(`${script} DESCRIBE t;`))[0]![0], "b")
    assert.equal((await tableOf(`${script} DROP TEMPORARY TABLE t; DESCRIBE t;`))[0]![0], "a")
    assert.match((await faultOf(`${script} DROP TABLE t;`)).message, /A temporary object hides 't'/)
  })

  it("USE completes short names, and views keep the database in which they were made", async () => {
    const script = `
      CREATE DATABASE d; USE d;
      CREATE TABLE t (a INT) WITH ('connector' = 'filesystem');
      CREATE VIEW v AS SELECT a FROM t;
      USE default_database;`
    assert.deepEqual(await tableOf(`${script} SHOW DATABASES;`), [["d"], ["default_database"]])
    assert.deepEqual(await tableOf(`${script} SHOW TABLES FROM d;`), [["t"], ["v"]])
    assert.deepEqual(await tableOf(`${script} SHOW TABLES;`), [])
    assert.match((await faultOf(`${script} SELECT a FROM t;`)).message, /'t' does not exist/)
    const plan = await planOf(`${script} SELECT a FROM d.v;`)
    assert.equal(nodesOf(plan, "scan")[0]!.work.table, "default_catalog.d.t")
    assert.match((await faultOf(`${script} DROP DATABASE d;`)).message, /is not empty: drop its 2/)
    assert.deepEqual(await tableOf(`${script} DROP DATABASE d CASCADE; SHOW DATABASES;`), [[
      "default_database"
    ]])
  })

  it("SHOW … LIKE filters by a pattern", async () => {
    assert.deepEqual(
      await tableOf(`${tables} SHOW TABLES LIKE '%e_s';`),
      [["changes"], ["items"], ["orders"]].filter(([name]) => /e.s$/.test(name!))
    )
    assert.deepEqual(await tableOf(`${tables} SHOW TABLES NOT LIKE '%s%';`), [["output"]])
    assert.deepEqual(await tableOf("SHOW FUNCTIONS LIKE 'uppe_';"), [["upper"]])
  })

  it("CREATE TABLE LIKE takes over columns, watermark and options", async () => {
    const script = `${tables}
      CREATE TABLE more (extra STRING) WITH ('path' = '/more') LIKE orders;
      SELECT extra, COUNT(*) FROM TABLE(TUMBLE(TABLE more, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, extra;`
    const plan = await planOf(script)
    const [table] = Object.values(plan.tables)
    assert.deepEqual(table!.options, { connector: "filesystem", path: "/more", format: "json" })
    assert.equal(table!.physical.at(-1)!.name, "extra")
    const bare = await faultOf(`${tables}
      CREATE TABLE more (extra STRING) LIKE orders (EXCLUDING WATERMARKS);
      SELECT 1 FROM TABLE(TUMBLE(TABLE more, DESCRIPTOR(ts), INTERVAL '1' HOUR));`)
    assert.match(bare.message, /needs an event-time column/)
  })

  it("ALTER TABLE changes options and the name", async () => {
    const script =
      `${tables} ALTER TABLE orders SET ('path' = '/other'); ALTER TABLE orders RESET ('format'); ALTER TABLE orders RENAME TO renamed; SELECT id FROM renamed;`
    const [table] = Object.values((await planOf(script)).tables)
    assert.deepEqual(table!.options, { connector: "filesystem", path: "/other" })
  })

  it("IF NOT EXISTS and IF EXISTS pass over what is there or not", async () => {
    const script = `${tables}
      CREATE TABLE IF NOT EXISTS orders (x INT); DROP TABLE IF EXISTS nothing; DROP VIEW IF EXISTS nothing;
      CREATE DATABASE IF NOT EXISTS default_database; DESCRIBE orders;`
    assert.equal((await tableOf(script))[0]![0], "id")
  })
})

describe("Session.run() on options", () => {
  it("SET checks known keys, warns of unknown ones with the nearest, RESET goes back", async () => {
    const found = await outcomes(
      "SET 'paralelism.default' = '2'; SET 'x.y' = '1'; RESET 'x.y'; SET;"
    )
    const warnings = found.flatMap((outcome) => outcome.kind === "done" ? outcome.warnings : [])
    assert.deepEqual(warnings, [
      "Option 'paralelism.default' is not known: did you mean 'parallelism.default'?",
      "Option 'x.y' is not known: it has no effect"
    ])
    assert.deepEqual(found.at(-1)!.kind === "table" && found.at(-1), {
      kind: "table",
      columns: ["key", "value"],
      rows: [["paralelism.default", "2"]],
      plain: false,
      place: { file: "test.sql", line: 1, column: 63 }
    })
    assert.match(
      (await faultOf("SET 'parallelism.default' = 'many';")).message,
      /must be a whole number.*line 1, column 29/s
    )
    assert.match(
      (await faultOf("SET 'table.local-time-zone' = 'Mars/Olympus';")).message,
      /must be a time zone/
    )
    assert.match(
      (await faultOf("SET 'execution.runtime-mode' = 'fast';")).message,
      /must be one of/
    )
  })

  it("a job carries the options of its statement and a name of its own", async () => {
    const script = `${tables}
      SELECT 1; SELECT 2; SET 'pipeline.name' = 'mine'; SET 'table.local-time-zone' = 'Europe/Berlin'; INSERT INTO output SELECT 1, 2; RESET; SELECT 3;`
    const jobs = (await outcomes(script)).filter((outcome) => outcome.kind === "job")
    assert.deepEqual(jobs.map((job) => [job.name, job.query]), [["test", true], ["test-2", true], [
      "mine",
      false
    ], ["test-3", true]])
    assert.equal(jobs[2]!.settings.get(pipelineName), "mine")
    assert.equal(jobs[2]!.settings.need(localTimeZone), "Europe/Berlin")
    assert.equal(jobs[2]!.plan.settings["table.local-time-zone"], "Europe/Berlin")
    assert.equal(jobs[3]!.settings.get(pipelineName), undefined)
    assert.equal(jobs[0]!.settings.need(notNullEnforcer), "error")
  })

  it("BEGIN STATEMENT SET collects inserts until END", async () => {
    const script =
      `${tables} BEGIN STATEMENT SET; INSERT INTO output SELECT 1, 2; INSERT INTO output SELECT 3, 4; END;`
    assert.equal(nodesOf(await planOf(script), "sink").length, 2)
    assert.match(
      (await faultOf(`${tables} BEGIN STATEMENT SET; INSERT INTO output SELECT 1, 2;`)).message,
      /is not closed/
    )
    assert.match(
      (await faultOf("BEGIN STATEMENT SET; SELECT 1; END;")).message,
      /Only INSERT may stand/
    )
    assert.match((await faultOf("END;")).message, /closes no statement set/)
  })
})

describe("Session.run() on INSERT", () => {
  it("fills columns that are not given with NULL, casts, and puts them in the table's order", async () => {
    const plan = await planOf(`${tables} INSERT INTO output (total) SELECT quantity FROM orders;`)
    const [sink] = nodesOf(plan, "sink")
    assert.deepEqual(sink!.work.columns, ["id", "total"])
    const calc = plan.nodes[sink!.inputs[0]!.node]!.work
    assert.ok(calc.kind === "calc")
    assert.deepEqual(calc.projection.map((value) => value.op), ["literal", "cast"])
  })

  it("writes persisted metadata behind the physical columns and skips virtual and computed ones", async () => {
    const plan = await planOf(
      `${users} INSERT INTO users SELECT 1, 'a', 'k', TIMESTAMP '2001-01-01 00:00:00.000';`
    )
    assert.deepEqual(nodesOf(plan, "sink")[0]!.work.columns, ["id", "name", "ts", "key"])
  })

  it("takes a static partition as a constant", async () => {
    const plan = await planOf(
      `${users} INSERT INTO users PARTITION (name = 'a') SELECT 1, 'k', TIMESTAMP '2001-01-01 00:00:00.000';`
    )
    assert.deepEqual(nodesOf(plan, "sink")[0]!.work.staticPartition, { name: "a" })
  })

  it("checks NULL for NOT NULL columns, or drops such rows", async () => {
    const insert = "INSERT INTO latest SELECT id, 1 FROM orders;"
    const checked = JSON.stringify(nodesOf(await planOf(tables + insert), "calc")[0]!.work)
    assert.match(checked, /requireNotNull/)
    const dropped = nodesOf(
      await planOf(`${tables} SET 'table.exec.sink.not-null-enforcer' = 'drop'; ${insert}`),
      "calc"
    )[0]!.work
    assert.match(JSON.stringify(dropped.condition), /isNotNull/)
    assert.doesNotMatch(JSON.stringify(dropped), /requireNotNull/)
  })

  it("options of a hint make a table of their own", async () => {
    const plan = await planOf(`${tables}
      SELECT a.id FROM orders a JOIN orders /*+ OPTIONS('path' = '/elsewhere') */ b ON a.id = b.id;`)
    assert.deepEqual(Object.values(plan.tables).map((table) => table.options["path"]).sort(), [
      "/elsewhere",
      "/orders"
    ])
  })

  it("a dead-letter table comes along with the table that names it", async () => {
    const plan = await planOf(`
      CREATE TABLE letters (\`raw\` BYTES, error STRING, source STRING, \`position\` STRING, \`at\` TIMESTAMP_LTZ(3)) WITH ('connector' = 'filesystem', 'path' = 'l');
      CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'path' = 't', 'millrace.bad-records' = 'dead-letter', 'millrace.dead-letter.table' = 'letters');
      SELECT a FROM t;`)
    assert.deepEqual(Object.keys(plan.tables).sort(), [
      "default_catalog.default_database.letters",
      "default_catalog.default_database.t"
    ])
  })
})

describe("explainPlan()", () => {
  it("prints CHANGELOG_MODE and the plan as JSON without secrets", async () => {
    const script =
      `${users} EXPLAIN CHANGELOG_MODE, JSON_EXECUTION_PLAN SELECT name, COUNT(*) FROM users GROUP BY name;`
    const [[text]] = await tableOf(script) as [[string]]
    assert.match(
      text,
      /GroupAggregate\(groupBy=\[name\], select=\[name, COUNT\(\*\) AS count\$0\], changelogMode=\[I,UB,UA,D\]\)/
    )
    assert.doesNotMatch(text, /hunter2/)
    const json = JSON.parse(text.slice(text.indexOf("== Physical Execution Plan ==") + 29)) as {
      version: number
    }
    assert.equal(json.version, 1)
  })

  it("prints PLAN_ADVICE on what is slow or tells much, and says so when there is none", async () => {
    const advice = async (sql: string): Promise<ReadonlyArray<string>> => {
      const [[text]] = await tableOf(`${tables} EXPLAIN PLAN_ADVICE ${sql};`) as [[string]]
      return text.trim().split("\n").filter((line) => /^advice|^No available/.test(line))
    }
    assert.deepEqual(await advice("SELECT id FROM orders"), ["No available advice..."])
    const [first, second, ...others] = await advice(
      "SELECT item, COUNT(*), SUM(COUNT(*)) OVER (ORDER BY item) FROM orders GROUP BY item"
    )
    assert.match(first!, /^advice\[1\]: \[ADVICE\] GroupAggregate\(item\) .*table.exec.mini-batch/)
    assert.match(second!, /^advice\[2\]: \[WARNING\] OverAggregate\(\) keeps all its rows/)
    assert.deepEqual(others, [])
    const keyed = await advice(
      "INSERT INTO latest SELECT MAX(quantity), id FROM orders GROUP BY id"
    )
    assert.match(keyed.at(-1)!, /UpsertMaterialize\(.*\) keeps all rows as the key/)
    const [cross] = await advice("SELECT o.id FROM orders o, items i WHERE o.quantity > i.weight")
    assert.match(cross!, /Join\(\) compares every row with every other/)
  })

  it("hideSecrets() leaves the plan itself as it was", async () => {
    const plan = await planOf(`${users} SELECT id FROM users;`)
    const [hidden] = Object.values(hideSecrets(plan).tables)
    assert.equal(hidden!.options["password"], "******")
    assert.equal(Object.values(plan.tables)[0]!.options["password"], "hunter2")
  })

  it("prints joins, ranks, unions and values", async () => {
    const plan = await planOf(`${tables}
      SELECT id, n FROM (
        SELECT o.id, ROW_NUMBER() OVER (PARTITION BY i.item ORDER BY o.price DESC) n
        FROM orders o JOIN items i ON o.item = i.item AND o.id > i.weight
      ) WHERE n <= 2
      UNION ALL SELECT * FROM (VALUES (1, 2)) AS v (a, b);`)
    const text = explainPlan(plan, { changelog: false, json: false })
    assert.match(text, /Union\(all=\[true\]/)
    assert.match(text, /Values\(tuples=\[\{ 1, 2 \}\]\)/)
    assert.match(
      text,
      /Rank\(rankType=\[ROW_NUMBER\], rankRange=\[rankStart=1, rankEnd=2\], partitionBy=\[item.*\], orderBy=\[price DESC\]/
    )
    assert.match(
      text,
      /Join\(joinType=\[InnerJoin\], where=\[\(item = item\) AND \(CAST\(id AS DOUBLE\) > weight\)\]/
    )
  })
})
