/** Bad input gets one readable error with its place and what to do, exit code 1, and no half-written output that anyone sees. */
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs"
import process from "node:process"
import { after, before, describe, it } from "node:test"
import { fileURLToPath } from "node:url"
import { Workplace } from "./command.ts"

const flights = fileURLToPath(
  new URL("../../node_modules/vega-datasets/data/flights-3m.parquet", import.meta.url)
)

/** Each: a name, a script, and what the error must say. */
const cases: ReadonlyArray<readonly [name: string, sql: string, wanted: ReadonlyArray<RegExp>]> = [
  ["an unknown connector", table("connector = 'filesystm', path = 'ok.csv', format = 'csv'"), [
    /No connector 'filesystm' is installed. Did you mean 'filesystem'\?/,
    /job.sql, line 1, column 1/
  ]],
  ["an unknown format", table("connector = 'filesystem', path = 'ok.csv', format = 'jsn'"), [
    /No format 'jsn' is installed. Did you mean 'json'\?/
  ]],
  [
    "a missing and a misspelt option at once",
    table("connector = 'filesystem', pth = 'ok.csv', format = 'csv'"),
    [
      /Option 'path' is required/,
      /Option 'pth' is not known. Did you mean 'path'\?/
    ]
  ],
  [
    "a misspelt option of a format",
    table("connector = 'filesystem', path = 'ok.csv', format = 'csv', csv.field-delimeter = ';'"),
    [
      /Option 'csv.field-delimeter' is not known. Did you mean 'csv.field-delimiter'\?/
    ]
  ],
  ["an option of the wrong type", table("connector = 'datagen', number-of-rows = 'many'"), [
    /Option 'number-of-rows' must be a whole number, but is 'many'/
  ]],
  [
    "an option that is not built",
    table(
      "connector = 'filesystem', path = 'ok.csv', format = 'csv', source.monitor-interval = '1 s'"
    ),
    [
      /Option 'source.monitor-interval' is not supported yet/
    ]
  ],
  ["a missing file", table("connector = 'filesystem', path = 'none.csv', format = 'csv'"), [
    /there is nothing at "none.csv"/,
    /working directory/
  ]],
  [
    "a Parquet file that was cut off",
    table("connector = 'filesystem', path = 'cut.parquet', format = 'parquet'", "delay BIGINT"),
    [
      /"cut.parquet" at byte \d+: it does not end in "PAR1"/
    ]
  ],
  [
    "a column that the file does not have",
    table(`connector = 'filesystem', path = '${flights}', format = 'parquet'`, "delays BIGINT"),
    [
      /Cannot find column "delays".*did you mean "delay"\?/
    ]
  ],
  [
    "a CSV row with too few fields",
    table("connector = 'filesystem', path = 'short.csv', format = 'csv'"),
    [
      /"short.csv", row 2, byte 4: Expected 2 fields but found 1/,
      /'millrace.bad-records'/
    ]
  ],
  ["JSON that is not JSON", table("connector = 'filesystem', path = 'bad.json', format = 'json'"), [
    /"bad.json", row 2, byte 16/
  ]],
  ["a misspelt keyword", "SELEC * FROM t", [
    /line 1, column 1: Unexpected "SELEC"/,
    /did you mean SELECT\?/
  ]],
  [
    "an unknown column",
    table("connector = 'filesystem', path = 'ok.csv', format = 'csv'").replace(
      "SELECT *",
      "SELECT aa"
    ),
    [
      /Column 'aa' is not known.*line 2, column 8.*Did you mean 'a'\?/
    ]
  ],
  ["an output below a file", output("/etc/passwd/x"), [
    /"\/etc\/passwd" is a file, not a directory; choose another path/
  ]],
  ["an output below /proc", output("/proc/x/y"), [
    /"\/proc" belongs to the system; choose another path/
  ]]
]

function table(options: string, columns = "a STRING, n INT"): string {
  const pairs = options.split(", ").map((pair) => pair.replace(/^(\S+) = /, "'$1' = ")).join(", ")
  return `CREATE TABLE t (${columns}) WITH (${pairs});\nSELECT * FROM t;\n`
}

function output(path: string): string {
  return "CREATE TABLE t (a STRING, n INT) WITH ('connector' = 'filesystem', 'path' = 'ok.csv', 'format' = 'csv');\n" +
    `CREATE TABLE o (a STRING, n INT) WITH ('connector' = 'filesystem', 'path' = '${path}', 'format' = 'json');\n` +
    "INSERT INTO o SELECT * FROM t;\n"
}

/** Endless or many rows into a folder. */
function generated(path: string, rows: number, extra = ""): string {
  return `${extra}CREATE TABLE g (id BIGINT, text STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '${rows}', ` +
    "'rows-per-second' = '100000000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '0', 'fields.id.end' = '1000000000');\n" +
    `CREATE TABLE o (id BIGINT, text STRING) WITH ('connector' = 'filesystem', 'path' = '${path}', 'format' = 'json');\n` +
    "INSERT INTO o SELECT * FROM g;\n"
}

