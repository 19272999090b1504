/** What a resume takes for a finished job: only one whose final checkpoint is committed, never one that was stopped or cancelled. */
import assert from "node:assert/strict"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { afterEach, beforeEach, describe, it } from "node:test"
import * as Effect from "effect/Effect"
import type { Graph } from "../../src/graph/graph.ts"
import { execute, type Execution } from "../../src/runtime/host/execute.ts"
import type { RunningJob } from "../../src/runtime/job.ts"
import type { Source } from "../../src/source/source.ts"
import { makeShelf, numberSource, type Shelf, shelfSink } from "./kit.ts"

const all = Array.from({ length: 40 }, (_, i) => i)

/** The numbers one by one, at most one per turn of the event loop; after `gate` of them no more in this process. */
function gatedSource(gate: number): Source {
  const source = numberSource([all], 1)
  return {
    ...source,
    reader: () => {
      const reader = source.reader()
      let given = 0
      let rested = false
      let notify: () => void = () => {}
      return {
        ...reader,
        open: (context) => {
          notify = context.notify
          reader.open(context)
        },
        poll: () => {
          rested = !rested
          if (rested || given >= gate) {
            setTimeout(() => notify(), 1)
            return { kind: "empty" }
          }
          const polled = reader.poll()
          if (polled.kind === "batch") given++
          return polled
        }
      }
    }
  }
}

function graphOf(shelf: Shelf, source: Source): Graph {
  return {
    groupsMax: 8,
    nodes: [{
      id: "in",
      name: "numbers",
      parallelism: 1,
      inputs: [],
      work: {
        kind: "source",
        source,
        compute: undefined,
        watermark: undefined,
        badRecords: undefined
      }
    }, {
      id: "out",
      name: "shelf",
      parallelism: 1,
      inputs: [{ from: "in", port: 0, exchange: { kind: "forward" } }],
      work: { kind: "sink", sink: shelfSink(shelf) }
    }]
  }
}

describe("execute() with resume", () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(`${tmpdir()}/millrace-resume-`)
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  const run = <A>(
    shelf: Shelf,
    gate: number,
    use: (execution: Execution) => Effect.Effect<A, unknown>
  ): Promise<A> =>
    Effect.runPromise(Effect.scoped(Effect.flatMap(
      execute(graphOf(shelf, gatedSource(gate)), {
        id: "settle",
        checkpoints: {
          directory,
          intervalMillis: 5,
          timeoutMillis: 10_000,
          minPauseMillis: 0,
          tolerableFailures: 0,
          retained: 1
        },
        resume: true,
        restart: { kind: "none" },
        channelCapacity: 4,
        bufferTimeoutMillis: 1,
        ignoreUnclaimedState: false,
        onProgress: () => {},
        onWarning: () => {}
      }),
      use
    )))

  const runningJob = (execution: Execution): RunningJob => {
    assert.equal(execution.kind, "running")
    return (execution as Extract<Execution, { kind: "running" }>).job
  }

  const until = (job: RunningJob, rows: number) =>
    Effect.gen(function* () {
      while (job.progress().rowsIn < rows || job.progress().checkpointsCompleted < 1) {
        yield* Effect.sleep(1)
      }
    })

  it("goes on after a stop, then has nothing to do after the end", async () => {
    const shelf = makeShelf()
    const stopped = await run(shelf, 10, (execution) => {
      const job = runningJob(execution)
      return Effect.andThen(until(job, 10), job.stop)
    })
    assert.equal(stopped.outcome, "stopped")
    assert.deepEqual(shelf.committed, all.slice(0, 10))

    const ended = await run(shelf, Infinity, (execution) => {
      const job = runningJob(execution)
      assert.ok(execution.kind === "running" && execution.resumed !== undefined)
      return job.result
    })
    assert.equal(ended.outcome, "finished")
    assert.deepEqual(shelf.committed, all)

    const kind = await run(shelf, Infinity, (execution) => Effect.succeed(execution.kind))
    assert.equal(kind, "finished")
    assert.deepEqual(shelf.committed, all)
  })

  it("goes on after a stop that came when the job had been restored from a stop", async () => {
    const shelf = makeShelf()
    for (const rows of [10, 5]) {
      const { outcome } = await run(shelf, rows, (execution) => {
        const job = runningJob(execution)
        return Effect.andThen(until(job, rows), job.stop)
      })
      assert.equal(outcome, "stopped")
    }
    assert.deepEqual(shelf.committed, all.slice(0, 15))
    await run(shelf, Infinity, (execution) => runningJob(execution).result)
    assert.deepEqual(shelf.committed, all)
  })

  it("goes on after a cancel from the newest periodic checkpoint", async () => {
    const shelf = makeShelf()
    await run(shelf, 10, (execution) => {
      const job = runningJob(execution)
      return Effect.andThen(until(job, 10), job.cancel)
    })
    assert.ok(shelf.committed.length <= 10)
    const ended = await run(shelf, Infinity, (execution) => {
      assert.ok(execution.kind === "running" && execution.resumed !== undefined)
      return runningJob(execution).result
    })
    assert.equal(ended.outcome, "finished")
    assert.deepEqual(shelf.committed, all)
  })
})
