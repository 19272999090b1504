/**
 * Claim: a generated loop gives for every row what the plain interpreter gives, NULLs and faults included, whatever the form of the
 * columns. Model: `interpret` over boxed rows. Generator: typed expressions of depth 3 over columns with extremes, NULLs, narrow, wide,
 * coded and plain. A failure means that some query computes other values than the meaning of its functions says.
 */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import * as fc from "fast-check"
import { Batch } from "../src/batch/element.ts"
import { isFault } from "../src/fault.ts"
import type { RowType } from "../src/type/logical-type.ts"
import { readBoxed } from "../src/table/code/boxed.ts"
import { compileCalc, compilePredicate } from "../src/table/code/calc.ts"
import { environmentOf, foldConstant } from "../src/table/code/constant.ts"
import { describe as describeExpression } from "../src/table/code/describe.ts"
import { interpret } from "../src/table/code/interpret.ts"
import type { Expression } from "../src/table/expression.ts"
import type { Boxed } from "../src/table/function/definition.ts"
import {
  columnsArbitrary,
  expressionOf,
  families,
  familyTypes
} from "./support/random-expression.ts"

const seed = Number(process.env["SEED"] ?? 20260)
const runs = Number(process.env["RUNS"] ?? 40)
const rows = 5
const settings = { timeZone: "Europe/Berlin", nowMillis: () => 1_700_000_000_123 }
const environment = environmentOf(settings)
const input: RowType = families.flatMap((family) =>
  [0, 1].map((k) => ({ name: `${family}${k}`, type: familyTypes[family] }))
)

type Outcome = ReadonlyArray<Boxed> | "fault"

function attempt(compute: () => ReadonlyArray<Boxed>): Outcome {
  try {
    return compute()
  } catch (error) {
    if (isFault(error)) return "fault"
    throw error
  }
}

function boxedRows(batch: Batch): ReadonlyArray<ReadonlyArray<Boxed>> {
  return Array.from(
    { length: batch.rows },
    (_, i) => batch.columns.map((column, k) => readBoxed(column, i, input[k]!.type))
  )
}

function interpreted(batch: Batch, condition: Expression, projection: Expression): Outcome {
  const test = interpret(condition, input, environment)
  const value = interpret(projection, input, environment)
  return attempt(() =>
    boxedRows(batch).filter((row) => test(row) === true).map((row) => value(row))
  )
}

function generated(batch: Batch, condition: Expression, projection: Expression): Outcome {
  return attempt(() => {
    const out = compileCalc(input, condition, [projection], settings).run(batch)
    return Array.from(
      { length: out?.rows ?? 0 },
      (_, i) => readBoxed(out!.columns[0]!, i, projection.type)
    )
  })
}

/** Folds a whole tree as the planner does, bottom-up. */
function folded(expression: Expression): Expression {
  if (expression.op === "call") {
    return foldConstant({ ...expression, args: expression.args.map(folded) })
  }
  if (expression.op === "cast" || expression.op === "field") {
    return foldConstant({ ...expression, of: folded(expression.of) })
  }
  return expression
}

const always: Expression = {
  op: "literal",
  value: true,
  type: { kind: "BOOLEAN", nullable: false }
}

describe("compileCalc()", () => {
  for (const family of families) {
    it(`compileCalc() computes ${family} expressions as the interpreter does (seed ${seed})`, () => {
      fc.assert(
        fc.property(expressionOf(family, 3), columnsArbitrary(rows), (projection, columns) => {
          const batch = new Batch(rows, columns)
          const text = describeExpression(projection, input)
          assert.deepEqual(
            generated(batch, always, projection),
            interpreted(batch, always, projection),
            text
          )
        }),
        { seed, numRuns: runs }
      )
    })
  }

  it(`compileCalc() filters as the interpreter does (seed ${seed})`, () => {
    fc.assert(
      fc.property(
        expressionOf("boolean", 3),
        fc.constantFrom(...families).chain((family) => expressionOf(family, 2)),
        columnsArbitrary(rows),
        (condition, projection, columns) => {
          const batch = new Batch(rows, columns)
          const text = `${describeExpression(projection, input)} WHERE ${
            describeExpression(condition, input)
          }`
          assert.deepEqual(
            generated(batch, condition, projection),
            interpreted(batch, condition, projection),
            text
          )
        }
      ),
      { seed, numRuns: runs * 3 }
    )
  })
})

describe("compilePredicate()", () => {
  it(`compilePredicate() marks the rows that the interpreter finds TRUE (seed ${seed})`, () => {
    fc.assert(
      fc.property(expressionOf("boolean", 3), columnsArbitrary(rows), (condition, columns) => {
        const batch = new Batch(rows, columns)
        const test = interpret(condition, input, environment)
        const wanted = attempt(() => boxedRows(batch).map((row) => test(row) === true))
        const given = attempt(() => {
          const into = new Uint8Array(rows)
          compilePredicate(input, condition, settings)(batch, into)
          return Array.from(into, (mark) => mark === 1)
        })
        assert.deepEqual(given, wanted, describeExpression(condition, input))
      }),
      { seed, numRuns: runs * 2 }
    )
  })
})

describe("foldConstant()", () => {
  it(`foldConstant() changes no value (seed ${seed})`, () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...families).chain((family) => expressionOf(family, 3)),
        columnsArbitrary(2),
        (expression, columns) => {
          const batch = new Batch(2, columns)
          const text = describeExpression(expression, input)
          assert.deepEqual(
            interpreted(batch, always, folded(expression)),
            interpreted(batch, always, expression),
            text
          )
        }
      ),
      { seed, numRuns: runs * 3 }
    )
  })
})
