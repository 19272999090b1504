import { describe, it } from "node:test"
import assert from "node:assert/strict"
import { parse, parseScalar, parseStatement } from "../../src/sql/parser.ts"
import { place } from "../../src/sql/place.ts"
import { SqlFault } from "../../src/sql/sql-fault.ts"
import type { Expression, Query, Select, Statement } from "../../src/sql/ast.ts"

function faultOf(sql: string): SqlFault {
  try {
    parse(sql)
  } catch (error) {
    if (error instanceof SqlFault) return error
    throw error
  }
  throw new Error(`No fault for: ${sql}`)
}

function select(sql: string): Select {
  const statement = parseStatement(sql)
  assert.ok(statement.kind === "query" && statement.query.kind === "select")
  return statement.query
}

/** The shape of operators, with every leaf as its text. */
function shape(sql: string): string {
  const show = (node: Expression): string => {
    switch (node.kind) {
      case "binary":
        return `(${show(node.left)} ${node.operator} ${show(node.right)})`
      case "unary":
        return `(${node.operator} ${show(node.operand)})`
      case "is":
        return `(${show(node.operand)} IS ${node.negated ? "NOT " : ""}${node.test})`
      case "between":
        return `(${show(node.operand)} BETWEEN ${show(node.low)} ${show(node.high)})`
      case "like":
        return `(${show(node.operand)} LIKE ${show(node.pattern)})`
      case "index":
        return `${show(node.operand)}[${show(node.index)}]`
      default:
        return sql.slice(node.span.start, node.span.end)
    }
  }
  return show(parseScalar(sql))
}

