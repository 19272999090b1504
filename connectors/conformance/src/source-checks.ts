/** What every source must do, as checks: the laws of `source/source.ts`, exactly the guarantee it declares, its traits, its options. */
import assert from "node:assert/strict"
import { isFault, type LogicalType, type ScanAbilities } from "@millrace/core/internal"
import type { Check } from "./check.ts"
import { Choices, seedOf } from "./choices.ts"
import { inFolder, openBelow, openDescriptors } from "./folder.ts"
import { Death, type Doom, everyCall } from "./mortal-disk.ts"
import { optionChecks } from "./option-checks.ts"
import type { Row } from "./rows.ts"
import { type Baseline, SourceJob, type SourceJobOptions } from "./source-job.ts"
import { resolve, sourceOf, type Subject, type TableSpec, wholeScan } from "./table.ts"
import { verdict } from "./verdict.ts"

/** A source that a suite is run on. */
export interface SourceSpec extends Subject {
  /** What is special about this input: it stands in the suite's title. */
  readonly name: string
  /** Makes the input in `folder` and says how it is declared. The same input each time. */
  readonly table: (folder: string) => Promise<TableSpec>
  /** The rows of the table, in any order; absent: whatever a single reader reads. */
  readonly rows?: ReadonlyArray<Row>
  /** Numbers of readers; default: 1 and 3. */
  readonly parallelisms?: ReadonlyArray<number>
  /** Random histories; default: 30. */
  readonly histories?: number
}

/** An endless split counts as read after so many batches. */
const endlessBatches = 6

interface Input {
  readonly folder: string
  readonly table: TableSpec
  readonly options: SourceJobOptions
  readonly endless: boolean
}

/** The checks. */
export function sourceChecks(spec: SourceSpec): ReadonlyArray<Check> {
  const check = (name: string, run: (input: Input) => Promise<void>): Check => ({
    name,
    run: () => inFolder(async (folder) => await run(await inputOf(spec, folder)))
  })
  const parallelisms = spec.parallelisms ?? [1, 3]
  return [
    check("SourceTraits agree with the source that is made", (input) => traits(spec, input)),
    ...parallelisms.map((parallelism) =>
      check(
        `SourceReader.poll() gives every row of the table once to ${parallelism} readers`,
        (input) => reads(spec, input, parallelism)
      )
    ),
    check(
      "SourceReader.snapshot() is a position from which the rest comes in the same batches",
      positions
    ),
    check(
      "Source keeps its guarantee in random histories of checkpoints, crashes and other numbers of readers",
      (input) => histories(spec, input, parallelisms)
    ),
    check(
      "Source keeps its guarantee and leaves nothing open when any call of the disk fails or is the last",
      (input) => dooms(spec, input)
    ),
    check("SourceReader.close() leaves no descriptor behind, round after round", leaks),
    check(
      "ScanAbilities.projection gives the asked columns in their order",
      (input) => projections(spec, input)
    ),
    check("SourceTraits.metadata can be read beside the columns", (input) => metadata(spec, input)),
    ...optionChecks({ ...spec, role: "source", exercise: (folder) => exercise(spec, folder) })
  ]
}

async function inputOf(spec: SourceSpec, folder: string): Promise<Input> {
  const table = await spec.table(folder)
  const source = (parallelism: number) => sourceOf(spec, table, parallelism)
  const endless = (await source(1)).boundedness === "unbounded"
  const batchesMax = endless ? endlessBatches : Infinity
  return { folder, table, options: { source, schema: table.physical, batchesMax }, endless }
}

/** Read it all by a single run that nothing disturbs. */
async function baselineOf(
  options: SourceJobOptions,
  parallelism: number
): Promise<{ readonly baseline: Baseline; readonly rows: ReadonlyArray<Row> }> {
  const endless = (await options.source(parallelism)).boundedness === "unbounded"
  const job = new SourceJob(options)
  await job.attemptWith(parallelism, undefined, (run) =>
    run.drain(() => {
      if (!endless) return run.done
      const counts = [...run.counts.values()]
      return counts.length >= parallelism && counts.every((count) => count >= endlessBatches)
    }))
  const baseline = new Map(
    [...job.batches].map((
      [split, batches]
    ) => [split, endless ? batches.slice(0, endlessBatches) : batches])
  )
  return { baseline, rows: job.rows }
}

