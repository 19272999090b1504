/** Jobs with checkpoints on the real clock: stop and go on, restarts, refusals, cancel, and what a finished job leaves. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import * as Effect from "effect/Effect"
import * as MemoryStore from "../../src/checkpoint/memory-store.ts"
import type { CheckpointState, CheckpointStore } from "../../src/checkpoint/store.ts"
import type { Graph } from "../../src/graph/graph.ts"
import type { Operator } from "../../src/operator/operator.ts"
import { type JobOptions, start } from "../../src/runtime/job.ts"
import type { Source } from "../../src/source/source.ts"
import {
  flatMap,
  makeShelf,
  numberSource,
  plainOptions,
  run,
  type Shelf,
  shelfSink
} from "./kit.ts"

function sequence(count: number): Array<number> {
  return Array.from({ length: count }, (_, i) => i)
}

function copyGraph(into: Shelf, source: Source, map = (value: number) => [value]): Graph {
  return {
    groupsMax: 8,
    nodes: [
      {
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
      },
      {
        id: "map",
        name: "map",
        parallelism: 1,
        inputs: [{ from: "in", port: 0, exchange: { kind: "forward" } }],
        work: { kind: "operator", make: flatMap(map) },
        chainable: false
      },
      {
        id: "out",
        name: "shelf",
        parallelism: 1,
        inputs: [{ from: "map", port: 0, exchange: { kind: "forward" } }],
        work: { kind: "sink", sink: shelfSink(into) }
      }
    ]
  }
}

function withStore(
  store: CheckpointStore,
  intervalMillis: number | undefined
): Partial<JobOptions> {
  return {
    checkpoints: {
      store,
      intervalMillis,
      timeoutMillis: 10_000,
      minPauseMillis: 0,
      tolerableFailures: 0
    }
  }
}

/** As {@link numberSource}, one batch per turn of the event loop, so that time passes. */
function slowSource(splits: ReadonlyArray<ReadonlyArray<number>>): Source {
  const source = numberSource(splits, 1)
  return {
    ...source,
    reader: () => {
      const reader = source.reader()
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
          if (!rested) return reader.poll()
          setTimeout(() => notify(), 0)
          return { kind: "empty" }
        }
      }
    }
  }
}

