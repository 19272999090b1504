/** Expressions of the milestone's queries through generated loops: values as Flink gives them, forms as batches bring them. */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import { Column } from "../src/batch/column.ts"
import { Dictionary } from "../src/batch/dictionary.ts"
import { Batch } from "../src/batch/element.ts"
import { encodeUtf8 } from "../src/batch/utf8.ts"
import {
  type LogicalType,
  type RowType,
  simple,
  string,
  timestamp
} from "../src/type/logical-type.ts"
import { compileCalc, compileNumber, compilePredicate } from "../src/table/code/calc.ts"
import { columnOf, readBoxed } from "../src/table/code/boxed.ts"
import { foldConstant } from "../src/table/code/constant.ts"
import type { Expression } from "../src/table/expression.ts"
import type { Boxed } from "../src/table/function/definition.ts"
import { inferScalar } from "../src/table/function/registry.ts"

const settings = { timeZone: "UTC", nowMillis: () => 1_700_000_000_000 }
const int = simple("INT")
const bigint = simple("BIGINT")
const boolean = simple("BOOLEAN")
const double = simple("DOUBLE")

function decimal(precision: number, scale: number): LogicalType {
  return { kind: "DECIMAL", nullable: true, precision, scale }
}

/** An input column. */
function input(index: number, type: LogicalType): Expression {
  return { op: "input", index, type }
}

function lit(value: boolean | string | null, type: LogicalType): Expression {
  return { op: "literal", value, type: { ...type, nullable: value === null } }
}

function text(value: string): Expression {
  return lit(value, { kind: "CHAR", nullable: false, length: value.length })
}

/** A call by its SQL name with the casts that a binder inserts. */
function call(sql: string, ...args: ReadonlyArray<Expression>): Expression {
  const inferred = inferScalar(sql, args.map((arg) => arg.type))
  assert.ok("name" in inferred, "problem" in inferred ? inferred.problem : "")
  const cast = args.map((arg, i): Expression => {
    const type = inferred.args[i]!
    const same = JSON.stringify({ ...type, nullable: true }) ===
      JSON.stringify({ ...arg.type, nullable: true })
    return same ? arg : foldConstant({ op: "cast", of: arg, try: false, type })
  })
  return { op: "call", name: inferred.name, args: cast, type: inferred.type }
}

function cast(of: Expression, type: LogicalType, attempt = false): Expression {
  return { op: "cast", of, try: attempt, type }
}

function rowOf(...types: ReadonlyArray<LogicalType>): RowType {
  return types.map((type, i) => ({ name: `c${i}`, type }))
}

function coded(values: ReadonlyArray<string | null>): Column {
  const texts = [...new Set(values.filter((value) => value !== null))]
  const parts = texts.map(encodeUtf8)
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  const starts = new Int32Array(parts.length)
  let at = 0
  parts.forEach((part, i) => {
    bytes.set(part, at)
    starts[i] = at
    at += part.length
  })
  const dictionary = new Dictionary(
    parts.length,
    bytes,
    starts,
    Int32Array.from(parts, (part) => part.length)
  )
  return new Column({
    layout: "bytes",
    rows: values.length,
    dictionary,
    values: Int32Array.from(values, (value) => value === null ? 0 : texts.indexOf(value)),
    nulls: values.includes(null)
      ? Uint8Array.from(values, (value) => value === null ? 1 : 0)
      : undefined
  })
}

/** The values of one expression over columns of the given types. */
function compute(
  expression: Expression,
  types: ReadonlyArray<LogicalType>,
  columns: ReadonlyArray<Column>
): Array<Boxed> {
  const calc = compileCalc(rowOf(...types), undefined, [expression], settings)
  const out = calc.run(new Batch(columns[0]!.rows, columns))!
  return Array.from({ length: out.rows }, (_, i) => readBoxed(out.columns[0]!, i, expression.type))
}

