/** Intervals and timeouts by monotone time: a wall clock that is set hours back or forward changes nothing. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { Tag } from "../../src/batch/element.ts"
import type { CheckpointStore } from "../../src/checkpoint/store.ts"
import type { Graph } from "../../src/graph/graph.ts"
import { type Operator, type OperatorContext, Status } from "../../src/operator/operator.ts"
import { type JobOptions, type JobResult, start } from "../../src/runtime/job.ts"
import { monotonicMillis } from "../../src/runtime/monotonic.ts"
import type { Sink } from "../../src/sink/sink.ts"
import type { Source, Split } from "../../src/source/source.ts"
import { fromDeviations } from "../../src/testing/choices.ts"
import { simulate, type World } from "../../src/testing/simulation.ts"
import { makeShelf, numbers, plainOptions, shelfSink } from "./kit.ts"

const hourMillis = 3_600_000

/** Two splits in one reader: "a" gives a number every 5 ms of virtual time until `endMillis`, "b" never gives one. */
function tickingSource(world: World, endMillis: number): Source {
  const splits = ["a", "b"]
  return {
    boundedness: "bounded",
    guarantee: "at-least-once",
    enumerator: () => ({
      next: () => splits.length > 0 ? { id: splits.shift()! } : "done",
      snapshot: () => null,
      close: () => {}
    }),
    reader: () => {
      let context!: OperatorContext
      const held: Array<string> = []
      let due = false
      return {
        open: (given) => {
          context = given
          const tick = () =>
            context.fork(Effect.sleep(5), () => {
              due = true
              tick()
            })
          tick()
        },
        add: (split: Split) => void held.push(split.id),
        poll: () => {
          const ends = world.nowMillis >= endMillis
          if (ends && held.length > 0) return { kind: "finished", split: held.shift()! }
          if (!due || held[0] !== "a") return { kind: "empty" }
          due = false
          return { kind: "batch", split: "a", batch: numbers([world.nowMillis]) }
        },
        snapshot: () => [],
        close: () => {}
      }
    }
  }
}

function graphOf(source: Source, sink: Sink, make: () => Operator): Graph {
  return {
    groupsMax: 8,
    nodes: [{
      id: "in",
      name: "ticks",
      parallelism: 1,
      inputs: [],
      work: {
        kind: "source",
        source,
        compute: undefined,
        watermark: {
          ofBatch: (batch) => (batch.columns[0]!.values as Float64Array)[0]!,
          idleTimeoutMillis: 20
        },
        badRecords: undefined
      }
    }, {
      id: "seen",
      name: "seen",
      parallelism: 1,
      inputs: [{ from: "in", port: 0, exchange: { kind: "forward" } }],
      work: { kind: "operator", make }
    }, {
      id: "out",
      name: "shelf",
      parallelism: 1,
      inputs: [{ from: "seen", port: 0, exchange: { kind: "forward" } }],
      work: { kind: "sink", sink }
    }]
  }
}

/** Passes everything on and notes when barriers and watermarks came, by monotone time. */
function noting(world: World, into: Array<string>): () => Operator {
  return () => {
    let held: Parameters<Operator["push"]>[0] | undefined
    return {
      open: () => {},
      push: (element) => {
        held = element
        if (element.tag === Tag.barrier) into.push(`barrier ${Math.round(world.nowMillis / 5) * 5}`)
        if (element.tag === Tag.watermark) into.push("watermark")
      },
      step: () => {
        const element = held
        held = undefined
        return element ?? Status.done
      },
      snapshot: () => undefined
    }
  }
}

interface Seen {
  readonly marks: ReadonlyArray<string>
  readonly result: JobResult
}

/** Run for 300 ms with a wall clock that jumps `jumps[i]` at 40, 80, 120 … ms. */
function runWith(
  jumps: ReadonlyArray<number>,
  options: Partial<JobOptions>,
  slowWriteMillis: number
): Seen {
  const marks: Array<string> = []
  const store: CheckpointStore = {
    write: () => Effect.as(Effect.sleep(slowWriteMillis), 1),
    newest: () => Effect.succeed(undefined)
  }
  const { outcome } = simulate((world) => {
    jumps.forEach((byMillis, i) =>
      world.alarm(40 * (i + 1), () => {
        world.wallOffsetMillis += byMillis
      })
    )
    const graph = graphOf(tickingSource(world, 300), shelfSink(makeShelf()), noting(world, marks))
    return Effect.scoped(Effect.flatMap(
      start(graph, {
        ...plainOptions,
        checkpoints: {
          store,
          intervalMillis: 30,
          timeoutMillis: 50,
          minPauseMillis: 10,
          tolerableFailures: 0
        },
        ...options
      }),
      (job) => job.result
    ))
  }, { choices: fromDeviations([], []), stepsMax: 100_000, stepMillis: 0.01 })
  assert.ok(outcome !== "crashed" && Exit.isSuccess(outcome), String(outcome))
  return { marks, result: outcome.value }
}

describe("start()", () => {
  for (
    const [name, jumps] of [
      ["back", [-hourMillis]],
      ["forward", [hourMillis, hourMillis, 2 * hourMillis, hourMillis]],
      ["back and forth", [
        -hourMillis,
        5 * hourMillis,
        -2 * hourMillis,
        hourMillis,
        -9 * hourMillis
      ]]
    ] as const
  ) {
    it(`keeps the pace of checkpoints and idle splits when the wall clock jumps ${name}`, () => {
      const calm = runWith([], {}, 5)
      const jumped = runWith(jumps, {}, 5)
      assert.ok(calm.result.progress.checkpointsCompleted >= 8)
      assert.ok(calm.marks.filter((mark) => mark === "watermark").length >= 20, "split b is idle")
      assert.deepEqual(jumped.marks, calm.marks)
      assert.equal(jumped.result.progress.checkpointsAborted, 0)
    })
  }

  it("gives a checkpoint up after its timeout although the wall clock went back meanwhile", () => {
    const options = {
      checkpoints: {
        store: {
          write: ({ final }) => Effect.as(Effect.sleep(final ? 0 : 10_000), 1),
          newest: () => Effect.succeed(undefined)
        } satisfies CheckpointStore,
        intervalMillis: 30,
        timeoutMillis: 50,
        minPauseMillis: 0,
        tolerableFailures: 100
      }
    }
    const { progress } = runWith([-hourMillis, -hourMillis], options, 0).result
    assert.ok(progress.checkpointsAborted >= 3, `${progress.checkpointsAborted} given up`)
  })
})

describe("monotonicMillis()", () => {
  it("is millis with fractions of the clock that is given", () => {
    const clock = { monotonicTimeNanosUnsafe: () => 1_234_567_890n }
    assert.equal(monotonicMillis(clock as Clock.Clock), 1234.56789)
  })

  it("does not go back on the real clock", () => {
    const clock = Effect.runSync(Clock.Clock)
    let last = monotonicMillis(clock)
    for (let i = 0; i < 1000; i++) {
      const now = monotonicMillis(clock)
      assert.ok(now >= last)
      last = now
    }
  })
})
