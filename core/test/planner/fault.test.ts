import { describe, it } from "node:test"
import assert from "node:assert/strict"
import { faultOf, tables } from "./support.ts"

/** Lines of {@link tables}, behind which the statement of a test stands. */
const firstLine = tables.split("\n").length

interface Case {
  readonly sql: string
  readonly problem: RegExp
  /** Column of the place within the statement's first line. */
  readonly column: number
}

async function check(cases: ReadonlyArray<Case>): Promise<void> {
  for (const { sql, problem, column } of cases) {
    const fault = await faultOf(tables + sql)
    assert.match(fault.message, problem, sql)
    assert.equal(fault.tag, "PlanFault", sql)
    assert.equal(fault.at, `${firstLine}:${column}`, sql)
    assert.ok(
      fault.message.includes(`test.sql, line ${firstLine}, column ${column}`),
      fault.message
    )
  }
}

const tumble = "TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' HOUR))"

describe("PlanFault", () => {
  it("names what is not known, with the nearest name", () =>
    check([
      {
        sql: "SELECT pirce FROM orders;",
        problem: /Column 'pirce' is not known.*Did you mean 'price'\?/s,
        column: 8
      },
      {
        sql: "SELECT o.pirce FROM orders o;",
        problem: /Column 'pirce' is not known in table 'o'.*'price'/s,
        column: 10
      },
      {
        sql: "SELECT info.citty FROM orders;",
        problem: /Field 'citty' is not known.*Did you mean 'city'/s,
        column: 13
      },
      {
        sql: "SELECT id.x FROM orders;",
        problem: /Cannot take field 'x' of a value of type BIGINT/,
        column: 11
      },
      {
        sql: "SELECT 1 FROM ordres;",
        problem: /'ordres' does not exist.*Did you mean 'orders'/s,
        column: 15
      },
      {
        sql: "SELECT 1 FROM a.orders;",
        problem: /Database 'default_catalog.a' does not exist/,
        column: 15
      },
      { sql: "SELECT 1 FROM c.a.orders;", problem: /Catalog 'c' does not exist/, column: 15 },
      {
        sql: "SELECT UPER(item) FROM orders;",
        problem: /Function 'UPER' is not known.*Did you mean 'UPPER'/s,
        column: 8
      },
      {
        sql: "SELECT x.* FROM orders;",
        problem: /Table 'x' is not known in this query/,
        column: 8
      },
      {
        sql: "INSERT INTO output (id, totl) SELECT id, 1 FROM orders;",
        problem: /'totl' cannot be written.*'total'/s,
        column: 25
      },
      {
        sql: "SELECT 1 FROM TABLE(TUMBEL(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' HOUR));",
        problem: /Table function 'TUMBEL' is not known.*TUMBLE/s,
        column: 21
      }
    ]))

  it("says which column is meant by an ambiguous name", () =>
    check([{
      sql: "SELECT item FROM orders o JOIN items i ON o.item = i.item;",
      problem: /Column 'item' is ambiguous.*'o.item' or 'i.item'/s,
      column: 8
    }]))

  it("tells types that do not fit", () =>
    check([
      {
        sql: "SELECT id FROM orders WHERE item;",
        problem: /condition of WHERE must be BOOLEAN, but is STRING/,
        column: 29
      },
      {
        sql: "SELECT CAST(info AS INT) FROM orders;",
        problem: /Cannot cast ROW<.* to INT/,
        column: 8
      },
      { sql: "SELECT id + info FROM orders;", problem: /./, column: 8 },
      {
        sql: "INSERT INTO output SELECT id, item FROM orders;",
        problem: /Column 2 of the query \('item'\) is STRING.*column 'total' of type BIGINT.*CAST/s,
        column: 20
      },
      {
        sql: "SELECT id FROM orders UNION ALL SELECT item FROM items;",
        problem: /Column 1 \('id'\) of UNION is BIGINT on the left and STRING on the right/,
        column: 33
      },
      {
        sql: "SELECT id FROM orders UNION ALL SELECT 1, 2;",
        problem: /the left has 1, the right 2/,
        column: 33
      }
    ]))

  it("tells how many columns an INSERT takes", () =>
    check([
      {
        sql: "INSERT INTO output SELECT id FROM orders;",
        problem: /gives 1 \(id\) columns, but table 'output' has 2 \(id, total\)/,
        column: 20
      },
      {
        sql: "INSERT INTO latest (total) SELECT 1;",
        problem: /Column 'id' is NOT NULL and must be given a value/,
        column: 13
      },
      {
        sql: "INSERT INTO output (id, id) SELECT 1, 2;",
        problem: /Column 'id' is given twice/,
        column: 25
      }
    ]))

  it("tells what grouping lacks", () =>
    check([
      {
        sql: "SELECT id FROM orders INTERSECT SELECT 'x', 1;",
        problem: /Both sides of INTERSECT must have as many columns: the left has 1, the right 2/,
        column: 33
      },
      {
        sql: "SELECT COUNT(*), GROUPING(item) FROM orders GROUP BY ROLLUP (id);",
        problem: /GROUPING takes expressions that stand in GROUP BY/,
        column: 18
      },
      {
        sql:
          "SELECT id FROM orders GROUP BY id, CUBE (id, item, price, quantity, ts, plain, id + 1, id + 2, id + 3, id + 4, id + 5, id + 6, id + 7);",
        problem: /more than 4096 grouping sets/,
        column: 36
      },
      {
        sql: "SELECT item, COUNT(*) FROM orders GROUP BY id;",
        problem: /Column 'item' stands neither in GROUP BY nor within an aggregate/,
        column: 8
      },
      {
        sql: "SELECT * FROM orders GROUP BY id;",
        problem: /stands neither in GROUP BY/,
        column: 8
      },
      {
        sql: "SELECT id FROM orders WHERE COUNT(*) > 1;",
        problem: /Aggregate COUNT cannot stand in WHERE/,
        column: 29
      },
      {
        sql: "SELECT SUM(COUNT(*)) FROM orders;",
        problem: /Aggregate COUNT cannot stand in the arguments of SUM/,
        column: 12
      },
      { sql: "SELECT id FROM orders GROUP BY 4;", problem: /GROUP BY 4 names no item/, column: 32 },
      {
        sql: "SELECT TUMBLE_START(ts, INTERVAL '1' HOUR) FROM orders GROUP BY id;",
        problem: /TUMBLE_START needs GROUP BY TUMBLE/,
        column: 8
      }
    ]))

  it("wants event time and a constant size for a window", () =>
    check([
      {
        sql: "SELECT 1 FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(plain), INTERVAL '1' HOUR));",
        problem:
          /TUMBLE needs an event-time column, but 'plain' is a plain TIMESTAMP\(6\).*WATERMARK FOR plain/s,
        column: 53
      },
      {
        sql: "SELECT 1 FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MONTH));",
        problem: /constant INTERVAL of days to seconds/,
        column: 58
      },
      {
        sql: "SELECT 1 FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '0' HOUR));",
        problem: /above zero/,
        column: 58
      },
      {
        sql:
          "SELECT 1 FROM TABLE(HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '2' HOUR, INTERVAL '3' HOUR));",
        problem:
          /HOP needs a size that is a multiple of its slide: 10800000 ms is none of 7200000 ms/,
        column: 74
      },
      {
        sql: "SELECT 1 FROM TABLE(CUMULATE(TABLE orders, DESCRIPTOR(ts), INTERVAL '2' HOUR));",
        problem: /CUMULATE takes a table, a DESCRIPTOR of its time column, a step and a size/,
        column: 21
      }
    ]))

  it("tells what is wrong with an OVER clause", () =>
    check([
      {
        sql: "SELECT RANK() OVER (PARTITION BY id) FROM orders;",
        problem: /RANK needs an ORDER BY in its OVER clause/,
        column: 20
      },
      {
        sql: "SELECT SUM(id) OVER w FROM orders WINDOW v AS (ORDER BY id);",
        problem: /Window 'w' is not known/,
        column: 21
      },
      {
        sql: "SELECT SUM(id) OVER (w ORDER BY ts) FROM orders WINDOW w AS (ORDER BY id);",
        problem: /A window that refines 'w' cannot have an ORDER BY, as 'w' has one/,
        column: 21
      },
      {
        sql:
          "SELECT SUM(id) OVER (ORDER BY id ROWS BETWEEN 1 FOLLOWING AND 2 PRECEDING) FROM orders;",
        problem: /The frame ends before it begins/,
        column: 34
      },
      {
        sql:
          "SELECT SUM(id) OVER (ORDER BY item RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM orders;",
        problem: /A frame over ORDER BY of type STRING cannot have this offset/,
        column: 50
      },
      {
        sql: "SELECT LAG(id, quantity) OVER (ORDER BY id) FROM orders;",
        problem: /The number of rows must be a whole number, written as a constant/,
        column: 16
      },
      {
        sql: "SELECT LEAD(id, 1, item) OVER (ORDER BY id) FROM orders;",
        problem: /The default of LEAD is STRING, but its value BIGINT/,
        column: 20
      },
      {
        sql: "SELECT ROW_NUMBER() OVER (ORDER BY id ROWS CURRENT ROW) FROM orders;",
        problem: /ROW_NUMBER takes no frame/,
        column: 39
      }
    ]))

  it("refuses by name what does not run", () =>
    check([
      {
        sql: "SELECT id FROM orders ORDER BY id;",
        problem: /ORDER BY without LIMIT over a stream must begin with event time, ascending/,
        column: 1
      },
      {
        sql: "SELECT 1 FROM orders JOIN items ON EXISTS (SELECT 1 FROM items);",
        problem: /EXISTS here is not supported yet/,
        column: 36
      },
      {
        sql: "SELECT MAX((SELECT 1)) FROM orders;",
        problem: /A query as a value is not supported yet/,
        column: 12
      },
      {
        sql: "SELECT id FROM orders LEFT JOIN UNNEST(ARRAY[1]) AS u (x) ON x > id;",
        problem: /LEFT JOIN UNNEST with a condition is not supported yet/,
        column: 62
      },
      {
        sql: "SELECT id FROM orders CROSS JOIN UNNEST(id) AS u (x);",
        problem: /UNNEST takes an ARRAY, a MAP or a MULTISET, not BIGINT/,
        column: 41
      },
      {
        sql: "SELECT 1 FROM orders o RIGHT JOIN LATERAL (SELECT o.id) AS x ON TRUE;",
        problem: /RIGHT JOIN cannot have LATERAL on its right side/,
        column: 15
      },
      {
        sql: "SELECT id FROM orders FOR SYSTEM_TIME AS OF ts;",
        problem: /FOR SYSTEM_TIME AS OF outside of a join is not supported yet/,
        column: 45
      },
      { sql: "DELETE FROM orders;", problem: /DELETE is not supported yet/, column: 1 },
      {
        sql: "CREATE FUNCTION f AS 'a.b' LANGUAGE JAVA;",
        problem: /A function in JAVA: leave LANGUAGE out .* is not supported yet/,
        column: 1
      }
    ]))

  it("names the operator that updates what a table cannot take", () =>
    check([
      {
        sql: "INSERT INTO output SELECT id, COUNT(*) FROM orders GROUP BY id;",
        problem: /output does not take update changes, which GroupAggregate\(id\) produces/,
        column: 1
      },
      {
        sql:
          "INSERT INTO output SELECT o.id, 1 FROM orders o LEFT JOIN items i ON o.item = i.item;",
        problem: /does not take delete changes, which Join\(item = item\) produces/,
        column: 1
      }
    ]))

  it("checks what a table declares", () =>
    check([
      {
        sql: "CREATE TABLE t (a INT, a INT) WITH ('connector' = 'filesystem');",
        problem: /Column 'a' is declared twice/,
        column: 24
      },
      {
        sql: "CREATE TABLE t (a INT, PRIMARY KEY (b) NOT ENFORCED);",
        problem: /Column 'b' is not known/,
        column: 37
      },
      {
        sql: "CREATE TABLE t (a INT, PRIMARY KEY (a));",
        problem: /A primary key is not enforced here.*NOT ENFORCED/s,
        column: 24
      },
      {
        sql: "CREATE TABLE t (a INT) PARTITIONED BY (b);",
        problem: /Column 'b' is not known/,
        column: 40
      },
      {
        sql: "CREATE TABLE t (a TIMESTAMP(6), WATERMARK FOR a AS a);",
        problem:
          /must be of type TIMESTAMP\(p\).*but is TIMESTAMP\(6\).*CAST\(a AS TIMESTAMP\(3\)\)/s,
        column: 47
      },
      {
        sql: "CREATE TABLE t (a TIMESTAMP(3), WATERMARK FOR a AS 1);",
        problem: /watermark of 'a' must be of type TIMESTAMP\(3\), but is INT/,
        column: 52
      },
      {
        sql: "CREATE TABLE t (a INT, b AS c + 1);",
        problem: /Column 'c' is not known/,
        column: 29
      },
      {
        sql: "CREATE TABLE t (a DECIMAL(40, 2));",
        problem: /Precision of DECIMAL must be from 1 to 38, but is 40/,
        column: 19
      },
      { sql: "CREATE TABLE orders (a INT);", problem: /Table 'orders' already exists/, column: 14 },
      {
        sql: "CREATE VIEW v (a, b) AS SELECT 1;",
        problem: /View 'v' names 2 columns, but its query has 1/,
        column: 16
      }
    ]))

  it("checks metadata against the connector", async () => {
    const table =
      "CREATE TABLE m (o INT METADATA FROM 'offset' VIRTUAL, x STRING METADATA) WITH ('connector' = 'filesystem'); SELECT o FROM m;"
    assert.match((await faultOf(table)).message, /'o'.* is INT, but 'offset' is BIGINT NOT NULL/)
    const unknown = table.replace("o INT METADATA FROM 'offset' VIRTUAL, ", "o INT, ")
    assert.match(
      (await faultOf(unknown)).message,
      /no readable metadata 'x'.*offset, timestamp, key/s
    )
  })

  it("reports all option problems of a table with its place and hides secrets", async () => {
    const fault = await faultOf(`
CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'pth' = 'x', 'formt' = 'json', 'sink.parallelism' = 'two', 'password' = 'hunter2');
INSERT INTO t SELECT 1;`)
    assert.equal(fault.tag, "OptionFault")
    assert.match(fault.message, /test\.sql, line 2, column 1/)
    assert.match(fault.message, /'pth' is not known. Did you mean 'path'/)
    assert.match(fault.message, /'sink.parallelism' must be a whole number/)
    assert.doesNotMatch(fault.message, /hunter2/)
  })

  it("finds the place within the query of a view, however it is reached", async () => {
    const script = `CREATE TABLE a (x INT) WITH ('connector' = 'filesystem', 'path' = 'a');
CREATE VIEW v AS
  SELECT x FROM a;
DROP TABLE a;
SELECT x FROM v;`
    const fault = await faultOf(script)
    assert.equal(fault.at, "3:17")
  })

  it("refuses more subtasks than key groups", async () => {
    const fault = await faultOf(`${tables} SELECT id FROM orders;`, {
      "parallelism.default": "129"
    })
    assert.match(fault.message, /'parallelism.default' is 129, more than the 128 key groups/)
  })

  it("refuses endless sources in batch mode", async () => {
    const batch = { "execution.runtime-mode": "batch" }
    const endless = "CREATE TABLE e (x INT) WITH ('connector' = 'endless'); SELECT x FROM e;"
    assert.match(
      (await faultOf(endless, batch)).message,
      /never ends and cannot be read in batch mode/
    )
  })

  it("keeps a windowed query that selects a column outside of its keys from running", () =>
    check([{
      sql: `SELECT window_start, price FROM ${tumble} GROUP BY window_start, window_end;`,
      problem: /Column 'price' stands neither/,
      column: 22
    }]))
})
