import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { type OutputForm, TableOutput } from "../src/table-output.ts"

function printed(
  form: OutputForm,
  columns: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string | null>>,
  literals?: ReadonlyArray<boolean>
): string {
  let text = ""
  const output = new TableOutput(columns, form, (more) => text += more, literals)
  for (const row of rows) output.row(row)
  output.end()
  return text
}

describe("TableOutput", () => {
  it("row() prints JSON numbers and booleans as such, to the last digit, and what JSON lacks in quotes", () => {
    const rows = [
      ["9007199254740993", "TRUE", "1.50", "7"],
      ["-0", "FALSE", "1.0E-10", 'a"b'],
      [null, null, "NaN", null],
      ["0", "FALSE", "-Infinity", "007"]
    ]
    const text = printed("json", ["n", "is", "x", "text"], rows, [true, true, true, false])
    assert.equal(
      text,
      '{"n":9007199254740993,"is":true,"x":1.50,"text":"7"}\n' +
        '{"n":-0,"is":false,"x":1.0e-10,"text":"a\\"b"}\n' +
        '{"n":null,"is":null,"x":"NaN","text":null}\n' +
        '{"n":0,"is":false,"x":"-Infinity","text":"007"}\n'
    )
    for (const line of text.trimEnd().split("\n")) JSON.parse(line)
  })

  it("row() keeps both of two columns of one name, in order", () => {
    assert.equal(printed("json", ["b", "1", "b"], [["x", "y", "z"]]), '{"b":"x","1":"y","b":"z"}\n')
  })

  it("row() quotes CSV fields where it must, and leaves NULL empty", () => {
    const rows = [["a,b", 'say "x"'], [null, "line\nfeed"]]
    const text = 'k,v\n"a,b","say ""x"""\n,"line\nfeed"\n'
    assert.equal(printed("csv", ["k", "v"], rows), text)
  })

  it("flush() prints what is held, once, and later rows as they come", () => {
    const parts: Array<string> = []
    const output = new TableOutput(["k"], "table", (more) => parts.push(more))
    output.row(["ab"])
    assert.deepEqual(parts, [])
    output.flush()
    output.row(["abc"])
    output.flush()
    assert.equal(parts.join(""), "+----+\n| k  |\n+----+\n| ab |\n| abc |\n")
    output.end()
    assert.equal(parts.at(-1), "+----+\n2 rows\n")
  })

  it("end() prints a table as wide as its widest cells", () => {
    const text =
      "+-----+------+\n| k   | v    |\n+-----+------+\n| abc | NULL |\n+-----+------+\n1 row\n"
    assert.equal(printed("table", ["k", "v"], [["abc", null]]), text)
  })
})