describe("bad input", () => {
  const place = new Workplace()
  before(() => {
    place.file("ok.csv", "a,1\nb,2\n")
    place.file("short.csv", "a,1\nb\nc,3\n")
    place.file("bad.json", '{"a":"x","n":1}\nnot json\n{"a":"y","n":2}\n')
    place.file("cut.parquet", readFileSync(flights).subarray(0, 100000))
  })
  after(() => place.remove())

  for (const [name, sql, wanted] of cases) {
    it(`millrace run refuses ${name}`, async () => {
      const { code, err } = await place.sql(sql)
      for (const pattern of wanted) assert.match(err, pattern)
      assert.equal(code, 1)
      assert.equal(err.match(/^Error: /gm)?.length, 1, err)
      assert.doesNotMatch(err, /This is a bug/)
    })
  }

  it("millrace run skips bad records when asked, and counts them", async () => {
    const { code, out, err } = await place.sql(
      table(
        "connector = 'filesystem', path = 'bad.json', format = 'json', millrace.bad-records = 'skip'"
      ),
      "--output",
      "csv"
    )
    assert.equal(code, 0, err)
    assert.equal(out, "a,n\nx,1\ny,2\n")
  })

  it("millrace run writes bad records to the dead-letter table: in = out + letters", async () => {
    const sql = table(
      "connector = 'filesystem', path = 'bad.json', format = 'json', millrace.bad-records = 'dead-letter', millrace.dead-letter.table = 'letters'"
    )
    const letters =
      "CREATE TABLE letters (`raw` BYTES, error STRING, source STRING, `position` STRING, `at` TIMESTAMP_LTZ(3)) " +
      "WITH ('connector' = 'filesystem', 'path' = 'letters', 'format' = 'json');\n"
    const { code, out, err } = await place.sql(letters + sql, "--output", "csv")
    assert.equal(code, 0, err)
    assert.equal(out, "a,n\nx,1\ny,2\n")
    const files = readdirSync(`${place.folder}/letters`).filter((file) => file.startsWith("part-"))
    const lines = files.flatMap((file) =>
      readFileSync(`${place.folder}/letters/${file}`, "utf8").trim().split("\n")
    )
    assert.equal(lines.length, 1)
    const letter = JSON.parse(lines[0]!) as Record<string, string>
    assert.equal(atob(letter["raw"]!), "not json")
    assert.match(letter["source"]!, /bad.json/)
    assert.match(letter["position"]!, /row 2, byte 16/)
  })

  it("a directory that another job holds is refused, and taken over when that job is dead", async () => {
    const sql = generated("leased", 2_000_000_000)
    place.file("long.sql", sql)
    const first = place.start("run", "long.sql", "--quiet")
    const lease = `${place.folder}/leased/.millrace-lease`
    while (!existsSync(lease)) await new Promise((resolve) => setTimeout(resolve, 20))
    place.file("second.sql", `SET 'pipeline.name' = 'second';\n${generated("leased", 10)}`)
    const second = await place.start("run", "second.sql").ended
    assert.equal(second.code, 1)
    assert.match(
      second.err,
      new RegExp(
        `directory "leased".*process ${first.child.pid}.*stop process ${first.child.pid}`,
        "s"
      )
    )
    const emptied = await place.start("run", "second.sql", "--empty", "leased").ended
    assert.equal(emptied.code, 1)
    assert.match(emptied.err, new RegExp(`process ${first.child.pid}`))
    first.child.kill("SIGKILL")
    assert.equal((await first.ended).signal, "SIGKILL")
    const third = await place.start("run", "second.sql").ended
    assert.equal(third.code, 0, third.err)
    assert.ok(!existsSync(lease))
  })

  it("SIGTERM and SIGINT end a job cleanly with 143 and 130", async () => {
    for (const [signal, code] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
      place.file("long.sql", generated(`stopped-${code}`, 2_000_000_000))
      const job = place.start("run", "long.sql", "--quiet")
      while (!existsSync(`${place.folder}/stopped-${code}/.millrace-lease`)) {
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      await new Promise((resolve) => setTimeout(resolve, 100))
      job.child.kill(signal)
      const ended = await job.ended
      // Deno's child_process tells an exit code of 128 + n as the signal n; that the end was clean is seen below.
      const told = "Deno" in globalThis && ended.signal === signal ? code : ended.code
      assert.equal(told, code, ended.err)
      assert.deepEqual(
        readdirSync(`${place.folder}/stopped-${code}`).filter((name) => !name.startsWith(".part-")),
        []
      )
    }
  })

  it(
    "a full disk is one clear error, and no half-written file is visible",
    { skip: tmpfsReason() },
    async () => {
      const mount = `${place.folder}/small`
      mkdirSync(mount)
      assert.equal(spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", mount]).status, 0)
      try {
        const { code, err } = await place.sql(generated("small/out", 100000))
        assert.equal(code, 1)
        assert.match(err, /no space is left/)
        assert.equal(err.match(/^Error: /gm)?.length, 1, err)
        assert.deepEqual(readdirSync(`${mount}/out`).filter((name) => name.startsWith("part-")), [])
      } finally {
        spawnSync("umount", [mount])
      }
    }
  )

  it("usage errors end with 2", async () => {
    for (
      const args of [["run"], ["rnu", "x.sql"], ["run", "x.sql", "--resum"], [
        "run",
        "x.sql",
        "--output",
        "xml"
      ], []]
    ) {
      const { code, err, out } = await place.start(...args).ended
      assert.equal(code, 2)
      assert.ok((err + out).length > 20)
    }
  })
})

function tmpfsReason(): string | false {
  return process.platform === "linux" && process.getuid?.() === 0
    ? false
    : "needs root to mount a small tmpfs"
}