describe("start()", () => {
  it("takes checkpoints at the interval and commits at each", async () => {
    const shelf = makeShelf()
    const store = MemoryStore.make()
    const graph = copyGraph(shelf, slowSource([sequence(60)]))
    const { progress } = await run(graph, withStore(store, 5))
    assert.deepEqual(shelf.committed, sequence(60))
    assert.ok(progress.checkpointsCompleted >= 2, `${progress.checkpointsCompleted} checkpoints`)
    const newest = await Effect.runPromise(store.newest(() => {}))
    assert.equal(newest?.final, true)
    assert.deepEqual([...newest!.names], [["in", "numbers"], ["map", "map"], ["out", "shelf"]])
  })

  it("keeps the watermark of every subtask, also of one that has none yet", async () => {
    const shelf = makeShelf()
    const written: Array<CheckpointState> = []
    const store: CheckpointStore = {
      write: (state) => Effect.sync(() => written.push(state)),
      newest: () => Effect.succeed(undefined)
    }
    await run(copyGraph(shelf, slowSource([sequence(30)])), withStore(store, 2))
    const told = written.map(({ subtasks }) =>
      subtasks.flatMap(({ operators }) => operators.get("map/watermark")?.union ?? [])
    )
    assert.deepEqual(told[0], [{ subtask: 0, told: "min" }])
    assert.deepEqual(told.at(-1), [{ subtask: 0, told: "max" }])
  })

  it("restarts by its strategy and commits every row once", async () => {
    const shelf = makeShelf()
    let failures = 2
    const graph = copyGraph(shelf, slowSource([sequence(40)]), (value) => {
      if (value === 20 && failures-- > 0) throw new Error("Cannot pass 20")
      return [value]
    })
    const { progress } = await run(graph, {
      ...withStore(MemoryStore.make(), 2),
      restart: { kind: "fixed-delay", attempts: 2, delayMillis: 1 }
    })
    assert.equal(progress.restarts, 2)
    assert.match(progress.lastFailure!.message, /Cannot pass 20 \(in "map", subtask 0, attempt 2\)/)
    assert.deepEqual(shelf.committed, sequence(40))
  })

  it("gives up when the strategy does, with the last failure", async () => {
    const shelf = makeShelf()
    const graph = copyGraph(shelf, numberSource([sequence(3)], 1), () => {
      throw new Error("Cannot go on")
    })
    const restart = { kind: "fixed-delay", attempts: 1, delayMillis: 1 } as const
    await assert.rejects(run(graph, { restart }), /Cannot go on \(in "map", subtask 0, attempt 2\)/)
  })

  it("fails when a checkpoint cannot be stored", async () => {
    const shelf = makeShelf()
    const store: CheckpointStore = {
      write: () => Effect.die(new Error("Cannot write the checkpoint")),
      newest: () => Effect.succeed(undefined)
    }
    const graph = copyGraph(shelf, numberSource([sequence(3)], 1))
    await assert.rejects(run(graph, withStore(store, undefined)), /Cannot write the checkpoint/)
    assert.deepEqual(shelf.committed, [])
  })

  it("commits what a finished job had not committed, writes nothing and ends", async () => {
    const shelf = makeShelf()
    const written: Array<CheckpointState> = []
    const store: CheckpointStore = {
      write: (state) => Effect.sync(() => written.push(state)),
      newest: () => Effect.succeed(undefined)
    }
    const graph = copyGraph(shelf, numberSource([sequence(5)], 2))
    await run(graph, withStore(store, undefined))
    const [last] = written.splice(0)
    const again = makeShelf()
    await run(copyGraph(again, numberSource([sequence(5)], 2)), {
      ...withStore(store, undefined),
      restored: last
    })
    assert.deepEqual(again.committed, sequence(5))
    assert.deepEqual(written, [])
  })

  it("refuses state that no node claims, by the name it had", async () => {
    const shelf = makeShelf()
    const written: Array<CheckpointState> = []
    const store: CheckpointStore = {
      write: (state) => Effect.sync(() => written.push(state)),
      newest: () => Effect.succeed(undefined)
    }
    const graph = copyGraph(shelf, numberSource([sequence(5)], 2))
    await run(graph, withStore(store, undefined))
    const nodes = graph.nodes.map((node) => node.id === "out" ? { ...node, id: "other" } : node)
    const restored = written[0]!
    await assert.rejects(
      run({ ...graph, nodes }, { restored }),
      /Cannot restore checkpoint 1: it holds state of "shelf".*ignore-unclaimed-state/
    )
    await run({ ...graph, nodes }, { restored, allowUnclaimedState: true })
  })

  it("gives up at once, by name, when an operator cannot read its restored state", async () => {
    const written: Array<CheckpointState> = []
    const store: CheckpointStore = {
      write: (state) => Effect.sync(() => written.push(state)),
      newest: () => Effect.succeed(written.at(-1))
    }
    const graph = copyGraph(makeShelf(), numberSource([sequence(5)], 2))
    await run(graph, withStore(store, undefined))
    let opened = 0
    const make = (): Operator => ({
      ...flatMap((value) => [value])(),
      open: () => {
        opened++
        throw new Error("Broken invariant: values have format 1, not 2")
      }
    })
    const nodes = graph.nodes.map((node) =>
      node.id === "map" ? { ...node, work: { kind: "operator" as const, make } } : node
    )
    const [last] = written
    const subtasks = last!.subtasks.map((part) => ({
      ...part,
      operators: new Map([...part.operators, ...part.task === "map" ? [["map", {}]] as const : []])
    }))
    await assert.rejects(
      run({ ...graph, nodes }, {
        ...withStore(store, undefined),
        restored: { ...last!, subtasks },
        restart: { kind: "fixed-delay", attempts: 3, delayMillis: 1 }
      }),
      /Cannot restore checkpoint 1: its state cannot be read \(Broken invariant: values have format 1, not 2\); .* \(in "map", subtask 0, attempt 2\)/
    )
    assert.equal(opened, 1)
  })

  it("refuses a graph with one id twice", async () => {
    const shelf = makeShelf()
    const graph = copyGraph(shelf, numberSource([], 1))
    const nodes = [...graph.nodes, graph.nodes[2]!]
    await assert.rejects(run({ ...graph, nodes }), /state id "out" is also that of "shelf"/)
  })
})

describe("RunningJob.stop", () => {
  it("ends with a checkpoint from which the job goes on", async () => {
    const shelf = makeShelf()
    const store = MemoryStore.make()
    const stopped = await Effect.runPromise(Effect.scoped(Effect.gen(function* () {
      const graph = copyGraph(shelf, slowSource([sequence(2000)]))
      const job = yield* start(graph, { ...plainOptions, ...withStore(store, undefined) })
      yield* Effect.sleep(20)
      return yield* job.stop
    })))
    assert.equal(stopped.outcome, "stopped")
    assert.ok(shelf.committed.length < 2000)
    const restored = await Effect.runPromise(store.newest(() => {}))
    assert.equal(restored!.final, false)
    const graph = copyGraph(shelf, numberSource([sequence(2000)], 100))
    const finished = await run(graph, { ...withStore(store, undefined), restored })
    assert.equal(finished.outcome, "finished")
    assert.deepEqual(shelf.committed, sequence(2000))
  })
})

describe("RunningJob.cancel", () => {
  it("ends at once and closes everything", async () => {
    const shelf = makeShelf()
    await Effect.runPromise(Effect.scoped(Effect.gen(function* () {
      const job = yield* start(copyGraph(shelf, slowSource([sequence(100_000)])), plainOptions)
      yield* Effect.sleep(10)
      yield* job.cancel
    })))
    assert.deepEqual(shelf.committed, [])
    assert.deepEqual(shelf.calls, ["open 0", "close"])
  })
})
