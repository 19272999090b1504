/** What every sink must do, as checks: the laws of `sink/sink.ts`, exactly the guarantee it declares, its traits, its options. */
import assert from "node:assert/strict"
import { Batch, RowKind } from "@millrace/core/internal"
import type { Check } from "./check.ts"
import { Choices, seedOf } from "./choices.ts"
import { inFolder, openBelow, openDescriptors, subfolder } from "./folder.ts"
import { type Doom, everyCall, MortalDisk } from "./mortal-disk.ts"
import { optionChecks } from "./option-checks.ts"
import { batchOf, type Row } from "./rows.ts"
import { type CrashMode, type Epoch, SinkJob, type SinkJobOptions } from "./sink-job.ts"
import { type SinkSite, sinkSites } from "./sink-run.ts"
import { Bell, Stage } from "./stage.ts"
import { resolve, sinkOf, type Subject, type TableSpec } from "./table.ts"

/** A sink that a suite is run on. */
export interface SinkSpec extends Subject {
  /** What is special about this output: it stands in the suite's title. */
  readonly name: string
  /** The table to write, in or about a fresh `folder`. */
  readonly table: (folder: string) => Promise<TableSpec>
  /** Row number `n`; no two are equal. */
  readonly row: (n: number) => Row
  /** What anyone can see of the table now, whole rows only; absent: the sink keeps nothing. */
  readonly readBack?: (folder: string, table: TableSpec) => Promise<ReadonlyArray<Row>>
  /** What is left of a finished job beside its rows: must be nothing. */
  readonly remains?: (folder: string) => ReadonlyArray<string>
  /** Numbers of writers; default: 1 and 3. */
  readonly parallelisms?: ReadonlyArray<number>
  /** Random histories; default: 30. */
  readonly histories?: number
}

interface Output {
  readonly folder: string
  readonly table: TableSpec
  readonly options: SinkJobOptions
}

const twoPhaseSites: ReadonlyArray<SinkSite> = ["restoring", "committing", "repeated"]

/** The checks. */
export function sinkChecks(spec: SinkSpec): ReadonlyArray<Check> {
  const check = (name: string, run: (folder: string) => Promise<void>): Check => ({
    name,
    run: () => inFolder(run)
  })
  const parallelisms = spec.parallelisms ?? [1, 3]
  return [
    check("SinkTraits agree with the sink that is made", (folder) => traits(spec, folder)),
    ...parallelisms.map((parallelism) =>
      check(
        `SinkWriter.write() of ${parallelism} writers makes every row visible once, epoch by epoch`,
        (folder) => writes(spec, folder, parallelism)
      )
    ),
    check(
      "Sink keeps its guarantee when it ends at each place, by a kill and by a failure, with any number of writers before and after",
      (folder) => places(spec, folder, parallelisms)
    ),
    check(
      "Sink.rewind() takes back what later checkpoints had made visible, and not more",
      (folder) => rewinds(spec, folder, parallelisms)
    ),
    check(
      "Sink keeps its guarantee in random histories of crashes, aborted checkpoints and repeated commits",
      (folder) => histories(spec, folder, parallelisms)
    ),
    check(
      "Sink keeps its guarantee and leaves nothing open when any call of the disk fails or is the last",
      (folder) => dooms(spec, folder)
    ),
    check(
      "SinkWriter.close() leaves no descriptor behind, round after round",
      (folder) => leaks(spec, folder)
    ),
    check(
      "SinkWriter.prepareCommit() without rows makes nothing visible",
      (folder) => empty(spec, folder)
    ),
    ...optionChecks({ ...spec, role: "sink", exercise: (folder) => exercise(spec, folder) })
  ]
}

async function outputOf(spec: SinkSpec, parent: string, durable = false): Promise<Output> {
  const folder = subfolder(parent)
  const table = await spec.table(folder)
  const { readBack } = spec
  return {
    folder,
    table,
    options: {
      sink: (parallelism) => sinkOf(spec, table, parallelism),
      schema: table.physical,
      row: spec.row,
      readBack: readBack === undefined ? undefined : () => readBack(folder, table),
      durable
    }
  }
}

/** What must hold when a job has finished. */
async function checkEnd(spec: SinkSpec, job: SinkJob, { folder }: Output): Promise<void> {
  await job.checkEnd()
  assert.deepEqual(spec.remains?.(folder) ?? [], [], "a finished job leaves only its rows")
  assert.deepEqual(openBelow(folder), [])
}