async function traits(spec: SourceSpec, { table, options }: Input): Promise<void> {
  const { factory, context } = await resolve(spec, table, "source", 1)
  const declared = factory.source!.traits(context)
  const source = await options.source(1)
  assert.equal(source.boundedness, declared.boundedness)
  assert.equal(declared.changelog.insert, true)
  assert.ok(["exactly-once", "at-least-once", "at-most-once"].includes(source.guarantee))
}

async function reads(
  spec: SourceSpec,
  { options, endless }: Input,
  parallelism: number
): Promise<void> {
  const { rows, baseline } = await baselineOf(options, parallelism)
  if (endless) {
    assert.ok(rows.length > 0 && baseline.size > 0)
    return
  }
  const expected = spec.rows ?? (await baselineOf(options, 1)).rows
  assert.ok(expected.length > 0, "the suite's table has rows")
  verdict("exactly-once", expected, rows, `${parallelism} readers`)
}

async function positions({ options }: Input): Promise<void> {
  // of a weaker source nobody may ask for the same batches again
  if ((await options.source(1)).guarantee !== "exactly-once") return
  const { baseline } = await baselineOf(options, 1)
  const places = [...baseline.values()].reduce((sum, batches) => sum + batches.length, 0)
  const step = Math.max(1, Math.floor(places / 10))
  for (let place = 0; place <= places; place += step) {
    const job = new SourceJob({ ...options, baseline })
    await job.attemptWith(1, undefined, async (run) => {
      let read = 0
      const begun = (): number => [...run.counts.values()].reduce((sum, count) => sum + count, 0)
      while (read < place && !job.isRead(run)) {
        await run.turn(0)
        read = begun()
      }
      job.save(run)
    })
    await job.attemptWith(1, undefined, (run) => run.drain(() => job.isRead(run)))
    checkBatches(job, baseline)
  }
}

/** Every split came out in full, batch by batch. */
function checkBatches(job: SourceJob, baseline: Baseline): void {
  for (const [split, batches] of baseline) {
    assert.deepEqual((job.batches.get(split) ?? []).slice(0, batches.length), batches)
  }
}

async function histories(
  spec: SourceSpec,
  { options, endless }: Input,
  parallelisms: ReadonlyArray<number>
): Promise<void> {
  // Claim: in any history the declared guarantee holds. Model: an undisturbed run. A failure would mean lost or doubled input.
  const seed = seedOf()
  console.log(`${spec.factory.identifier} source, ${spec.name}: SEED=${seed}`)
  const baselines = new Map(
    await Promise.all(
      parallelisms.map(async (count) => [count, await baselineOf(options, count)] as const)
    )
  )
  let restores = 0
  for (let i = 0; i < (spec.histories ?? 30); i++) {
    const choices = new Choices(seed + i)
    const first = choices.of(parallelisms)
    const { baseline, rows } = baselines.get(first)!
    const job = new SourceJob({ ...options, baseline })
    // the splits are those of the first attempt's parallelism
    await job.attemptWith(first, undefined, async (run) => {
      // endless splits that wait when readers become fewer would wait for ever, as no reader finishes its own
      if (endless) await run.askAll()
      job.save(run)
      await job.wander(run, choices, choices.pick(20))
    })
    await job.history(choices, choices.pick(4), parallelisms)
    restores += job.counts.restores
    const { guarantee } = await options.source(1)
    if (!endless) verdict(guarantee, rows, job.rows, `SEED=${seed + i}`)
    else checkBatches(job, baseline)
  }
  assert.ok(restores >= (spec.histories ?? 30), `${restores} restores`)
}

