import { describe, it } from "node:test"
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { parse, parseStatement } from "../../src/sql/parser.ts"
import { parseLine, parseSql } from "../../src/sql/parse-lines.ts"
import { unparse } from "../../src/sql/unparse.ts"
import { checkCorpus, type CorpusLine } from "./check-corpus.ts"

function corpus(name: string): ReadonlyArray<CorpusLine> {
  const text = readFileSync(new URL(`./corpus/${name}`, import.meta.url), "utf8")
  return text.split("\n").filter((line) => line !== "").map((line): CorpusLine => JSON.parse(line))
}

const canonical = (sql: string): string => unparse(parseStatement(sql))

describe("corpus", () => {
  it("parse() agrees with Flink 2.3 on at least 99 % of accepted and 97 % of refused statements", () => {
    const reach = checkCorpus([...corpus("statements.jsonl"), ...corpus("mutants.jsonl")])
    assert.ok(reach.acceptable > 300 && reach.refusable > 300, "the corpus holds both verdicts")
    assert.ok(reach.accepted >= 0.99 * reach.acceptable, `${reach.accepted} of ${reach.acceptable}`)
    assert.ok(reach.refused >= 0.97 * reach.refusable, `${reach.refused} of ${reach.refusable}`)
    assert.ok(reach.sameLine >= 0.97 * reach.refused, `${reach.sameLine} on the same line`)
    assert.ok(reach.canonical >= 0.98 * reach.accepted, `${reach.canonical} of ${reach.accepted}`)
  })

  it("unparse() gives text that reads the same again, over the whole corpus", () => {
    // Two forms of Flink's text are for the eye alone: group windows, and table arguments in parentheses with PARTITION BY.
    const unreadable = /\$(TUMBLE|HOP|SESSION)\(|\(TABLE [^)]* (PARTITION|ORDER) BY/
    let checked = 0
    for (const { sql } of corpus("statements.jsonl")) {
      if (parseSql(0, sql).parse === "fail") continue
      const first = canonical(sql)
      if (unreadable.test(first)) continue
      assert.equal(canonical(first), first)
      checked++
    }
    assert.ok(checked > 250, `${checked} statements`)
  })
})

describe("unparse", () => {
  it("unparse() writes parentheses only where precedence asks for them", () => {
    assert.equal(
      canonical("SELECT (a + b) * c, (a * b) + c"),
      "SELECT (`a` + `b`) * `c`, `a` * `b` + `c`"
    )
    assert.equal(
      canonical("SELECT a - (b - c), (a - b) - c"),
      "SELECT `a` - (`b` - `c`), `a` - `b` - `c`"
    )
    assert.equal(canonical("SELECT NOT (NOT a)"), "SELECT NOT (NOT `a`)")
    assert.equal(canonical("SELECT - - 1, -a"), "SELECT - -1, - `a`")
  })

  it("unparse() normalises numbers, strings and types", () => {
    assert.equal(canonical("SELECT 007, .5, 1.50, 12e1"), "SELECT 7, 0.5, 1.50, 1.2E2")
    assert.equal(canonical("SELECT 'it''s', 'é'"), "SELECT 'it''s', u&'\\00e9'")
    assert.equal(
      canonical("SELECT CAST(a AS numeric(4)), CAST(a AS timestamp(3) with local time zone)"),
      "SELECT CAST(`a` AS DECIMAL(4)), CAST(`a` AS TIMESTAMP(3) WITH LOCAL TIME ZONE)"
    )
  })

  it("unparse() writes nested calls and CASE in time linear in their text", () => {
    const calls = `SELECT ${"f(".repeat(200)}1${")".repeat(200)}`
    assert.ok(canonical(calls).length < 2_000)
    const cases = `SELECT ${"CASE ".repeat(60)}a${" WHEN 1 THEN 2 WHEN 3 THEN 4 END".repeat(60)}`
    assert.ok(canonical(cases).length < 10_000)
  })
})

describe("parseLine", () => {
  it("parseLine() gives the verdict, the place and the canonical text as JSON", () => {
    const good = JSON.parse(parseLine('{"id":"a","sql":"select 1; select 2"}', 1) ?? "")
    assert.deepEqual(good, {
      id: "a",
      parse: "ok",
      line: null,
      column: null,
      message: null,
      canonical: "SELECT 1;\nSELECT 2"
    })
    const bad = JSON.parse(parseLine('{"id":7,"sql":"select\\n 1 2"}', 2) ?? "")
    assert.deepEqual([bad.id, bad.parse, bad.line, bad.column], [7, "fail", 2, 4])
    assert.ok(!bad.message.includes("\n"))
  })

  it("parseLine() answers for lines that are no statement", () => {
    assert.equal(parseLine("  ", 1), undefined)
    assert.equal(JSON.parse(parseLine("{", 3) ?? "").id, 3)
    assert.match(JSON.parse(parseLine('{"id":"x"}', 4) ?? "").message, /no text "sql"/)
    assert.equal(JSON.parse(parseLine('{"id":"x","sql":" -- none"}', 5) ?? "").parse, "fail")
  })

  it("parse() is given 50 kB and reads every statement", () => {
    const one = "SELECT a, b + 1 AS c FROM t JOIN u ON t.x = u.x WHERE a IN (1, 2) GROUP BY a;\n"
    const script = one.repeat(Math.ceil(50_000 / one.length))
    assert.equal(parse(script).length, Math.ceil(50_000 / one.length))
  })
})
