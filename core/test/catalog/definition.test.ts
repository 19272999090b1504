/** The SQL of catalogs: what CREATE, ALTER, DROP, USE, SHOW and DESCRIBE do and what they refuse. */
import { after, describe, it } from "node:test"
import assert from "node:assert/strict"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { faultOf, nodesOf, outcomes, planOf, session, tableOf, tables } from "../planner/support.ts"
import { explainPlan } from "../../src/table/explain.ts"

const folder = mkdtempSync(join(tmpdir(), "millrace-definition-"))
after(() => rmSync(folder, { recursive: true }))
let folders = 0
const fresh = (): string => join(folder, String(folders++))

const flat = `
CREATE TABLE t (
  a INT, b STRING COMMENT 'bee', c AS a + 1, ts TIMESTAMP(3), dd INT, m STRING METADATA FROM 'key',
  WATERMARK FOR ts AS ts - INTERVAL '1' SECOND, CONSTRAINT pk PRIMARY KEY (b) NOT ENFORCED
) PARTITIONED BY (dd) WITH ('connector' = 'upsert');
`

/** Name and type of each column after a script. */
async function columns(script: string, table = "t"): Promise<ReadonlyArray<string>> {
  const rows = await tableOf(`${flat} ${script} DESCRIBE ${table};`)
  return rows.map(([name, type]) => `${name} ${type}`)
}

const before = ["a INT", "b STRING", "c INT", "ts TIMESTAMP(3) *ROWTIME*", "dd INT", "m STRING"]

describe("ALTER TABLE of a schema", () => {
  it("ADD puts columns first, behind another or last, and adds keys and watermarks", async () => {
    assert.deepEqual(await columns(""), before)
    assert.deepEqual(
      await columns(
        "ALTER TABLE t ADD (x BIGINT FIRST, y AS x * 2 AFTER a, z DOUBLE COMMENT 'z');"
      ),
      ["x BIGINT", "a INT", "y BIGINT", ...before.slice(1), "z DOUBLE"]
    )
    const bare = "CREATE TABLE s (a INT, ts TIMESTAMP(3)) WITH ('connector' = 'upsert');"
    const rows = await tableOf(
      `${bare} ALTER TABLE s ADD (PRIMARY KEY (a) NOT ENFORCED, WATERMARK FOR ts AS ts); DESCRIBE s;`
    )
    assert.deepEqual(rows[0], ["a", "INT", "FALSE", "PRI(a)", null, null])
    assert.equal(rows[1]![5], "`ts`")
  })

  it("MODIFY changes type, place, comment, key and watermark, and computed columns follow", async () => {
    assert.deepEqual(
      await columns("ALTER TABLE t MODIFY (a BIGINT, m STRING METADATA FIRST);"),
      ["m STRING", "a BIGINT", "b STRING", "c BIGINT", "ts TIMESTAMP(3) *ROWTIME*", "dd INT"]
    )
    const [[ddl]] = await tableOf(
      `${flat} ALTER TABLE t MODIFY b VARCHAR(9); SHOW CREATE TABLE t;`
    ) as [[string]]
    assert.match(ddl, /`b` VARCHAR\(9\) NOT NULL COMMENT 'bee'/)
    const rows = await tableOf(
      `${flat} ALTER TABLE t MODIFY (CONSTRAINT k PRIMARY KEY (a) NOT ENFORCED, WATERMARK FOR ts AS ts); DESCRIBE t;`
    )
    assert.equal(rows[0]![3], "PRI(a)")
    assert.equal(rows[3]![5], "`ts`")
  })

  it("DROP and RENAME change columns, keys and watermark", async () => {
    assert.deepEqual(
      await columns("ALTER TABLE t DROP (c, m);"),
      before.filter((text) => !/^[cm] /.test(text))
    )
    assert.deepEqual(
      await columns("ALTER TABLE t RENAME b TO bb; ALTER TABLE t RENAME dd TO d;"),
      [
        "a INT",
        "bb STRING",
        ...before.slice(2, 4),
        "d INT",
        "m STRING"
      ]
    )
    const [[ddl]] = await tableOf(
      `${flat} ALTER TABLE t RENAME b TO bb; ALTER TABLE t RENAME dd TO d; SHOW CREATE TABLE t;`
    ) as [[string]]
    assert.match(ddl, /PRIMARY KEY \(`bb`\)[^]*PARTITIONED BY \(`d`\)/)
    for (const drop of ["PRIMARY KEY", "CONSTRAINT pk"]) {
      const rows = await tableOf(
        `${flat} ALTER TABLE t DROP ${drop}; ALTER TABLE t DROP WATERMARK; DESCRIBE t;`
      )
      assert.ok(rows.every((row) => row[3] === null && row[5] === null))
    }
  })

  const refused: ReadonlyArray<readonly [sql: string, problem: RegExp]> = [
    ["ADD a INT", /Column 'a' exists already.*Write MODIFY/s],
    ["ADD x INT AFTER nothing", /Column 'nothing' is not known/],
    ["ADD x NOTHING", /NOTHING/],
    ["ADD (PRIMARY KEY (a) NOT ENFORCED)", /has a primary key already/],
    ["ADD WATERMARK FOR ts AS ts", /has a watermark already/],
    ["MODIFY aa INT", /Column 'aa' is not known.*Did you mean 'a'/s],
    ["MODIFY a STRING", /\(table 't' as altered, line \d+, column \d+\)/],
    ["MODIFY ts STRING", /event-time column 'ts' must be/],
    ["RENAME a TO b", /Column 'b' exists already/],
    ["RENAME a TO x", /Column 'a' is read by computed column 'c' and cannot be renamed/],
    ["RENAME ts TO x", /Column 'ts' is read by the watermark/],
    ["DROP a", /Column 'a' is read by computed column 'c' and cannot be dropped/],
    ["DROP (m, m)", /Column 'm' is named twice/],
    ["DROP b", /belongs to the primary key/],
    ["DROP dd", /belongs to the partition keys/],
    ["DROP CONSTRAINT kp", /There is no constraint 'kp'.*named 'pk'/s],
    ["RENAME TO other.t", /cannot be moved to another database/],
    ["ADD DISTRIBUTION INTO 3 BUCKETS", /not supported yet/]
  ]
  for (const [sql, problem] of refused) {
    it(`refuses ${sql}`, async () => {
      const found = await faultOf(`${flat} ALTER TABLE t ${sql};`)
      assert.match(found.message, problem)
      assert.deepEqual(await columns(""), before)
    })
  }

  it("DROP takes a computed column together with what only it reads", async () => {
    assert.deepEqual(
      await columns("ALTER TABLE t DROP (a, c);"),
      before.filter((text) => !/^[ac] /.test(text))
    )
  })
})

