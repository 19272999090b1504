/** SourceOperator: what leaves a source, in which order, and what it remembers. Driven by hand, without a task. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type * as Effect from "effect/Effect"
import { type Batch, type Element, Tag } from "../../src/batch/element.ts"
import type { AnyFault } from "../../src/fault.ts"
import type { SourceWork } from "../../src/graph/graph.ts"
import { isElement, type OperatorContext, type Restored } from "../../src/operator/operator.ts"
import { SubtaskMetrics } from "../../src/observe/subtask-metrics.ts"
import type { Polled, Split } from "../../src/source/source.ts"
import { SourceOperator } from "../../src/source/source-operator.ts"
import { numbers, valuesOf } from "./kit.ts"

interface Bench {
  readonly source: SourceOperator
  readonly polls: Array<Polled>
  readonly added: Array<Split>
  readonly said: Array<string>
  readonly alarms: Array<() => void>
  readonly clock: { nowMillis: number }
  readonly metrics: SubtaskMetrics
  readonly run: () => Array<string>
}

function greatest(batch: Batch): number {
  return Math.max(...valuesOf(batch))
}

/** A source whose reader gives what `polls` holds and whose clock and alarms are in the test's hand. */
function bench(work: Partial<SourceWork> = {}, restored?: Restored, parallelism = 1): Bench {
  const polls: Array<Polled> = []
  const added: Array<Split> = []
  const said: Array<string> = []
  const alarms: Array<() => void> = []
  const clock = { nowMillis: 1000 }
  const metrics = new SubtaskMetrics("source", 0, false)
  const source = new SourceOperator(
    {
      kind: "source",
      compute: undefined,
      watermark: { ofBatch: greatest, idleTimeoutMillis: undefined },
      badRecords: undefined,
      ...work,
      source: {
        boundedness: "bounded",
        guarantee: "exactly-once",
        enumerator: () => assert.fail("the operator does not make an enumerator"),
        reader: () => ({
          open: () => {},
          add: (split) => void added.push(split),
          poll: () => polls.shift() ?? { kind: "empty" },
          snapshot: () => added.map((split) => ({ ...split, at: polls.length })),
          close: () => {}
        })
      }
    },
    { request: () => said.push("request"), exhausted: () => said.push("exhausted") },
    metrics,
    () => clock.nowMillis
  )
  const context: Partial<OperatorContext> = {
    subtask: 0,
    parallelism,
    restored,
    notify: () => {},
    fork: <A>(_: Effect.Effect<A, AnyFault>, done: (value: A) => void) => {
      alarms.push(() => done(undefined as A))
    }
  }
  source.open(context as OperatorContext)
  const run = () => {
    const out: Array<string> = []
    for (let result = source.step(); isElement(result); result = source.step()) {
      out.push(textOf(result))
    }
    return out
  }
  return { source, polls, added, said, alarms, clock, metrics, run }
}

function textOf(element: Element): string {
  switch (element.tag) {
    case Tag.batch:
      return `${element.port}:${valuesOf(element)}`
    case Tag.watermark:
      return `watermark ${element.time}`
    case Tag.idle:
      return "idle"
    case Tag.barrier:
      return `barrier ${element.checkpoint}${element.final ? " final" : ""}`
    case Tag.end:
      return "end"
  }
}

const batch = (split: string, ...values: Array<number>): Polled => ({
  kind: "batch",
  split,
  batch: numbers(values)
})

