/** Values of functions, casts and rules of types as Flink 2.3 gives them, by SQL name. */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import { format, type LogicalType, simple, string, timestamp } from "../src/type/logical-type.ts"
import { parseDate, parseTimestamp } from "../src/type/text.ts"
import { environmentOf } from "../src/table/code/constant.ts"
import { interpret } from "../src/table/code/interpret.ts"
import type { Expression } from "../src/table/expression.ts"
import {
  castable,
  commonType,
  functionNames,
  inferAggregate,
  inferScalar
} from "../src/table/function/registry.ts"

const environment = environmentOf({ timeZone: "Asia/Shanghai", nowMillis: () => 1_700_000_000_000 })
const bigint = simple("BIGINT", false)
const int = simple("INT", false)
const double = simple("DOUBLE", false)

function decimal(precision: number, scale: number): LogicalType {
  return { kind: "DECIMAL", nullable: false, precision, scale }
}

/** A literal: numbers as INT, or as DECIMAL with a point; texts as CHAR; `[value, type]` as told. */
type Given = number | string | null | readonly [string | null, LogicalType]

function literal(given: Given): Expression {
  if (Array.isArray(given)) return { op: "literal", value: given[0], type: given[1] }
  if (given === null) return { op: "literal", value: null, type: string }
  if (typeof given === "string") {
    return {
      op: "literal",
      value: given,
      type: { kind: "CHAR", nullable: false, length: given.length }
    }
  }
  const text = String(given)
  const scale = text.split(".")[1]?.length ?? 0
  const type = scale === 0 ? int : decimal(text.replace(/\D/g, "").length, scale)
  return { op: "literal", value: text, type }
}

function cast(of: Expression, type: LogicalType, attempt = false): Expression {
  return { op: "cast", of, try: attempt, type }
}

/** The value as CAST to STRING shows it. */
function show(expression: Expression): string | null {
  return interpret(cast(expression, string), [], environment)([]) as string | null
}

function call(sql: string, ...given: ReadonlyArray<Given>): Expression {
  const args = given.map(literal)
  const literals = args.map((arg) => arg.op === "literal" ? arg.value : undefined)
  const inferred = inferScalar(sql, args.map((arg) => arg.type), literals)
  if ("problem" in inferred) throw new Error(inferred.problem)
  return {
    op: "call",
    name: inferred.name,
    type: inferred.type,
    args: args.map((arg, i) => cast(arg, inferred.args[i]!))
  }
}

/** Calls keep literal words as literals: units and patterns are read when code is made. */
function value(sql: string, ...given: ReadonlyArray<Given>): string | null {
  const made = call(sql, ...given) as Expression & { readonly op: "call" }
  const args = made.args.map((arg) =>
    arg.op === "cast" && arg.of.type.kind === "CHAR" ? arg.of : arg
  )
  return show({ ...made, args })
}

function ts(text: string, precision = 3): Given {
  const { millis, nanos } = parseTimestamp(text)!
  return [
    nanos === 0 ? String(millis) : `${millis}.${String(nanos).padStart(6, "0")}`,
    timestamp(precision, false)
  ]
}

function date(text: string): Given {
  return [String(parseDate(text)), simple("DATE", false)]
}

function checkAll(
  cases: ReadonlyArray<readonly [string, ReadonlyArray<Given>, string | null]>
): void {
  for (const [sql, args, wanted] of cases) {
    assert.equal(value(sql, ...args), wanted, `${sql}(${args.map(String).join(", ")})`)
  }
}