describe("ALTER TABLE of partitions", () => {
  it("ADD, DROP and SHOW PARTITIONS", async () => {
    const script =
      `${flat} ALTER TABLE t ADD PARTITION (dd = 1) PARTITION (dd = 2) WITH ('k' = 'v');`
    assert.deepEqual(await tableOf(`${script} SHOW PARTITIONS t;`), [["dd=1"], ["dd=2"]])
    assert.deepEqual(await tableOf(`${script} SHOW PARTITIONS t PARTITION (dd = 2);`), [["dd=2"]])
    assert.deepEqual(
      await tableOf(`${script} ALTER TABLE t DROP PARTITION (dd = 1); SHOW PARTITIONS t;`),
      [["dd=2"]]
    )
    assert.match(
      (await faultOf(`${script} ALTER TABLE t ADD PARTITION (dd = 1);`)).message,
      /exists/
    )
    assert.match(
      (await faultOf(`${script} ALTER TABLE t ADD PARTITION (x = 1);`)).message,
      /'x' is not/
    )
    assert.match(
      (await faultOf(`${script} ALTER TABLE t DROP PARTITION (dd = 3);`)).message,
      /not exist/
    )
    assert.match((await faultOf(`${tables} SHOW PARTITIONS orders;`)).message, /not partitioned/)
  })
})

