/** The operator that makes processing time an event time, driven by a clock of the test. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { Barrier, Tag, Watermark } from "../../src/batch/element.ts"
import { makeProcessingTime } from "../../src/operator/processing-time.ts"
import { isElement, type OperatorContext, type Restored } from "../../src/operator/operator.ts"
import { simple, timestamp } from "../../src/type/logical-type.ts"
import { batchOf, insert } from "./kit.ts"

const types = [simple("INT"), timestamp(3)]

class Clock {
  millis = 1000
  /** What waits for the next tick. */
  readonly timers: Array<() => void> = []

  context(restored?: Restored): OperatorContext {
    const context: Partial<OperatorContext> = {
      restored,
      nowMillis: () => this.millis,
      fork: (_, done) => this.timers.push(() => done(undefined as never))
    }
    return context as OperatorContext
  }

  tick(): void {
    this.timers.shift()!()
  }
}

function drain(operator: ReturnType<typeof makeProcessingTime>): ReadonlyArray<string> {
  const out: Array<string> = []
  for (let given = operator.step(); isElement(given); given = operator.step()) {
    if (given.tag === Tag.batch) {
      out.push(`rows ${(given.columns[1]!.values as Float64Array).join(",")}`)
    } else out.push(given.tag === Tag.watermark ? `watermark ${given.time}` : `tag ${given.tag}`)
  }
  return out
}

describe("processing time", () => {
  const rows = batchOf(types, [insert(1, 5), insert(2, null)], "plain")

  it("makeProcessingTime() stamps rows with the clock and tells it by watermarks, which hide those from above", () => {
    const clock = new Clock()
    const operator = makeProcessingTime(1)
    operator.open(clock.context())
    operator.push(rows, 0)
    assert.deepEqual(drain(operator), ["rows 1000,1000"])
    operator.push(new Watermark(77), 0)
    assert.deepEqual(drain(operator), [])
    clock.millis = 1200
    clock.tick()
    assert.deepEqual(drain(operator), ["watermark 1199"])
    clock.tick()
    assert.deepEqual(drain(operator), [], "a clock that stands still tells nothing")
    operator.push(new Watermark(Infinity), 0)
    assert.deepEqual(drain(operator), ["watermark Infinity"])
    clock.tick()
    assert.deepEqual(
      [drain(operator), clock.timers.length],
      [[], 0],
      "the clock is not asked any more"
    )
  })

  it("makeProcessingTime() never goes back, when the clock does and after a restore", () => {
    const clock = new Clock()
    const operator = makeProcessingTime(1)
    operator.open(clock.context())
    operator.push(rows, 0)
    drain(operator)
    clock.millis = 400
    operator.push(rows, 0)
    assert.deepEqual(drain(operator), ["rows 1000,1000"])
    operator.push(new Barrier(1, 1, false), 0)
    drain(operator)
    const { union } = operator.snapshot()!
    const restored = makeProcessingTime(1)
    restored.open(clock.context({ checkpoint: 1, groups: [], items: [], union: union! }))
    restored.push(rows, 0)
    assert.deepEqual(drain(restored), ["rows 1000,1000"])
  })
})