describe("inferScalar()", () => {
  it("inferScalar() types arithmetic by the precision of its arguments", () => {
    const typeOf = (sql: string, ...types: ReadonlyArray<LogicalType>) => {
      const inferred = inferScalar(sql, types)
      return "problem" in inferred ? inferred.problem : format(inferred.type)
    }
    assert.equal(typeOf("*", bigint, decimal(3, 3)), "DECIMAL(23, 3) NOT NULL")
    assert.equal(typeOf("+", decimal(10, 2), decimal(5, 4)), "DECIMAL(13, 4) NOT NULL")
    assert.equal(typeOf("/", decimal(10, 2), decimal(5, 4)), "DECIMAL(20, 8) NOT NULL")
    assert.equal(typeOf("*", decimal(38, 10), decimal(38, 10)), "DECIMAL(38, 6) NOT NULL")
    assert.equal(typeOf("%", bigint, int), "INT NOT NULL")
    assert.equal(typeOf("/", int, int), "INT NOT NULL")
    assert.equal(typeOf("+", simple("SMALLINT"), bigint), "BIGINT")
    assert.equal(typeOf("+", simple("FLOAT", false), decimal(3, 1)), "DOUBLE NOT NULL")
    assert.equal(typeOf("-", timestamp(3), simple("INTERVAL_DAY_TIME", false)), "TIMESTAMP(3)")
    assert.equal(
      typeOf("=", bigint, string),
      "Values of BIGINT and VARCHAR cannot be compared: cast one of them"
    )
    assert.equal(typeOf("AND", simple("BOOLEAN"), int), "AND wants BOOLEAN, not INT")
    assert.equal(typeOf("UPPER", int), "Argument 1 of UPPER must be STRING, not INT")
    assert.equal(typeOf("NOSUCH", int), 'There is no function "NOSUCH"')
  })

  it("inferScalar() reads literals where they decide about the type", () => {
    assert.equal(format(call("ROUND", 1.2345, 2).type), "DECIMAL(4, 2) NOT NULL")
    assert.equal(format(call("ROUND", 1.2345).type), "DECIMAL(2, 0) NOT NULL")
    assert.equal(
      format(call("TIMESTAMPADD", "HOUR", 1, date("2020-01-01")).type),
      "TIMESTAMP(6) NOT NULL"
    )
    assert.equal(format(call("TIMESTAMPADD", "DAY", 1, date("2020-01-01")).type), "DATE NOT NULL")
  })
})

describe("inferAggregate()", () => {
  it("inferAggregate() gives sums room and averages their type", () => {
    const typeOf = (sql: string, ...types: ReadonlyArray<LogicalType>) => {
      const inferred = inferAggregate(sql, types, false)
      return "problem" in inferred ? inferred.problem : `${inferred.name} ${format(inferred.type)}`
    }
    assert.equal(typeOf("COUNT"), "count BIGINT NOT NULL")
    assert.equal(typeOf("SUM", decimal(10, 2)), "sum DECIMAL(38, 2)")
    assert.equal(typeOf("AVG", decimal(10, 2)), "avg DECIMAL(38, 6)")
    assert.equal(typeOf("AVG", bigint), "avg BIGINT")
    assert.equal(typeOf("MAX", bigint), "max BIGINT")
    assert.equal(typeOf("SUM", string), "SUM wants a number, not VARCHAR")
    assert.equal(typeOf("STDDEV_POP", bigint), "stddev_pop BIGINT")
    assert.match(typeOf("MEDIAN", bigint), /not supported yet/)
  })
})

describe("commonType()", () => {
  it("commonType() finds the least type of several", () => {
    const common = (...types: ReadonlyArray<LogicalType>) => {
      const type = commonType(types)
      return type && format(type)
    }
    assert.equal(common(int, bigint), "BIGINT NOT NULL")
    assert.equal(common(int, decimal(5, 2)), "DECIMAL(12, 2) NOT NULL")
    assert.equal(common(int, simple("FLOAT", false)), "FLOAT NOT NULL")
    assert.equal(common(decimal(5, 2), simple("FLOAT", false)), "DOUBLE NOT NULL")
    assert.equal(
      common({ kind: "CHAR", nullable: false, length: 3 }, {
        kind: "CHAR",
        nullable: false,
        length: 5
      }),
      "VARCHAR(5) NOT NULL"
    )
    assert.equal(common(timestamp(3), timestamp(6)), "TIMESTAMP(6)")
    assert.equal(common(int, simple("NULL")), "INT")
    assert.equal(common(int, string), undefined)
  })

  it("castable() tells implicit casts from explicit ones", () => {
    assert.ok(castable(int, bigint, true))
    assert.ok(!castable(bigint, int, true))
    assert.ok(castable(bigint, int, false))
    assert.ok(!castable(timestamp(3), bigint, false))
    assert.ok(castable(string, timestamp(3), false))
    assert.ok(!castable(int, { kind: "ARRAY", nullable: true, element: int }, false))
  })
})