describe("CREATE TABLE … AS", () => {
  const as =
    "CREATE TABLE copy WITH ('connector' = 'retract') AS SELECT id, price * 2 AS p, ts FROM orders;"

  it("makes the table of the query and fills it", async () => {
    const plan = await planOf(`${tables} ${as}`)
    assert.equal(nodesOf(plan, "sink")[0]!.work.table, "default_catalog.default_database.copy")
    assert.deepEqual(
      (await tableOf(`${tables} ${as} DESCRIBE copy;`)).map((row) => row.slice(0, 3)),
      [["id", "BIGINT", "TRUE"], ["p", "DECIMAL(21, 2)", "TRUE"], ["ts", "TIMESTAMP(3)", "TRUE"]]
    )
  })

  it("declared columns come first and may change a type, add a key and a watermark", async () => {
    const rows = await tableOf(`${tables}
      CREATE TABLE copy (late AS ts + INTERVAL '1' HOUR, id DOUBLE, PRIMARY KEY (id) NOT ENFORCED, WATERMARK FOR ts AS ts)
      WITH ('connector' = 'upsert') AS SELECT id, ts FROM orders; DESCRIBE copy;`)
    assert.deepEqual(rows.map(([name, type]) => `${name} ${type}`), [
      "late TIMESTAMP(3)",
      "id DOUBLE",
      "ts TIMESTAMP(3) *ROWTIME*"
    ])
  })

  it("bare names put the columns in another order", async () => {
    const script = (list: string): string =>
      `${tables} CREATE TABLE copy (${list}) WITH ('connector' = 'retract') AS SELECT id, item FROM orders;`
    const rows = await tableOf(`${script("item, id")} DESCRIBE copy;`)
    assert.deepEqual(rows.map(([name]) => name), ["item", "id"])
    assert.match((await faultOf(script("item"))).message, /must name each of the query's 2 columns/)
    assert.match((await faultOf(script("item, ix"))).message, /gives no column 'ix'/)
  })

  it("leaves no table behind when the INSERT cannot be planned, and the old one when it was to be replaced", async () => {
    const target = session()
    const run = async (text: string): Promise<ReadonlyArray<unknown>> => {
      const found = []
      for await (const outcome of target.run(text, "x.sql")) found.push(outcome)
      return found
    }
    await run(tables)
    await assert.rejects(
      run("CREATE TABLE copy WITH ('connector' = 'nothing') AS SELECT id FROM orders;")
    )
    await assert.rejects(run("DESCRIBE copy;"), /'copy' does not exist/)
    await run("CREATE TABLE copy WITH ('connector' = 'retract') AS SELECT id FROM orders;")
    await assert.rejects(
      run("REPLACE TABLE copy WITH ('connector' = 'nothing') AS SELECT item FROM orders;")
    )
    assert.match(JSON.stringify(await run("DESCRIBE copy;")), /"id"/)
    await run(
      "CREATE OR REPLACE TABLE copy WITH ('connector' = 'retract') AS SELECT item FROM orders;"
    )
    assert.match(JSON.stringify(await run("DESCRIBE copy;")), /"item"/)
    await assert.rejects(
      run("REPLACE TABLE nobody WITH ('connector' = 'retract') AS SELECT id FROM orders;"),
      /does not exist/
    )
  })
})

describe("Views", () => {
  it("CREATE OR REPLACE, ALTER … AS and RENAME TO", async () => {
    const script = `${tables} CREATE VIEW v AS SELECT id FROM orders;`
    const names = async (more: string, name = "v"): Promise<unknown> =>
      (await tableOf(`${script} ${more} DESCRIBE ${name};`)).map(([column]) => column)
    assert.deepEqual(await names("ALTER VIEW v AS SELECT item, id FROM orders;"), ["item", "id"])
    assert.deepEqual(await names("ALTER VIEW v RENAME TO w;", "w"), ["id"])
    assert.match((await faultOf(`${script} ALTER VIEW orders RENAME TO w;`)).message, /is a table/)
    assert.match((await faultOf(`${script} ALTER TABLE v RENAME TO w;`)).message, /is a view/)
  })
})

describe("Catalogs and databases", () => {
  it("DESCRIBE, SHOW CREATE and ALTER tell and change what a catalog was made with", async () => {
    const script =
      `CREATE CATALOG c COMMENT 'mine' WITH ('type' = 'generic_in_memory', 'default-database' = 'd');
      ALTER CATALOG c SET ('default-database' = 'e'); ALTER CATALOG c COMMENT 'yours';`
    assert.deepEqual(await tableOf(`${script} DESCRIBE CATALOG EXTENDED c;`), [
      ["name", "c"],
      ["type", "generic_in_memory"],
      ["comment", "yours"],
      ["option:default-database", "e"]
    ])
    assert.deepEqual(await tableOf(`${script} SHOW CREATE CATALOG c;`), [[
      "CREATE CATALOG `c`\nCOMMENT 'yours'\nWITH (\n  'default-database' = 'e',\n  'type' = 'generic_in_memory'\n)\n"
    ]])
    assert.match(
      (await faultOf(`${script} ALTER CATALOG c RESET ('type');`)).message,
      /cannot be changed/
    )
    assert.match((await faultOf(`${script} USE CATALOG c; DROP CATALOG c;`)).message, /current one/)
    assert.deepEqual(await tableOf(`${script} DROP CATALOG c; SHOW CATALOGS;`), [[
      "default_catalog"
    ]])
  })

  it("CREATE CATALOG reports all that is wrong with its options", async () => {
    const bad = await faultOf("CREATE CATALOG c WITH ('type' = 'millrace-directory', 'pat' = 'x');")
    assert.match(bad.message, /'path' is required[^]*'pat' is not known. Did you mean 'path'/)
    const unknown = await faultOf("CREATE CATALOG c WITH ('type' = 'generic_in_memry');")
    assert.match(unknown.message, /Did you mean 'generic_in_memory'/)
    assert.match(
      (await faultOf("CREATE CATALOG c WITH ('a' = 'b');")).message,
      /'type' is required/
    )
  })

  it("databases keep their comment and properties", async () => {
    const script =
      "CREATE DATABASE d COMMENT 'x' WITH ('a' = '1'); ALTER DATABASE d SET ('password' = 'hunter2');"
    assert.deepEqual(await tableOf(`${script} DESCRIBE DATABASE EXTENDED d;`), [
      ["name", "d"],
      ["comment", "x"],
      ["property:a", "1"],
      ["property:password", "******"]
    ])
  })
})

describe("Catalogs that outlive the session", () => {
  it("the store 'file' finds catalogs again, and 'millrace-directory' their tables and views", async () => {
    const path = fresh()
    const store =
      `SET 'table.catalog-store.kind' = 'file'; SET 'table.catalog-store.file.path' = '${path}/store';`
    await outcomes(`${store} ${tables}
      CREATE CATALOG mine COMMENT 'it''s mine' WITH ('type' = 'millrace-directory', 'path' = '${path}/tables');
      CREATE DATABASE mine.shop; USE mine.shop; ${flat}
      CREATE VIEW v AS SELECT a, c FROM t;
      CREATE VIEW far AS SELECT id FROM default_catalog.default_database.orders;
      USE CATALOG default_catalog; CREATE VIEW mine.shop.near AS SELECT id FROM orders;`)
    assert.deepEqual(await tableOf(`${store} SHOW CATALOGS;`), [["default_catalog"], ["mine"]])
    assert.deepEqual(await tableOf(`${store} SHOW TABLES FROM mine.shop;`), [["far"], ["near"], [
      "t"
    ], ["v"]])
    assert.deepEqual(await tableOf(`${store} SHOW VIEWS FROM mine.shop;`), [["far"], ["near"], [
      "v"
    ]])
    assert.deepEqual(
      (await tableOf(`${store} DESCRIBE mine.shop.t;`)).map(([n, t]) => `${n} ${t}`),
      before
    )
    const plan = await planOf(`${store} USE mine.shop; SELECT * FROM v;`)
    assert.equal(nodesOf(plan, "scan")[0]!.work.table, "mine.shop.t")
    const near = await planOf(`${store} ${tables} SELECT * FROM mine.shop.near;`)
    assert.equal(nodesOf(near, "scan")[0]!.work.table, "default_catalog.default_database.orders")
    const altered =
      `${store} ALTER TABLE mine.shop.t RENAME TO u; ALTER TABLE mine.shop.u SET ('path' = 'p');`
    await outcomes(altered)
    assert.match(readFileSync(`${path}/tables/shop/u.sql`, "utf8"), /'path' = 'p'/)
    await outcomes(`${store} DROP TABLE mine.shop.u; DROP CATALOG mine;`)
    assert.deepEqual(await tableOf(`${store} SHOW CATALOGS;`), [["default_catalog"]])
    assert.deepEqual(readdirSync(`${path}/tables/shop`).sort(), ["far.sql", "near.sql", "v.sql"])
  })

  it("CREATE TABLE AS and temporary tables work on a catalog that must be waited for", async () => {
    const made = `CREATE CATALOG mine WITH ('type' = 'millrace-directory', 'path' = '${fresh()}');`
    const plan = await planOf(
      `${tables} ${made} CREATE TABLE mine.\`default\`.copy WITH ('connector' = 'retract') AS SELECT id FROM orders;`
    )
    assert.equal(nodesOf(plan, "sink")[0]!.work.table, "mine.default.copy")
  })

  it("tells what is wrong in a file that a person has edited, with its place", async () => {
    const path = fresh()
    mkdirSync(`${path}/tables/default`, { recursive: true })
    mkdirSync(`${path}/store`)
    writeFileSync(`${path}/tables/default.json`, "{}")
    writeFileSync(`${path}/tables/default/bad.sql`, "-- mine\nCREATE TABLE bad (a NOTHING)")
    writeFileSync(`${path}/store/odd.yaml`, "type generic_in_memory\n")
    writeFileSync(
      `${path}/store/hand.yaml`,
      "type: 'generic_in_memory'\r\ndefault-database: \"d\"\n"
    )
    const made =
      `CREATE CATALOG mine WITH ('type' = 'millrace-directory', 'path' = '${path}/tables');`
    assert.match(
      (await faultOf(`${made} SELECT * FROM mine.\`default\`.bad;`)).message,
      /bad\.sql, line 2, column 21/
    )
    const store =
      `SET 'table.catalog-store.kind' = 'file'; SET 'table.catalog-store.file.path' = '${path}/store';`
    assert.match(
      (await faultOf(`${store} USE CATALOG odd;`)).message,
      /odd\.yaml", line 1: expected 'key: value'/
    )
    assert.deepEqual(await tableOf(`${store} SHOW DATABASES FROM hand;`), [["d"]])
  })

  it("SET of a store reports what it lacks", async () => {
    const missing = await faultOf("SET 'table.catalog-store.kind' = 'file'; SHOW CATALOGS;")
    assert.match(missing.message, /'table.catalog-store.file.path' is required/)
    const file = join(folder, "a-file")
    writeFileSync(file, "")
    const taken = await faultOf(
      `SET 'table.catalog-store.kind' = 'file'; SET 'table.catalog-store.file.path' = '${file}'; SHOW CATALOGS;`
    )
    assert.match(taken.message, /It is a file/)
  })
})

describe("Secrets", () => {
  const declared = `
    CREATE TABLE s (a INT) WITH ('connector' = 'guarded', 'pin' = '1234',
      'url' = 'amqp://me:hunter2@host/x?token=abc&x=1', 'password' = '\${env:PASSWORD}');`

  it("SHOW CREATE and EXPLAIN show neither declared secrets nor those within addresses", async () => {
    const explain = declared.replace("${env:PASSWORD}", "hunter2")
    const shown = [
      (await tableOf(`${declared} SHOW CREATE TABLE s;`))[0]![0]!,
      (await tableOf(`${explain} EXPLAIN JSON_EXECUTION_PLAN INSERT INTO s SELECT 1;`))[0]![0]!
    ]
    for (const text of shown) {
      assert.doesNotMatch(text, /1234|hunter2|abc/)
      assert.match(text, /amqp:\/\/me:\*{6}@host\/x\?token=\*{6}&x=1/)
    }
    assert.match(shown[0]!, /\$\{env:PASSWORD\}/)
  })

  it("${env:NAME} is looked up where options are read, and kept as a name everywhere else", async () => {
    const names: Array<string> = []
    const target = session({}, (name) => {
      names.push(name)
      return name === "PASSWORD" ? "hunter2" : undefined
    })
    for await (const outcome of target.run(`${declared} INSERT INTO s SELECT 1;`, "x.sql")) {
      if (outcome.kind !== "job") continue
      assert.doesNotMatch(JSON.stringify(outcome.plan), /"hunter2"/)
      assert.doesNotMatch(explainPlan(outcome.plan, { changelog: true, json: true }), /hunter2/)
    }
    assert.ok(names.includes("PASSWORD"))
    const missing = await faultOf(`${declared} INSERT INTO s SELECT 1;`)
    assert.match(missing.message, /needs the environment variable 'PASSWORD', which is not set/)
  })
})