async function traits(spec: SinkSpec, folder: string): Promise<void> {
  const { table, options } = await outputOf(spec, folder)
  const { factory, context } = await resolve(spec, table, "sink", 1)
  const { changelog } = factory.sink!.traits(context)
  assert.equal(changelog.insert, true)
  const sink = await options.sink(1)
  assert.ok(
    ["exactly-once", "at-least-once", "idempotent", "at-most-once"].includes(sink.guarantee)
  )
  const kinds = [
    RowKind.insert,
    ...(changelog.updateBefore ? [RowKind.updateBefore] : []),
    ...(changelog.updateAfter ? [RowKind.updateAfter] : []),
    ...(changelog.delete ? [RowKind.delete] : [])
  ]
  // a writer takes every kind that the traits say
  const stage = new Stage(new MortalDisk(1, false), { run: "conformance", attempt: 1 })
  const bell = new Bell()
  const context0 = stage.context(0, 1, bell)
  const release = sink.prepare === undefined ? undefined : await stage.run(sink.prepare(context0))
  const writer = sink.writer()
  writer.open(context0, [])
  const { columns } = batchOf(table.physical, kinds.map((_, n) => spec.row(n)))
  while (!writer.ready()) {
    await bell.wait("Law 4: 'ready' was false")
    bell.reset()
    stage.check()
  }
  writer.write(new Batch(kinds.length, columns, Uint8Array.from(kinds)))
  await stage.run(writer.prepareCommit(1, true))
  await stage.end()
  writer.close()
  if (release !== undefined) await stage.run(release)
}

async function writes(spec: SinkSpec, folder: string, parallelism: number): Promise<void> {
  const output = await outputOf(spec, folder, true)
  const job = new SinkJob(output.options)
  const epochs = [
    epoch([3, 1, 2, 5]),
    epoch([]),
    epoch([1], "unnotified"),
    epoch([1500, 4], "aborted")
  ]
    .map((one) => ({ ...one, writes: one.writes.flatMap(split) }))
  assert.equal((await job.live(parallelism, epochs)).ended, "finished")
  await checkEnd(spec, job, output)
}

/** A write is one batch. */
function split(count: number): ReadonlyArray<number> {
  return count <= 1024 ? [count] : [1024, ...split(count - 1024)]
}

function epoch(counts: ReadonlyArray<number>, outcome: Epoch["outcome"] = "complete"): Epoch {
  return { writes: counts, outcome, again: false }
}

async function places(
  spec: SinkSpec,
  folder: string,
  parallelisms: ReadonlyArray<number>
): Promise<void> {
  const twoPhase = (await (await outputOf(spec, folder)).options.sink(1)).committer !== undefined
  const { rewind } = await (await outputOf(spec, folder)).options.sink(1)
  const sites = sinkSites.filter((site) =>
    (twoPhase || !twoPhaseSites.includes(site)) && (rewind !== undefined || site !== "rewound")
  )
  const epochs = [epoch([2, 3, 1]), { ...epoch([4, 1, 2]), again: true }]
  for (const site of sites) {
    for (const mode of ["kill", "fail"] as ReadonlyArray<CrashMode>) {
      for (const before of parallelisms) {
        for (const after of parallelisms) {
          // an unchanged number is what most random histories have
          if (before === after && parallelisms.length > 1) continue
          await place({ spec, folder, site, mode, before, after, epochs })
        }
      }
    }
  }
}

/** The newest checkpoints of a job are broken, once while it runs on and once after it had finished. A sink without `rewind` only repeats. */
async function rewinds(
  spec: SinkSpec,
  folder: string,
  parallelisms: ReadonlyArray<number>
): Promise<void> {
  const first = await outputOf(spec, folder)
  if ((await first.options.sink(1)).rewind === undefined) return
  const epochs = [epoch([3, 1]), epoch([2, 2]), epoch([1, 4], "unnotified"), epoch([2])]
  for (const before of parallelisms) {
    for (const site of ["committed", undefined] as const) {
      const output = await outputOf(spec, folder)
      const job = new SinkJob(output.options)
      const crash = site === undefined ? undefined : { site, after: 2, mode: "kill" as const }
      await job.live(before, epochs, crash)
      job.fallBack(2)
      // dies when it has taken back, which is then done again
      await job.live(before, epochs, { site: "rewound", after: 0, mode: "kill" })
      for (const after of parallelisms) {
        assert.equal((await job.live(after, epochs)).ended, "finished")
        await checkEnd(spec, job, output)
        job.fallBack(1)
      }
    }
  }
}

interface Place {
  readonly spec: SinkSpec
  readonly folder: string
  readonly site: SinkSite
  readonly mode: CrashMode
  readonly before: number
  readonly after: number
  readonly epochs: ReadonlyArray<Epoch>
}

