/** The sink on real directories: names, partitions, rolling, what is visible when, and refusals that say what to do. */
import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { after, describe, it } from "node:test"
import * as Effect from "effect/Effect"
import {
  type AnyFault,
  Batch,
  Column,
  type FormatFactory,
  hostDisk,
  Lease,
  LogicalType,
  type Plain,
  type Sink
} from "@millrace/core/internal"
import { factory } from "../src/mod.ts"
import { attemptOf, checkpointOf, hiddenName, partName, partTail } from "../src/part-name.ts"
import { bulkLineFormat, lineFormat, texts } from "./line-format.ts"
import { context, table, tableContext } from "./support.ts"

const root = fs.mkdtempSync(path.join(os.tmpdir(), "millrace-sink-"))
after(() => fs.rmSync(root, { recursive: true, force: true }))

let count = 0
const fresh = (): string => `${root}/${++count}/out`

/** All files below `directory`, relative, without the lease. */
function files(directory: string): Array<string> {
  if (!fs.existsSync(directory)) return []
  return fs.readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) =>
      !fs.statSync(`${directory}/${name}`).isDirectory() && !name.endsWith(Lease.leaseName)
    )
    .sort()
}

function make(
  directory: string,
  options: {
    readonly columns?: ReadonlyArray<string>
    readonly partitionKeys?: ReadonlyArray<string>
    readonly staticPartition?: Readonly<Record<string, string>>
    readonly with?: Readonly<Record<string, string>>
    readonly format?: FormatFactory
  } = {}
): Sink {
  const plan = table({ path: directory, ...options.with }, options.columns, options.partitionKeys)
  const staticPartition = options.staticPartition ?? {}
  const consumed = plan.physical.filter((field) => !Object.hasOwn(staticPartition, field.name))
  return factory.sink!.make(tableContext(plan, options.format ?? lineFormat), consumed, {
    overwrite: false,
    staticPartition
  })
}

const run = <A>(effect: Effect.Effect<A, AnyFault>): Promise<A> => Effect.runPromise(effect)

const batch = (...columns: ReadonlyArray<ReadonlyArray<string>>): Batch =>
  new Batch(columns[0]!.length, columns.map(texts))

