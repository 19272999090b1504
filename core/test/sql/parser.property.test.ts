/**
 * Claim: any sequence of tokens, and any damage to a good statement, gives a tree or a SqlFault whose place lies in the text; what is accepted
 * has a canonical text that is accepted and whose canonical text is itself. Model: the fixed point. Generator: tokens of the language at
 * random, and statements of the corpus with tokens deleted, doubled, swapped or replaced. A failure would mean a crash on a typing error,
 * an error that points nowhere, or EXPLAIN and SHOW CREATE printing text that means something else.
 */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import fc from "fast-check"
import { tokenize } from "../../src/sql/lexer.ts"
import { parse } from "../../src/sql/parser.ts"
import { SqlFault } from "../../src/sql/sql-fault.ts"
import { unparse } from "../../src/sql/unparse.ts"

const seed = Number(process.env["SEED"] ?? 20_261_122)

/** Forms that Flink writes and does not read. */
const unreadable = /\$(TUMBLE|HOP|SESSION)\(|(\(TABLE [^)]*|\)) (PARTITION|ORDER) BY/

/** Whether `sql` was accepted; asserts what must hold in either case. */
function check(sql: string): boolean {
  let texts: ReadonlyArray<string>
  try {
    texts = parse(sql).map(unparse)
  } catch (error) {
    if (!(error instanceof SqlFault)) throw error
    assert.ok(error.offset >= 0 && error.offset <= sql.length, "the place lies in the text")
    assert.ok(error.line >= 1 && error.column >= 1 && error.problem.length > 0)
    return false
  }
  for (const text of texts) {
    if (unreadable.test(text)) continue
    const again = parse(text).map(unparse)
    assert.deepEqual(again, [text], sql)
  }
  return true
}

const words = (
  "SELECT FROM WHERE GROUP BY ORDER LIMIT JOIN LEFT ON AS AND OR NOT IN IS NULL LIKE BETWEEN EXISTS CASE WHEN THEN ELSE END " +
  "WITH UNION ALL INTERSECT EXCEPT VALUES ROW ARRAY MAP CAST INTERVAL DAY TABLE CREATE VIEW INSERT INTO SET OVER PARTITION " +
  "DISTINCT COUNT ( ) ( ) [ ] , , . ; = <> < > + - * / || => ? a b c `d e` t u f 1 2.5 'x' INT STRING TIMESTAMP COMMENT WATERMARK FOR " +
  "PRIMARY KEY ENFORCED DESCRIPTOR LATERAL UNNEST FETCH OFFSET ROWS RANGE CURRENT FILTER"
).split(" ")

const good: ReadonlyArray<string> = readFileSync(
  new URL("./corpus/statements.jsonl", import.meta.url),
  "utf8"
).split("\n").filter((line) => line !== "").map((line) => JSON.parse(line).sql as string)

/** The tokens of a text, with the blanks between them dropped. */
function tokensOf(sql: string): Array<string> {
  const { starts, ends, count } = tokenize(sql)
  return Array.from({ length: count - 1 }, (_, index) => sql.slice(starts[index], ends[index]))
}

const edit = fc.record({
  action: fc.constantFrom("delete", "double", "swap", "replace", "insert"),
  at: fc.nat(10_000),
  word: fc.constantFrom(...words)
})

function damage(
  tokens: Array<string>,
  { action, at, word }: { action: string; at: number; word: string }
): void {
  const index = at % Math.max(1, tokens.length)
  if (action === "delete") tokens.splice(index, 1)
  if (action === "double") tokens.splice(index, 0, tokens[index] ?? word)
  if (action === "swap") tokens.splice(index, 2, ...tokens.slice(index, index + 2).reverse())
  if (action === "replace") tokens[index] = word
  if (action === "insert") tokens.splice(index, 0, word)
}

describe("parser properties", () => {
  it(`parse() gives a tree or a fault for tokens at random (seed ${seed})`, () => {
    const text = fc.array(fc.constantFrom(...words), { maxLength: 25 })
    fc.assert(
      fc.property(text, (tokens) => {
        check(tokens.join(" "))
        check(`SELECT ${tokens.join(" ")}`)
      }),
      { numRuns: 4000, seed }
    )
  })

  it(`parse() gives a tree or a fault for any characters (seed ${seed})`, () => {
    const unit = fc.constantFrom(..."'`\"\\/*+-_$uUnNeExX&{}dts.;0123456789 \n\t(é世")
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (text) => void check(text)),
      { numRuns: 4000, seed }
    )
  })

  it(`unparse() of a damaged statement that is still good reads the same again (seed ${seed})`, () => {
    let accepted = 0
    const edits = fc.array(edit, { minLength: 1, maxLength: 2 })
    fc.assert(
      fc.property(fc.constantFrom(...good), edits, (sql, list) => {
        const tokens = tokensOf(sql)
        for (const item of list) damage(tokens, item)
        if (check(tokens.join(" "))) accepted++
      }),
      { numRuns: 3000, seed }
    )
    assert.ok(accepted > 60, `${accepted} damaged statements were accepted`)
  })
})