describe("functions of numbers", () => {
  it("ROUND() rounds half up and TRUNCATE() cuts", () => {
    checkAll([
      ["ROUND", [125.315], "125"],
      ["ROUND", [-125.315, 2], "-125.32"],
      ["ROUND", [125, -1], "130"],
      ["TRUNCATE", [42.345, 2], "42.34"],
      ["FLOOR", [-1.5], "-2"],
      ["CEIL", [-1.5], "-1"],
      ["ABS", [-7], "7"],
      ["SIGN", [-1.5], "-1.0"],
      ["MOD", [-7, 3], "-1"],
      ["HEX", [255], "FF"],
      ["HEX", ["hello"], "68656C6C6F"],
      ["BIN", [-1], "1".repeat(64)],
      ["LOG2", [10], "3.3219280948873626"],
      ["GREATEST", [1, 3, 2], "3"]
    ])
  })
})

describe("functions of text", () => {
  it("functions of text count characters from 1", () => {
    checkAll([
      ["SUBSTRING", ["Quadratically", 5], "ratically"],
      ["SUBSTRING", ["Quadratically", 5, 6], "ratica"],
      ["SUBSTRING", ["1世3", -2, 1], "世"],
      ["SUBSTRING", ["abc", 2, -1], null],
      ["POSITION", ["世", "1世3"], "2"],
      ["LOCATE", ["bar", "foobarbar", 5], "7"],
      ["CHAR_LENGTH", ["😀é"], "2"],
      ["OVERLAY", ["xxxxxtest", "xxxx", 6], "xxxxxxxxx"],
      ["LPAD", ["hi", 4, "??"], "??hi"],
      ["LPAD", ["hi", 1, "??"], "h"],
      ["RPAD", ["hi", 5, "ab"], "hiaba"],
      ["TRIM", ["BOTH", "x", "xxaxx"], "a"],
      ["LTRIM", ["  a "], "a "],
      ["INITCAP", ["hELLO wORLD"], "Hello World"],
      ["REVERSE", ["a世😀"], "😀世a"],
      ["REPLACE", ["aXbX", "X", "$&"], "a$&b$&"],
      ["CONCAT_WS", ["-", "a", null, "b"], "a-b"],
      ["||", ["a", null], null],
      ["SPLIT_INDEX", ["a,b,,d", ",", 3], "d"],
      ["SPLIT_INDEX", ["a,b", ",", 2], null],
      ["FROM_BASE64", ["aGVsbG8="], "hello"],
      ["PARSE_URL", ["http://u@facebook.com/path?q=1#r", "HOST"], "facebook.com"],
      ["PARSE_URL", ["http://facebook.com/path?query=1", "QUERY", "query"], "1"],
      ["MD5", ["test"], "098f6bcd4621d373cade4e832627b4f6"]
    ])
  })

  it("LIKE and regular expressions match as Flink's", () => {
    checkAll([
      ["LIKE", ["a_c%", "a\\_c%", "\\"], "TRUE"],
      ["LIKE", ["abcd", "a_c%"], "TRUE"],
      ["LIKE", ["abcd", "bc%"], "FALSE"],
      ["LIKE", ["a\nb", "a%b"], "TRUE"],
      ["SIMILAR TO", ["abc", "(a|x)%"], "TRUE"],
      ["REGEXP_EXTRACT", ["foothebar", "foo(.*?)(bar)", 2], "bar"],
      ["REGEXP_EXTRACT", ["x", "y"], null],
      ["REGEXP_REPLACE", ["foobar", "oo|ar", "$1"], "f$1b$1"],
      ["REGEXP", ["foothebar", "(?i)FOO"], "TRUE"]
    ])
  })
})