describe("SourceOperator.step()", () => {
  it("gives letters, then rows, then the watermark of one poll", () => {
    let bad = 0
    const { metrics, polls, run, source } = bench({
      compute: (given) => numbers(valuesOf(given).map((value) => value + 1)),
      badRecords: () => ({ count: bad, letters: bad > 0 ? numbers([99]) : undefined })
    })
    source.assign({ id: "a" })
    bad = 1
    polls.push(batch("a", 1, 2))
    const first = [source.step(), source.step(), source.step()].map((one) =>
      isElement(one) ? textOf(one) : "-"
    )
    bad = 0
    assert.deepEqual(first, ["1:99", "0:2,3", "watermark 3"])
    assert.deepEqual(run(), [])
    assert.equal(metrics.badRecords, 1)
    assert.equal(metrics.rowsIn, 2)
  })

  it("tells the least watermark of the splits in hand, and forgets a finished one", () => {
    const { polls, run, source } = bench()
    source.assign({ id: "a" })
    source.assign({ id: "b" })
    polls.push(batch("a", 50), batch("b", 20), { kind: "finished", split: "b" })
    assert.deepEqual(run(), ["0:50", "0:20", "watermark 20", "watermark 50"])
  })

  it("never lets the watermark go back for a later split", () => {
    const { polls, run, source } = bench()
    source.assign({ id: "a" })
    polls.push(batch("a", 50), { kind: "finished", split: "a" })
    run()
    source.assign({ id: "b" })
    polls.push(batch("b", 20), batch("b", 60))
    assert.deepEqual(run(), ["0:20", "0:60", "watermark 60"])
  })

  it("asks for a split when it has none, once", () => {
    const { polls, run, said, source } = bench()
    run()
    run()
    assert.deepEqual(said, ["request"])
    source.assign({ id: "a" })
    polls.push(batch("a", 1))
    run()
    assert.deepEqual(said, ["request"])
    polls.push({ kind: "finished", split: "a" })
    run()
    assert.deepEqual(said, ["request", "request"])
  })

  it("tells the last watermark and that it is exhausted when no split is left", () => {
    const { run, said, source } = bench()
    source.noMoreSplits()
    assert.deepEqual(run(), ["watermark Infinity"])
    assert.deepEqual(said, ["request", "exhausted"])
    assert.deepEqual(run(), [])
  })

  it("is idle when no split had rows for the timeout, and active with the next rows", () => {
    const { alarms, clock, polls, run, source } = bench({
      watermark: { ofBatch: greatest, idleTimeoutMillis: 100 }
    })
    source.assign({ id: "a" })
    polls.push(batch("a", 5))
    assert.deepEqual(run(), ["0:5", "watermark 5"])
    assert.equal(alarms.length, 1)
    clock.nowMillis += 100
    alarms.shift()!()
    assert.deepEqual(run(), ["idle"])
    assert.deepEqual(run(), [])
    polls.push(batch("a", 9))
    assert.deepEqual(run(), ["0:9", "watermark 9"])
  })

  it("lets an idle split hold no other back", () => {
    const { clock, polls, run, source } = bench({
      watermark: { ofBatch: greatest, idleTimeoutMillis: 100 }
    })
    source.assign({ id: "a" })
    source.assign({ id: "b" })
    polls.push(batch("a", 5))
    assert.deepEqual(run(), ["0:5"])
    clock.nowMillis += 60
    polls.push(batch("a", 7))
    run()
    clock.nowMillis += 60
    assert.deepEqual(run(), ["watermark 7"])
  })
})

describe("SourceOperator.trigger()", () => {
  it("takes the position when it is served, and the barrier follows what is held", () => {
    const { polls, run, source } = bench()
    source.assign({ id: "a" })
    polls.push(batch("a", 1), batch("a", 2))
    assert.equal(textOf(source.step() as Element), "0:1")
    source.trigger(3, 1, false)
    assert.deepEqual(run(), ["watermark 1", "barrier 3", "0:2", "watermark 2"])
    assert.deepEqual(source.snapshot()!.items, [{ split: { id: "a", at: 1 }, watermark: 1 }])
  })

  it("keeps an assignment that follows it out of its checkpoint", () => {
    const { run, source } = bench()
    source.trigger(1, 1, false)
    source.assign({ id: "a" })
    assert.deepEqual(run(), ["barrier 1"])
    assert.deepEqual(source.snapshot()!.items, [])
  })

  it("holds the barrier back for ever when it is aborted first", () => {
    const { run, source } = bench()
    source.trigger(1, 1, false)
    source.abort(1)
    assert.deepEqual(run(), [])
  })

  it("stops the reading for the last one, and the end follows its completion", () => {
    const { polls, run, source } = bench()
    source.assign({ id: "a" })
    polls.push(batch("a", 1))
    source.trigger(1, 1, true)
    assert.deepEqual(run(), ["barrier 1 final"])
    source.complete(1)
    assert.deepEqual(run(), ["end"])
  })

  it("goes on reading when the last one is aborted", () => {
    const { polls, run, source } = bench()
    source.assign({ id: "a" })
    polls.push(batch("a", 1))
    source.trigger(1, 1, true)
    run()
    source.abort(1)
    assert.deepEqual(run(), ["0:1", "watermark 1"])
  })
})

describe("SourceOperator.open()", () => {
  const restored = (told: ReadonlyArray<unknown>): Restored => ({
    checkpoint: 4,
    groups: [],
    items: [{ split: { id: "a" }, watermark: 7 }] as never,
    union: told as never
  })

  it("goes on with its splits and tells the watermark that it had told", () => {
    const { added, run, said } = bench({}, restored([{ subtask: 0, told: 7 }]))
    assert.deepEqual(added, [{ id: "a" }])
    assert.deepEqual(run(), ["watermark 7"])
    assert.deepEqual(said, [])
  })

  it("tells the least that any had told when the parallelism is another", () => {
    const told = [{ subtask: 0, told: 7 }, { subtask: 1, told: 3 }]
    const { run } = bench({}, restored(told), 1)
    assert.deepEqual(run(), ["watermark 3"])
  })
})