describe("compileCalc()", () => {
  it("compileCalc() multiplies a BIGINT by a DECIMAL exactly, as Nexmark's query 1", () => {
    const price = input(0, bigint)
    const product = call("*", lit("0.908", decimal(3, 3)), price)
    assert.deepEqual(product.type, { ...decimal(23, 3) })
    const values = [0n, 1n, 1000n, 99_999_999n, -7n, null]
    assert.deepEqual(compute(product, [bigint], [columnOf(bigint, values)]), [
      0n,
      908n,
      908000n,
      90_799_999_092n,
      -6356n,
      null
    ])
    const wide = [9_223_372_036_854_775_807n, 4_503_599_627_370_496n]
    assert.deepEqual(
      compute(product, [bigint], [columnOf(bigint, wide)]),
      wide.map((value) => value * 908n)
    )
  })

  it("compileCalc() keeps rows whose remainder is 0 and gathers the columns that pass through", () => {
    const auction = input(0, bigint)
    const condition = call("=", call("%", auction, lit("123", int)), lit("0", int))
    const types = [bigint, string]
    const calc = compileCalc(rowOf(...types), condition, [auction, input(1, string)], settings)
    const batch = new Batch(
      4,
      [columnOf(bigint, [123n, 124n, 246n, null]), coded(["a", "b", "c", "d"])],
      Uint8Array.of(0, 1, 2, 3)
    )
    const out = calc.run(batch)!
    assert.equal(out.rows, 2)
    assert.deepEqual([0, 1].map((i) => readBoxed(out.columns[0]!, i, bigint)), [123n, 246n])
    assert.deepEqual([0, 1].map((i) => readBoxed(out.columns[1]!, i, string)), ["a", "c"])
    assert.deepEqual([...out.kinds!], [0, 2])
    assert.equal(calc.run(new Batch(1, [columnOf(bigint, [1n]), coded(["x"])])), undefined)
  })

  it("compileCalc() shares columns that pass through when every row passes", () => {
    const calc = compileCalc(rowOf(bigint), call("IS NOT NULL", input(0, bigint)), [
      input(0, bigint)
    ], settings)
    const column = columnOf(bigint, [1n, 2n])
    assert.equal(calc.run(new Batch(2, [column]))!.columns[0], column)
  })

  it("compileCalc() casts and shifts event time as delays.sql does", () => {
    const ts9 = timestamp(6)
    const at = cast(input(0, ts9), timestamp(3))
    const values: Array<Boxed> = [{ millis: 978_310_800_123, nanos: 456_000 }, null]
    assert.deepEqual(compute(at, [ts9], [columnOf(ts9, values)]), [978_310_800_123, null])
    const watermark = call("-", input(0, timestamp(3)), lit("300000", simple("INTERVAL_DAY_TIME")))
    const most = compileNumber(rowOf(timestamp(3)), watermark, settings)
    assert.equal(most(new Batch(3, [columnOf(timestamp(3), [5_000_000, null, 1])])), 4_700_000)
    assert.equal(most(new Batch(1, [columnOf(timestamp(3), [null])])), -Infinity)
  })

  it("compileCalc() wraps BIGINT as Java does and stays exact beyond 2^52", () => {
    const sum = call("+", input(0, bigint), input(1, bigint))
    const most = 9_223_372_036_854_775_807n
    const columns = [
      columnOf(bigint, [most, 4_503_599_627_370_496n, 1n]),
      columnOf(bigint, [1n, 1n, 1n])
    ]
    assert.deepEqual(compute(sum, [bigint, bigint], columns), [
      -most - 1n,
      4_503_599_627_370_497n,
      2n
    ])
    const narrow = [
      columnOf(bigint, [4_503_599_627_370_496n]),
      columnOf(bigint, [4_503_599_627_370_496n])
    ]
    assert.ok(narrow[0]!.narrow)
    assert.deepEqual(compute(sum, [bigint, bigint], narrow), [9_007_199_254_740_992n])
  })

  it("compileCalc() refuses a division of integers by zero by the name of the expression", () => {
    const quotient = call("/", lit("10", int), input(0, int))
    const calc = compileCalc([{ name: "n", type: int }], undefined, [quotient], settings)
    assert.throws(() => calc.run(new Batch(1, [columnOf(int, [0])])), {
      _tag: "ExpressionFault",
      message: "Cannot compute (10 / n): division by zero"
    })
    assert.deepEqual(compute(quotient, [int], [columnOf(int, [3, null, -3])]), [3, null, -3])
  })

  it("compileCalc() computes only the branch of CASE that is taken", () => {
    const n = input(0, int)
    const safe = call(
      "CASE",
      call("=", n, lit("0", int)),
      lit("-1", int),
      call("/", lit("10", int), n)
    )
    assert.deepEqual(compute(safe, [int], [columnOf(int, [0, 5, null])]), [-1, 2, null])
    const guarded = call(
      "AND",
      call("<>", n, lit("0", int)),
      call(">", call("/", lit("10", int), n), lit("1", int))
    )
    assert.deepEqual(compute(guarded, [int], [columnOf(int, [0, 5, 10, null])]), [
      false,
      true,
      false,
      null
    ])
  })

  it("compileCalc() gives texts of CASE as codes of one dictionary", () => {
    const hour = call("HOUR", input(0, timestamp(3)))
    const kind = call(
      "CASE",
      call("AND", call(">=", hour, lit("8", int)), call("<=", hour, lit("18", int))),
      text("dayTime"),
      call("OR", call("<=", hour, lit("6", int)), call(">=", hour, lit("20", int))),
      text("nightTime"),
      text("otherTime")
    )
    const hours = [0, 7, 8, 19, 23].map((h) => h * 3_600_000)
    const calc = compileCalc(rowOf(timestamp(3)), undefined, [kind], settings)
    const out = calc.run(new Batch(5, [columnOf(timestamp(3), hours)]))!.columns[0]!
    assert.ok(out.dictionary !== undefined)
    assert.deepEqual(hours.map((_, i) => readBoxed(out, i, kind.type)), [
      "nightTime",
      "otherTime",
      "dayTime",
      "otherTime",
      "nightTime"
    ])
  })

  it("compileCalc() evaluates text functions once for each entry of a dictionary", () => {
    const upper = call("UPPER", input(0, string))
    const calc = compileCalc(rowOf(string), undefined, [upper], settings)
    const column = coded(["jfk", "sea", "jfk", null])
    const first = calc.run(new Batch(4, [column]))!.columns[0]!
    const second = calc.run(new Batch(4, [column]))!.columns[0]!
    assert.equal(first.dictionary, second.dictionary)
    assert.deepEqual([0, 1, 2, 3].map((i) => readBoxed(first, i, upper.type)), [
      "JFK",
      "SEA",
      "JFK",
      null
    ])
    assert.deepEqual(compute(upper, [string], [columnOf(string, ["ß", "é", null])]), [
      "SS",
      "É",
      null
    ])
  })

  it("compileCalc() extracts the channel of a url as Nexmark's queries 21 and 22 do", () => {
    const url = input(0, string)
    const channel = call("REGEXP_EXTRACT", url, text("(&|^)channel_id=([^&]*)"), lit("2", int))
    const values = ["https://a/b/c/x?q=1&channel_id=77", "https://a", null]
    assert.deepEqual(compute(channel, [string], [columnOf(string, values)]), ["77", null, null])
    const part = call("SPLIT_INDEX", url, text("/"), lit("3", int))
    assert.deepEqual(compute(part, [string], [coded(values)]), ["b", null, null])
  })

  it("compileCalc() reads fields of ROW columns, NULL where the row is", () => {
    const bid: LogicalType = {
      kind: "ROW",
      nullable: true,
      fields: [{ name: "auction", type: bigint }, { name: "url", type: string }]
    }
    const auction: Expression = { op: "field", of: input(0, bid), index: 0, type: bigint }
    const url: Expression = { op: "field", of: input(0, bid), index: 1, type: string }
    const column = columnOf(bid, [[1n, "x"], null, [3n, null]])
    const calc = compileCalc([{ name: "bid", type: bid }], call("IS NOT NULL", auction), [
      url,
      call("+", auction, lit("1", bigint))
    ], settings)
    const out = calc.run(new Batch(3, [column]))!
    assert.deepEqual([0, 1].map((i) => readBoxed(out.columns[0]!, i, string)), ["x", null])
    assert.deepEqual([0, 1].map((i) => readBoxed(out.columns[1]!, i, bigint)), [2n, 4n])
  })

  it("compileCalc() falls back to one general loop after many forms", () => {
    const types = [bigint, bigint, bigint, string]
    const sum = call("+", call("+", input(0, bigint), input(1, bigint)), input(2, bigint))
    const both = call("||", input(3, string), text("!"))
    const calc = compileCalc(rowOf(...types), undefined, [sum, both], settings)
    for (let form = 0; form < 64; form++) {
      const number = (bit: number) =>
        columnOf(bigint, [
          (form >> bit & 1) === 0 ? 1n : 2n ** 60n,
          (form >> (bit + 3) & 1) === 0 ? 1n : null
        ])
      const columns = [
        number(0),
        number(1),
        number(2),
        form % 2 === 0 ? coded(["a", "b"]) : columnOf(string, ["a", "b"])
      ]
      const out = calc.run(new Batch(2, columns))!
      const rows = [0, 1].map((i) => [0, 1, 2].map((k) => readBoxed(columns[k]!, i, bigint)))
      const wanted = rows.map((row) =>
        row.includes(null)
          ? null
          : BigInt.asIntN(64, row.reduce((a, b) => (a as bigint) + (b as bigint), 0n) as bigint)
      )
      assert.deepEqual(
        [0, 1].map((i) => readBoxed(out.columns[0]!, i, bigint)),
        wanted,
        `form ${form}`
      )
      assert.deepEqual([0, 1].map((i) => readBoxed(out.columns[1]!, i, string)), ["a!", "b!"])
    }
  })

  it("compileCalc() keeps text of the user out of its code", () => {
    const evil = "'; throw new Error('x'); //${1}`"
    const test = call("=", input(0, string), text(evil))
    const calc = compileCalc([{ name: evil, type: string }], test, [
      call("||", input(0, string), text("\u2028\n"))
    ], settings)
    const out = calc.run(new Batch(2, [columnOf(string, [evil, "x"])]))!
    assert.equal(readBoxed(out.columns[0]!, 0, string), `${evil}\u2028\n`)
  })
})