describe("filesystem sink", () => {
  it("FileWriter shows nothing before the commit, and whole files after it", async () => {
    for (const format of [lineFormat, bulkLineFormat]) {
      const directory = fresh()
      const sink = make(directory, { format })
      const release = await run(sink.prepare!(context({})))
      const writer = sink.writer()
      writer.open(context({}), [])
      assert.deepEqual(await run(writer.prepareCommit(1, false)), [])
      assert.deepEqual(files(directory), [])
      writer.write(batch(["a", "b"]))
      writer.write(batch(["c"]))
      const pending = await run(writer.prepareCommit(2, false))
      assert.deepEqual(files(directory), [".part-1-0-1-0.line"])
      assert.deepEqual(writer.snapshot(), [])
      const committer = sink.committer!(context({}))
      await run(committer.commit(pending))
      await run(committer.commit(pending))
      assert.deepEqual(files(directory), ["part-1-c2-0-1-0.line"])
      assert.equal(fs.readFileSync(`${directory}/part-1-c2-0-1-0.line`, "utf8"), "a\nb\nc\n")
      writer.write(batch(["d"]))
      writer.close()
      assert.deepEqual(files(directory), ["part-1-c2-0-1-0.line"])
      await run(release)
      assert.deepEqual(fs.readdirSync(directory), ["part-1-c2-0-1-0.line"])
    }
  })

  it("FileWriter begins a new file at sink.rolling-policy.file-size", async () => {
    const directory = fresh()
    const sink = make(directory, { with: { "sink.rolling-policy.file-size": "10 b" } })
    fs.mkdirSync(directory, { recursive: true })
    const writer = sink.writer()
    writer.open(context({ subtask: 3, run: "7-x", attempt: 2 }), [])
    for (let i = 0; i < 5; i++) writer.write(batch([`row${i}`]))
    const pending = await run(writer.prepareCommit(1, true))
    await run(sink.committer!(context({ run: "7-x", attempt: 2 })).commit(pending))
    assert.deepEqual(files(directory), [
      "part-7-x-c1-3-2-0.line",
      "part-7-x-c1-3-2-1.line",
      "part-7-x-c1-3-2-2.line"
    ])
  })

  it("Partitioner deals rows to directories, NULL and empty ones to the default name", async () => {
    const directory = fresh()
    const sink = make(directory, { columns: ["k", "v", "d"], partitionKeys: ["d", "k"] })
    await run(sink.prepare!(context({})))
    const writer = sink.writer()
    writer.open(context({}), [])
    const rows = batch(["x/y", "z", "", "x/y"], ["1", "2", "3", "4"], ["a", "a", "b", "a"])
    const nulls = new Uint8Array([0, 0, 0, 0])
    nulls[1] = 1
    const d = rows.columns[2]!
    const withNull = new Column({ ...d, nulls })
    writer.write(new Batch(4, [rows.columns[0]!, rows.columns[1]!, withNull]))
    await run(sink.committer!(context({})).commit(await run(writer.prepareCommit(1, true))))
    const default_ = "__DEFAULT_PARTITION__"
    assert.deepEqual(
      files(directory).map((
        name
      ) => [path.dirname(name), fs.readFileSync(`${directory}/${name}`, "utf8")]),
      [[`d=${default_}/k=z`, "2\n"], ["d=a/k=x%2Fy", "1\n4\n"], [`d=b/k=${default_}`, "3\n"]]
    )
  })

  it("Partitioner writes a static partition, and ends files beyond the most that are open", async () => {
    const directory = fresh()
    const sink = make(directory, {
      columns: ["k", "v", "d"],
      partitionKeys: ["d", "k"],
      staticPartition: { d: "s" }
    })
    await run(sink.prepare!(context({})))
    const writer = sink.writer()
    writer.open(context({}), [])
    const keys = Array.from({ length: 200 }, (_, i) => `k${i}`)
    writer.write(batch(keys, keys))
    writer.write(batch(keys, keys))
    assert.ok(openFiles(directory) <= 70, `${openFiles(directory)} open`)
    await run(sink.committer!(context({})).commit(await run(writer.prepareCommit(1, true))))
    const names = files(directory)
    assert.ok(names.every((name) => /^d=s\/k=k\d+\/part-/.test(name)))
    const lines = names.flatMap((name) =>
      fs.readFileSync(`${directory}/${name}`, "utf8").trim().split("\n")
    )
    assert.deepEqual(lines.sort(), [...keys, ...keys].sort())
  })

  it("FileCommitter refuses when a prepared file is gone or changed, or its name is taken", async () => {
    const directory = fresh()
    const sink = make(directory)
    await run(sink.prepare!(context({})))
    const writer = sink.writer()
    writer.open(context({}), [])
    writer.write(batch(["a"]))
    const pending = await run(writer.prepareCommit(1, false))
    const commit = (): Promise<void> => run(sink.committer!(context({})).commit(pending))
    fs.appendFileSync(`${directory}/.part-1-0-1-0.line`, "x")
    await assert.rejects(commit(), /its content has 3 bytes, not the 2 that were written/)
    fs.rmSync(`${directory}/.part-1-0-1-0.line`)
    await assert.rejects(commit(), /somebody has removed or moved files of a running job/)
    fs.writeFileSync(`${directory}/part-1-c1-0-1-0.line`, "aaa")
    await assert.rejects(commit(), /it has 3 bytes, not the 2 that were written/)
  })

  it("two sinks of one job write to one directory without harm", async () => {
    const directory = fresh()
    const sinks = [make(directory), make(directory)]
    const releases = []
    for (const sink of sinks) releases.push(await run(sink.prepare!(context({}))))
    const pending: Array<Plain> = []
    for (const [i, sink] of sinks.entries()) {
      const writer = sink.writer()
      writer.open(context({}), [])
      writer.write(batch([`of ${i}`]))
      pending.push(...await run(writer.prepareCommit(1, true)))
    }
    await run(sinks[0]!.committer!(context({})).commit(pending))
    assert.equal(files(directory).length, 2)
    for (const release of releases) await run(release)
    assert.ok(!fs.existsSync(`${directory}/${Lease.leaseName}`))
  })

  it("FileCommitter removes what earlier attempts of its run left, and nothing else", async () => {
    const directory = fresh()
    fs.mkdirSync(`${directory}/k=1`, { recursive: true })
    const left = [".part-2-0-1-0.line", "k=1/.part-2-5-1-9.line", ".part-2-0-7-0.line"]
    const others = [".part-1-0-1-0.line", ".part-22-0-1-0.line", ".other", "part-2-0-1-3.line"]
    for (const name of [...left, ...others]) fs.writeFileSync(`${directory}/${name}`, "x")
    const sink = make(directory)
    const here = context({ run: "2", attempt: 3 })
    await run(sink.prepare!(here))
    // an attempt that is not over yet: only names from the future of the restored checkpoint go
    assert.deepEqual(files(directory), [...left.slice(0, 2), ...others].sort())
    const writer = sink.writer()
    writer.open(here, [])
    writer.write(batch(["a"]))
    // what another subtask of this attempt is writing
    fs.writeFileSync(`${directory}/.part-2-1-3-0.line`, "x")
    await run(sink.committer!(here).commit(await run(writer.prepareCommit(1, false))))
    assert.deepEqual(
      files(directory),
      [...others, ".part-2-1-3-0.line", "part-2-c1-0-3-0.line"].sort()
    )
    const tail = partTail(2, 3, 4)
    assert.equal(attemptOf(`${hiddenName("a-1", tail)}.x`, "a-1"), 3)
    assert.equal(attemptOf(hiddenName("a-1", tail), "a"), undefined)
    assert.equal(attemptOf(`.${hiddenName("a-1", tail)}.14145.12`, "a-1"), 3)
    assert.equal(attemptOf(partName("a-1", 5, tail), "a-1"), undefined)
  })

  it("rewind() takes back the visible parts of its run that came after the checkpoint, and nothing else", async () => {
    const directory = fresh()
    fs.mkdirSync(`${directory}/k=1/l=2`, { recursive: true })
    fs.mkdirSync(`${directory}/other`)
    const later = ["part-2-c4-0-1-3.line", "k=1/part-2-c12-0-1-0", "k=1/l=2/part-2-c5-1-2-0.line"]
    const others = [
      "part-2-c3-0-1-2.line",
      "k=1/part-2-c1-0-1-0.line",
      "part-1-c9-0-1-0.line",
      "part-2-x-c9-0-1-0.line",
      "part-22-c9-0-1-0.line",
      "part-2-c9.line",
      "other/part-2-c9-0-1-0.line",
      ".part-2-0-1-0.line"
    ]
    for (const name of [...later, ...others]) fs.writeFileSync(`${directory}/${name}`, "x")
    const sink = make(directory)
    const here = context({ run: "2", attempt: 2 })
    for (let time = 0; time < 2; time++) {
      await run(sink.rewind!(here, 3))
      assert.deepEqual(files(directory), others.toSorted())
    }
    assert.equal(checkpointOf(partName("2-x", 9, partTail(0, 1, 0)), "2-x"), 9)
    assert.equal(checkpointOf(partName("2-x", 9, partTail(0, 1, 0)), "2"), undefined)
    assert.equal(checkpointOf(hiddenName("2", partTail(0, 1, 0)), "2"), undefined)
  })

  it("prepare() says what is wrong with a path that cannot be written", async () => {
    const refused = (given: string, words: RegExp): Promise<void> =>
      assert.rejects(run(make(given).prepare!(context({}))), words)
    await refused(
      "/etc/passwd/x",
      /Cannot make the directory "\/etc\/passwd\/x": "\/etc\/passwd" is a file, not a directory; choose another path$/
    )
    await refused(
      "/etc/passwd",
      /it is a file; a table is written as a directory of files, so give a directory/
    )
    await refused(`${root}/*`, /a pattern can be read, not written/)
    await refused("hdfs://x/y", /the scheme "hdfs" is not supported/)
    if (fs.existsSync("/proc/self")) {
      await refused("/proc/millrace", /belongs to the system; choose another path/)
    }
    if (fs.existsSync("/dev/full")) await refused("/dev/full", /it is a file/)
  })

  it("prepare() refuses a directory that another job holds", async () => {
    const directory = fresh()
    const holder = { job: "other", run: "1", attempt: 1 }
    const lease = await run(Lease.acquire(hostDisk, directory, holder))
    const sink = make(directory)
    await assert.rejects(
      run(sink.prepare!(context({}))),
      new RegExp(`job "other" \\(process ${process.pid}, `)
    )
    await run(lease.release)
    await run(await run(sink.prepare!(context({}))))
  })

  it("a full disk is one clear fault, and no half-written file is visible", async (t) => {
    const mount = `${root}/tmpfs`
    fs.mkdirSync(mount)
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", mount], { stdio: "ignore" })
    } catch {
      t.skip("mounting a tmpfs needs root")
      return
    }
    try {
      const sink = make(`${mount}/out`)
      const release = await run(sink.prepare!(context({})))
      const writer = sink.writer()
      writer.open(context({}), [])
      const fill = async (): Promise<void> => {
        for (let i = 0; i < 2000; i++) writer.write(batch(["x".repeat(1000)]))
        await run(writer.prepareCommit(1, true))
      }
      await assert.rejects(fill(), (fault: AnyFault) => {
        assert.equal(fault._tag, "DiskFault")
        assert.match(
          fault.message,
          /^Cannot write ".*\.part-1-0-1-0\.line": ENOSPC: no space is left on the device; free some/
        )
        return true
      })
      writer.close()
      assert.deepEqual(files(`${mount}/out`), [])
      await run(release)
    } finally {
      execFileSync("umount", [mount])
    }
  })

  it("make() writes other types than text into paths", async () => {
    const directory = fresh()
    const plan = {
      ...table({ path: directory }, [], ["n"]),
      physical: [
        { name: "v", type: LogicalType.string },
        { name: "n", type: LogicalType.simple("BIGINT") }
      ]
    }
    const sink = factory.sink!.make(tableContext(plan), plan.physical, {
      overwrite: false,
      staticPartition: {}
    })
    await run(sink.prepare!(context({})))
    const writer = sink.writer()
    writer.open(context({}), [])
    const numbers = new Column({ layout: "i64", rows: 3, values: new Float64Array([5, -1, 5]) })
    writer.write(new Batch(3, [texts(["a", "b", "c"]), numbers]))
    await run(sink.committer!(context({})).commit(await run(writer.prepareCommit(1, true))))
    assert.deepEqual(files(directory).map((name) => path.dirname(name)), ["n=-1", "n=5"])
  })
})

function openFiles(directory: string): number {
  if (!fs.existsSync("/proc/self/fd")) return 0
  return fs.readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`).startsWith(directory)
    } catch {
      return false
    }
  }).length
}