async function place({ spec, folder, site, mode, before, after, epochs }: Place): Promise<void> {
  const output = await outputOf(spec, folder)
  const job = new SinkJob(output.options)
  const crash = { site, after: 0, mode }
  // a place of the restore needs a checkpoint with output that was not committed
  const restoring = ["rewound", "restoring", "restored", "opened"].includes(site)
  if (restoring) {
    await job.live(before, [epoch([2, 1, 1])], { site: "stored", after: 0, mode })
  }
  const passes = ["preparing", "committing", "written"].includes(site) ? 2 : 1
  for (let i = 0; i < passes; i++) {
    const lived = await job.live(i === 0 ? before : after, epochs, { ...crash, after: i })
    if (i === 0) {
      assert.equal(lived.ended, "crashed", `'${site}' is passed`)
    }
  }
  assert.equal((await job.live(after, epochs)).ended, "finished")
  await checkEnd(spec, job, output)
}

async function histories(
  spec: SinkSpec,
  folder: string,
  parallelisms: ReadonlyArray<number>
): Promise<void> {
  // Claim: in any history the declared guarantee holds. Model: the row numbers. A failure would mean lost, doubled or torn output.
  const seed = seedOf()
  console.log(`${spec.factory.identifier} sink, ${spec.name}: SEED=${seed}`)
  const counts = { crashes: 0, restores: 0, commits: 0 }
  const runs = spec.histories ?? 30
  for (let i = 0; i < runs; i++) {
    const output = await outputOf(spec, folder)
    const job = new SinkJob(output.options)
    try {
      await job.history(new Choices(seed + i), 4, parallelisms, sinkSites)
      await checkEnd(spec, job, output)
    } catch (error) {
      throw new Error(`SEED=${seed + i}: ${(error as Error).message}`, { cause: error })
    }
    for (const key of ["crashes", "restores", "commits"] as const) counts[key] += job.counts[key]
  }
  const enough = counts.crashes > runs && counts.restores > runs && counts.commits > runs
  assert.ok(enough, `too little happened: ${JSON.stringify(counts)}`)
}

async function dooms(spec: SinkSpec, folder: string): Promise<void> {
  const epochs = [epoch([2, 1]), { ...epoch([3, 2]), again: true }]
  const live = async (doom: Doom | undefined): Promise<number> => {
    const output = await outputOf(spec, folder)
    const job = new SinkJob(output.options)
    const lived = await job.live(2, epochs, undefined, doom)
    assert.deepEqual(openBelow(output.folder), [], "files are closed")
    // also when it finished all the same: what it could not remove at its end, the next attempt does
    if (doom !== undefined) {
      const next = await job.live(doom.call % 2 === 0 ? 2 : 1, epochs)
      assert.equal(next.ended, "finished")
    }
    await checkEnd(spec, job, output)
    return lived.calls
  }
  await everyCall(await live(undefined), (doom) => live(doom))
}

async function leaks(spec: SinkSpec, folder: string): Promise<void> {
  const rounds = 20
  const round = async (i: number): Promise<void> => {
    const output = await outputOf(spec, folder)
    const job = new SinkJob(output.options)
    const sites: ReadonlyArray<SinkSite> = ["opened", "written", "preparing", "prepared", "stored"]
    await job.live(3, [epoch([1, 2, 3])], {
      site: sites[i % sites.length]!,
      after: 0,
      mode: "fail"
    })
    await job.live(3, [epoch([1, 1, 1], "interrupted")])
    assert.deepEqual(openBelow(output.folder), [])
  }
  await round(0)
  const before = openDescriptors()?.length ?? 0
  for (let i = 0; i < rounds; i++) await round(i)
  const grown = (openDescriptors()?.length ?? 0) - before
  assert.ok(grown < rounds, `${grown} descriptors more after ${rounds} rounds`)
}

async function empty(spec: SinkSpec, folder: string): Promise<void> {
  const output = await outputOf(spec, folder)
  const job = new SinkJob(output.options)
  const stop = { site: "opened", after: 0, mode: "fail" } as const
  await job.live(2, [epoch([])], stop)
  await job.live(2, [epoch([]), epoch([])], { site: "committed", after: 1, mode: "fail" })
  if (spec.readBack === undefined) return
  assert.deepEqual(await spec.readBack(output.folder, output.table), [])
}

async function exercise(spec: SinkSpec, folder: string): Promise<ReadonlySet<string>> {
  const consulted = new Set<string>()
  const output = await outputOf(spec, folder)
  const sink = (parallelism: number) => sinkOf(spec, output.table, parallelism, consulted)
  const job = new SinkJob({ ...output.options, sink })
  await job.live(1, [epoch([2])])
  return consulted
}