describe("parse", () => {
  it("parse() splits a script at semicolons and skips comments and empty statements", () => {
    const script = "SET 'a' = 'b'; -- one;\n;/* two; */ SELECT 1 // three\n;"
    assert.deepEqual(parse(script).map(({ kind }) => kind), ["set", "query"])
    assert.deepEqual(parse(" -- nothing\n"), [])
  })

  it("parse() reads a statement set as one statement with its inserts", () => {
    const [statement] = parse(
      "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b (x, y.z) SELECT 2; END;"
    )
    assert.ok(statement?.kind === "execute" && statement.statement.kind === "statementSet")
    const names = statement.statement.inserts.map((insert) => insert.table.parts[0]?.name)
    assert.deepEqual(names, ["a", "b"])
    assert.equal(statement.statement.inserts[1]?.columns?.[1]?.parts.length, 2)
  })

  it("parse() gives every node the span of its text", () => {
    const sql = "SELECT a + f(b, 'x''y') AS c FROM t AS u WHERE NOT d IS NULL"
    const query = select(sql)
    const text = (node: { span: { start: number; end: number } }) =>
      sql.slice(node.span.start, node.span.end)
    assert.equal(text(query.items[0]!), "a + f(b, 'x''y') AS c")
    assert.equal(text(query.items[0]!.expression), "a + f(b, 'x''y')")
    assert.equal(text(query.from!), "t AS u")
    assert.equal(text(query.where!), "NOT d IS NULL")
  })

  it("parse() groups operators as Flink does", () => {
    assert.equal(shape("a OR b AND NOT c = d + e * f"), "(a OR (b AND (NOT (c = (d + (e * f))))))")
    assert.equal(shape("a - b - c"), "((a - b) - c)")
    assert.equal(shape("- a * b"), "((- a) * b)")
    assert.equal(shape("a = b IS TRUE"), "((a = b) IS TRUE)")
    assert.equal(shape("NOT a IS NOT NULL"), "(NOT (a IS NOT NULL))")
    assert.equal(shape("a BETWEEN b AND c AND d"), "((a BETWEEN b c) AND d)")
    assert.equal(shape("a LIKE b || c OR d"), "((a LIKE (b || c)) OR d)")
    assert.equal(shape("a + b[1]"), "(a + b[1])")
    assert.equal(shape("a IS DISTINCT FROM b + 1"), "(a IS DISTINCT FROM (b + 1))")
  })

  it("parse() binds INTERSECT before UNION and keeps ORDER BY outside", () => {
    const statement = parseStatement("SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 3 LIMIT 4")
    assert.ok(statement.kind === "query")
    const ordered: Query = statement.query
    assert.ok(ordered.kind === "ordered" && ordered.body.kind === "setOperation")
    assert.equal(ordered.body.operator, "UNION")
    assert.equal(ordered.body.all, true)
    assert.ok(ordered.body.right.kind === "setOperation")
    assert.equal(ordered.body.right.operator, "INTERSECT")
  })

  it("parse() tells a query in parentheses from an expression and a row", () => {
    const query = select("SELECT ((SELECT 1)), (a), (a, b), a IN ((SELECT 1) UNION (SELECT 2))")
    const kinds = query.items.map(({ expression }) => expression.kind)
    assert.deepEqual(kinds, ["subquery", "column", "row", "inQuery"])
  })

  it("parse() reads the escapes of strings and names", () => {
    const values = (sql: string) => {
      const node = parseScalar(sql)
      assert.ok(node.kind === "string")
      return node.value
    }
    assert.equal(values("'it''s'"), "it's")
    assert.equal(values("'a' 'b'"), "ab")
    assert.equal(values("U&'\\00e9!'"), "é!")
    assert.equal(values("U&'#00e9' UESCAPE '#'"), "é")
    assert.equal(values("E'a\\n\\x41'"), "a\nA")
    const column = parseScalar("`a``b`.c")
    assert.ok(column.kind === "column")
    assert.deepEqual(column.path.map(({ name, quoted }) => [name, quoted]), [["a`b", true], [
      "c",
      false
    ]])
  })

  it("parse() keeps numbers as text", () => {
    const number = parseScalar("12345678901234567890.10")
    assert.ok(number.kind === "number")
    assert.deepEqual([number.text, number.form], ["12345678901234567890.10", "decimal"])
    const small = parseScalar("1e-3")
    assert.ok(small.kind === "number" && small.form === "approximate")
  })

  it("parse() turns the words of EXTRACT, TRIM, FLOOR and SUBSTRING into arguments", () => {
    const args = (sql: string) => {
      const node = parseScalar(sql)
      assert.ok(node.kind === "call")
      return node.args.map((item) => item.kind === "symbol" ? item.value : item.kind)
    }
    assert.deepEqual(args("EXTRACT(DAY FROM x)"), ["DAY", "column"])
    assert.deepEqual(args("TRIM(LEADING 'a' FROM x)"), ["LEADING", "string", "column"])
    assert.deepEqual(args("FLOOR(x TO HOUR)"), ["column", "HOUR"])
    assert.deepEqual(args("SUBSTRING(x FROM 1 FOR 2)"), ["column", "number", "number"])
    assert.deepEqual(args("POSITION('a' IN x)"), ["string", "column"])
    assert.deepEqual(args("TIMESTAMPDIFF(DAY, a, b)"), ["DAY", "column", "column"])
    assert.deepEqual(args("COUNT(*)"), ["star"])
  })

  it("parse() reads a table function with named arguments, a table and a descriptor", () => {
    const { from } = select(
      "SELECT * FROM TABLE(TUMBLE(DATA => TABLE t PARTITION BY k, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '1' HOUR)) AS w"
    )
    assert.ok(from?.kind === "aliasedTable" && from.table.kind === "functionTable")
    const { call } = from.table
    assert.ok(call.kind === "call")
    const values = call.args.map((item) =>
      item.kind === "namedArgument" ? item.value.kind : item.kind
    )
    assert.deepEqual(values, ["tableArgument", "descriptor", "interval"])
  })

  it("parse() reads CREATE TABLE with every kind of column", () => {
    const statement: Statement = parseStatement(`
      CREATE TABLE t (
        a INT NOT NULL PRIMARY KEY NOT ENFORCED, b ARRAY<ROW<x INT 'note', y MAP<STRING, DECIMAL(10, 2)>>>,
        c AS a + 1 COMMENT 'c', d TIMESTAMP(3) METADATA FROM 'ts' VIRTUAL, WATERMARK FOR d AS d - INTERVAL '5' SECOND
      ) PARTITIONED BY (a) WITH ('connector' = 'x')`)
    assert.ok(statement.kind === "createTable")
    const kinds = statement.columns.map(({ kind }) => kind)
    assert.deepEqual(kinds, [
      "physicalColumn",
      "physicalColumn",
      "computedColumn",
      "metadataColumn"
    ])
    assert.equal(statement.watermark?.column.parts[0]?.name, "d")
    assert.equal(statement.options[0]?.value.value, "x")
  })
})