describe("functions of times", () => {
  it("parts, floors and differences read the wall clock", () => {
    checkAll([
      ["YEAR", [date("1996-11-10")], "1996"],
      ["WEEK", [date("1996-11-10")], "45"],
      ["DAYOFWEEK", [date("1996-11-10")], "1"],
      ["EXTRACT", ["MILLISECOND", ts("1996-11-10 06:55:44.333")], "333"],
      ["HOUR", [["0", { kind: "TIMESTAMP_LTZ", nullable: false, precision: 3 }]], "8"],
      ["FLOOR", [ts("2018-03-20 06:44:31"), "HOUR"], "2018-03-20 06:00:00.000"],
      ["CEIL", [ts("2018-03-31 00:00:01"), "DAY"], "2018-04-01 00:00:00.000"],
      ["FLOOR", [date("2021-02-27"), "WEEK"], "2021-02-21"],
      ["FLOOR", [date("2018-04-02"), "CENTURY"], "2001-01-01"],
      ["TIMESTAMPADD", ["MONTH", 1, ts("2020-01-31 01:00:00")], "2020-02-29 01:00:00.000"],
      ["TIMESTAMPDIFF", ["MONTH", ts("2020-01-31 00:00:00"), ts("2020-03-30 00:00:00")], "1"],
      ["TIMESTAMPDIFF", ["DAY", ts("2018-07-03 11:11:11"), ts("2018-07-01 12:12:12")], "-1"],
      [
        "+",
        [ts("2021-01-31 00:00:00"), ["1", simple("INTERVAL_YEAR_MONTH", false)]],
        "2021-02-28 00:00:00.000"
      ]
    ])
  })

  it("times are read and written by patterns", () => {
    checkAll([
      [
        "DATE_FORMAT",
        [ts("2018-03-14 01:02:03.004"), "yyyy/MM/dd'T'HH:mm:ss.SSS"],
        "2018/03/14T01:02:03.004"
      ],
      ["DATE_FORMAT", [ts("2018-03-14 13:02:03"), "EEE, d MMM yy h a"], "Wed, 14 Mar 18 1 PM"],
      ["TO_TIMESTAMP", ["2018-01-25 10:11:12"], "2018-01-25 10:11:12.000"],
      ["TO_TIMESTAMP", ["25.1.2018", "d.M.yyyy"], "2018-01-25 00:00:00.000"],
      ["TO_TIMESTAMP", ["no time"], null],
      ["TO_DATE", ["2014-03", "yyyy-MM"], "2014-03-01"],
      ["FROM_UNIXTIME", [100], "1970-01-01 08:01:40"],
      ["TO_TIMESTAMP_LTZ", [100, 0], "1970-01-01 08:01:40.000"],
      ["TO_TIMESTAMP_LTZ", [1234, 3], "1970-01-01 08:00:01.234"],
      ["UNIX_TIMESTAMP", ["2015-07-24 10:00:00"], "1437703200"]
    ])
  })
})

describe("CAST", () => {
  const castShown = (given: Given, type: LogicalType, attempt = false) =>
    show(cast(literal(given), type, attempt))

  it("CAST writes values in Flink's forms", () => {
    assert.equal(castShown(["1", double], string), "1.0")
    assert.equal(castShown(["1e10", double], string), "1.0E10")
    assert.equal(show({ op: "literal", value: true, type: simple("BOOLEAN", false) }), "TRUE")
    assert.equal(
      castShown(["90061001", simple("INTERVAL_DAY_TIME", false)], string),
      "+1 01:01:01.001"
    )
    assert.equal(castShown("abcdef", { kind: "VARCHAR", nullable: false, length: 3 }), "abc")
  })

  it("CAST of numbers wraps, cuts and rounds as Java and SQL say", () => {
    assert.equal(castShown(["4294967297", bigint], int), "1")
    assert.equal(castShown(["1e20", double], bigint), "9223372036854775807")
    assert.equal(castShown(-1.9, int), "-1")
    assert.equal(castShown(["1.005", double], decimal(5, 2)), "1.01")
    assert.equal(castShown(123.45, decimal(4, 2)), null)
    assert.equal(castShown(["NaN", double], int), "0")
  })

  it("CAST of text that is no value is a fault, TRY_CAST gives NULL", () => {
    assert.equal(castShown(" 12.7 ", int), "12")
    assert.equal(castShown("abc", int, true), null)
    assert.equal(castShown("yes", simple("BOOLEAN")), "TRUE")
    assert.throws(() => castShown("abc", int), {
      _tag: "ExpressionFault",
      message:
        `Cannot compute CAST('abc' AS INT): "abc" is no value of INT; TRY_CAST gives NULL instead`
    })
  })

  it("CAST between TIMESTAMP and TIMESTAMP_LTZ uses the session's zone", () => {
    const local: LogicalType = { kind: "TIMESTAMP_LTZ", nullable: false, precision: 3 }
    const instant = cast(literal(ts("1970-01-01 08:00:00")), local)
    assert.equal(interpret(instant, [], environment)([]), 0)
    assert.equal(show(cast(instant, timestamp(0, false))), "1970-01-01 08:00:00")
    assert.equal(show(cast(instant, simple("DATE", false))), "1970-01-01")
  })
})

describe("functionNames()", () => {
  it("functionNames() lists names that a user may write, sorted", () => {
    const names = functionNames()
    assert.deepEqual([...names].sort(), names)
    for (const name of ["UPPER", "COUNT", "COALESCE", "TO_TIMESTAMP_LTZ"]) {
      assert.ok(names.includes(name), name)
    }
    assert.ok(!names.some((name) => name.startsWith("$")))
  })
})