async function dooms(spec: SourceSpec, { options, folder, endless }: Input): Promise<void> {
  const { baseline, rows } = await baselineOf(options, 2)
  const { guarantee } = await options.source(2)
  const read = async (doom: Doom | undefined): Promise<number> => {
    const job = new SourceJob({ ...options, baseline })
    const calls = await doomed(job, doom)
    assert.deepEqual(openBelow(folder), [], "files are closed")
    await job.attemptWith(2, undefined, (run) => run.drain(() => job.isRead(run)))
    if (!endless) verdict(guarantee, rows, job.rows, spec.name)
    return calls
  }
  await everyCall(await read(undefined), (doom) => read(doom))
}

/** Read with checkpoints until the disk fails; answers the calls of the disk. */
async function doomed(job: SourceJob, doom: Doom | undefined): Promise<number> {
  const choices = new Choices(1)
  try {
    return await job.attemptWith(2, doom, async (run) => {
      while (!job.isRead(run)) await job.wander(run, choices, 5)
    })
  } catch (error) {
    const expected = error instanceof Death || (doom?.how === "refuse" && isFault(error))
    if (!expected) throw error
    return doom?.call ?? 0
  }
}

async function leaks({ options, folder }: Input): Promise<void> {
  const { baseline } = await baselineOf(options, 3)
  const rounds = 20
  const round = async (i: number): Promise<void> => {
    const job = new SourceJob({ ...options, baseline })
    // closed at once, with splits in hand, in the middle
    await job.attemptWith(3, undefined, (run) => job.wander(run, new Choices(i), i % 8))
  }
  await round(7)
  const before = openDescriptors()?.length ?? 0
  for (let i = 0; i < rounds; i++) await round(i)
  assert.deepEqual(openBelow(folder), [])
  const grown = (openDescriptors()?.length ?? 0) - before
  assert.ok(grown < rounds, `${grown} descriptors more after ${rounds} rounds`)
}

/** What a single reader reads of a scan, row by row. */
async function scanned(
  spec: SourceSpec,
  { table, options }: Input,
  scan: ScanAbilities,
  schema: LogicalType.RowType,
  consulted?: Set<string>
): Promise<ReadonlyArray<Row>> {
  const source = (parallelism: number) => sourceOf(spec, table, parallelism, scan, consulted)
  return (await baselineOf({ ...options, source, schema }, 1)).rows
}

async function projections(spec: SourceSpec, input: Input): Promise<void> {
  const { physical } = input.table
  const whole = await scanned(spec, input, wholeScan(physical), physical)
  const orders = [...physical.map((_, i) => [i]), physical.map((_, i) => i).reverse()]
  for (const order of orders) {
    const scan = { ...wholeScan([]), projection: order.map((i) => [i]) }
    const found = await scanned(spec, input, scan, order.map((i) => physical[i]!))
    const count = Math.min(found.length, whole.length)
    assert.ok(count > 0 && (input.endless || found.length === whole.length))
    assert.deepEqual(
      found.slice(0, count),
      whole.slice(0, count).map((row) => order.map((i) => row[i]!))
    )
  }
}

async function metadata(spec: SourceSpec, input: Input): Promise<void> {
  const { physical } = input.table
  const { factory, context } = await resolve(spec, input.table, "source", 1)
  const readable = Object.entries(factory.source!.traits(context).metadata)
  const plain = await scanned(spec, input, wholeScan(physical), physical)
  const keys = readable.map(([key]) => key)
  const schema = [...physical, ...readable.map(([name, type]) => ({ name, type }))]
  const found = await scanned(spec, input, wholeScan(physical, keys), schema)
  assert.deepEqual(found.map((row) => row.slice(0, physical.length)), plain)
  for (const row of found) {
    readable.forEach(([key, type], i) => {
      const value = row[physical.length + i]
      assert.ok(type.nullable || value !== null, `metadata '${key}' is there`)
    })
  }
}

async function exercise(spec: SourceSpec, folder: string): Promise<ReadonlySet<string>> {
  const consulted = new Set<string>()
  const input = await inputOf(spec, folder)
  const { physical } = input.table
  await scanned(spec, input, wholeScan(physical), physical, consulted)
  return consulted
}