describe("SqlFault", () => {
  it("SqlFault tells line, column, token, what was wanted and the text with a caret", () => {
    const fault = faultOf("SELECT a,\n  b c d\nFROM t")
    assert.deepEqual([fault.line, fault.column, fault.token], [2, 7, '"d"'])
    assert.ok(fault.expected.includes("FROM"))
    assert.equal(fault.excerpt, "    b c d\n        ^")
    assert.match(fault.message, /^Cannot read the SQL at line 2, column 7: Unexpected "d", wanted /)
  })

  it("SqlFault suggests the keyword that was misspelt", () => {
    assert.equal(faultOf("SELCT a FROM t").suggestion, "SELECT")
    assert.equal(faultOf("CREATE TABEL t (a INT)").suggestion, "TABLE")
    assert.match(faultOf("SELECT a FORM t WHERE b").suggestion ?? "", /FROM/)
  })

  it("SqlFault says that a reserved word needs backticks as a name", () => {
    const fault = faultOf("CREATE TABLE t (a INT, PRIMARY INT)")
    assert.equal(fault.column, 32)
    assert.match(faultOf("SELECT a AS order FROM t").problem, /reserved/)
  })

  it("SqlFault names what is not supported", () => {
    for (const sql of ["CALL p(1)", "CREATE MODEL m WITH ('a' = 'b')", "SHOW MODELS"]) {
      assert.match(faultOf(sql).problem, /not supported/)
    }
    assert.match(
      faultOf("SELECT * FROM TABLE(ML_PREDICT(TABLE t, MODEL m))").problem,
      /not supported/
    )
  })

  it("SqlFault tells of strings, names and comments that are not closed", () => {
    assert.match(faultOf("SELECT 'a").problem, /not closed/)
    assert.match(faultOf("SELECT `a\n` FROM t").problem, /not closed/)
    assert.match(faultOf("SELECT 1 /* a").problem, /not closed/)
    assert.match(faultOf("SELECT #").problem, /No token/)
  })

  it("SqlFault shows no value of an option that holds a secret", () => {
    const { message } = faultOf("CREATE TABLE t (a INT) WITH ('password' = 'hunter2', 'x' 1)")
    assert.ok(!message.includes("hunter2"))
    assert.ok(message.includes("'***'"))
  })

  it("place() counts lines at LF, CR and CR LF", () => {
    const text = "a\nb\r\nc\rd"
    assert.deepEqual(place(text, 0), { line: 1, column: 1 })
    assert.deepEqual(place(text, text.indexOf("b")), { line: 2, column: 1 })
    assert.deepEqual(place(text, text.indexOf("c")), { line: 3, column: 1 })
    assert.deepEqual(place(text, text.indexOf("d")), { line: 4, column: 1 })
    assert.deepEqual(place(text, 999), { line: 4, column: 2 })
  })
})

describe("limits", () => {
  const count = 10_000
  const hostile: Record<string, string> = {
    parentheses: `SELECT ${"(".repeat(count)}1${")".repeat(count)}`,
    subqueries: `SELECT * FROM ${"(SELECT * FROM ".repeat(count)}t${")".repeat(count)}`,
    calls: `SELECT ${"f(".repeat(count)}1${")".repeat(count)}`,
    signs: `SELECT ${"- ".repeat(count)}1`,
    negations: `SELECT ${"NOT ".repeat(count)}a`,
    cases: `SELECT ${"CASE WHEN a THEN ".repeat(count)}`,
    predicates: `SELECT ${"a BETWEEN ".repeat(count)}`,
    types: `CREATE TABLE t (a ${"ARRAY<".repeat(count)}`,
    suffixes: `CREATE TABLE t (a INT${" ARRAY".repeat(count)})`,
    items: `SELECT a${"[a".repeat(count)}`,
    fields: `SELECT f(1)${".a".repeat(count)}`,
    chains: `SELECT a${" OR a".repeat(count)}`,
    unions: `SELECT 1${" UNION SELECT 1".repeat(count)}`,
    joins: `SELECT * FROM a${" JOIN b ON c = d".repeat(count)}`,
    sets: `SELECT a FROM t GROUP BY ${"GROUPING SETS (".repeat(count)}`,
    patterns: `SELECT * FROM t MATCH_RECOGNIZE (PATTERN (${"(".repeat(count)}`,
    withs: "WITH a AS (".repeat(count)
  }
  for (const [name, sql] of Object.entries(hostile)) {
    it(`parse() refuses ${count} nested or chained ${name} with a fault`, () => {
      assert.match(faultOf(sql).problem, /nests deeper than 512|More than 1000 operators/)
    })
  }

  it("parse() takes 200 nested parentheses and 900 operators in a row", () => {
    parse(`SELECT ${"(".repeat(200)}1${")".repeat(200)}`)
    parse(`SELECT a${" + 1".repeat(900)}`)
    parse(`SELECT * FROM t WHERE ${Array(900).fill("a = 1").join(" OR ")}`)
  })
})