describe("compilePredicate()", () => {
  it("compilePredicate() marks only rows whose condition is TRUE", () => {
    const predicate = compilePredicate(
      rowOf(string),
      call("=", input(0, string), text("apple")),
      settings
    )
    const into = new Uint8Array(3).fill(9)
    predicate(new Batch(3, [coded(["apple", null, "pear"])]), into)
    assert.deepEqual([...into], [1, 0, 0])
    predicate(new Batch(3, [columnOf(string, ["apples", "apple", null])]), into)
    assert.deepEqual([...into], [0, 1, 0])
  })
})

describe("foldConstant()", () => {
  it("foldConstant() gives a literal of what is known and leaves the rest", () => {
    const two = call("+", lit("1", int), lit("1", int))
    assert.deepEqual(foldConstant(two), { op: "literal", value: "2", type: two.type })
    const zero = call("/", lit("1", int), lit("0", int))
    assert.equal(foldConstant(zero), zero)
    const now = call("CURRENT_TIMESTAMP")
    assert.equal(foldConstant(now), now)
    const local = cast(lit("0", timestamp(3)), {
      kind: "TIMESTAMP_LTZ",
      nullable: false,
      precision: 3
    })
    assert.equal(foldConstant(local), local)
    assert.deepEqual(foldConstant(cast(text("0.5"), double)), {
      op: "literal",
      value: "0.5",
      type: double
    })
    assert.equal(foldConstant(input(0, boolean)).op, "input")
  })
})
