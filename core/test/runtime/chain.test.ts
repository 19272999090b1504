/** Chain: elements go through a tree of operators in order, and it stops and goes on wherever there is no room. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { Lane } from "../../src/actor/lane.ts"
import { Barrier, type Element, End, Idle, Tag } from "../../src/batch/element.ts"
import { type Operator, type Snapshot, Status } from "../../src/operator/operator.ts"
import { Chain, Link, Outcome, Stage } from "../../src/runtime/chain.ts"
import { Channel } from "../../src/runtime/channel.ts"
import { Output } from "../../src/runtime/output.ts"
import { numbers, valuesOf } from "./kit.ts"

const nobody = { notify: () => {} }

/** Gives each value of a batch as a batch of its own, on port `value % ports`; marks as they are. */
class Splitter implements Operator {
  readonly pushed: Array<string> = []
  private readonly ports: number
  private values: Array<number> = []
  private mark: Element | undefined = undefined
  waits = false

  constructor(ports: number) {
    this.ports = ports
  }

  open(): void {}

  push(element: Element): void {
    assert.ok(this.values.length === 0 && this.mark === undefined, "pushed before it was done")
    if (element.tag === Tag.batch) {
      this.values = valuesOf(element)
      this.pushed.push(...this.values.map(String))
    } else {
      this.mark = element
      this.pushed.push(["", "watermark", "idle", "barrier", "end"][element.tag]!)
    }
  }

  step(): Element | Status {
    if (this.waits) return Status.waiting
    const value = this.values.shift()
    if (value !== undefined) return numbers([value], value % this.ports)
    const { mark } = this
    this.mark = undefined
    return mark ?? Status.done
  }

  snapshot(): Snapshot {
    return { items: [this.pushed.length] }
  }
}

function laneOutput(capacity: number): { lane: Lane; output: Output } {
  const lane = new Lane(capacity, nobody, nobody)
  const output = new Output({
    exchange: { kind: "forward" },
    channels: [new Channel(lane)],
    groupsMax: 1,
    decisions: {
      pickLane: undefined,
      turnSteps: () => 1,
      flushEarly: () => true,
      wholeRowsMin: 1,
      reach: () => {}
    }
  })
  return { lane, output }
}

/** Head on two ports: port 0 to `left`, port 1 to `right` and to a lane. */
function tree(capacity: number): {
  chain: Chain
  head: Splitter
  left: Splitter
  right: Splitter
  lane: Lane
  cuts: Array<ReadonlyMap<string, Snapshot>>
} {
  const [head, left, right] = [new Splitter(2), new Splitter(1), new Splitter(1)]
  const stages = [new Stage("h", "h", head), new Stage("l", "l", left), new Stage("r", "r", right)]
  const { lane, output } = laneOutput(capacity)
  stages[0]!.links.push(new Link(0, stages[1], undefined))
  stages[0]!.links.push(new Link(1, stages[2], undefined))
  stages[2]!.links.push(new Link(0, undefined, output))
  const cuts: Array<ReadonlyMap<string, Snapshot>> = []
  const chain = new Chain(stages, (_, snapshots) => cuts.push(snapshots))
  chain.steps = Infinity
  return { chain, head, left, right, lane, cuts }
}

describe("Chain.run()", () => {
  it("sends each port to its own links and marks to all", () => {
    const { chain, left, right } = tree(10)
    chain.push(numbers([1, 2, 3]), 0)
    assert.equal(chain.run(), Outcome.done)
    chain.push(new End(), 0)
    assert.equal(chain.run(), Outcome.done)
    assert.deepEqual(left.pushed, ["2", "end"])
    assert.deepEqual(right.pushed, ["1", "3", "end"])
    assert.equal(chain.ended, true)
  })

  it("stops when a lane is full and goes on there", () => {
    const { chain, lane } = tree(1)
    chain.push(numbers([1, 3, 5, 7, 9]), 0)
    const got: Array<number> = []
    let rounds = 0
    while (chain.run() === Outcome.full) {
      assert.ok(rounds++ < 20)
      got.push(...valuesOf(lane.poll() as Parameters<typeof valuesOf>[0]))
    }
    while (!chain.drained()) got.push(...valuesOf(lane.poll() as Parameters<typeof valuesOf>[0]))
    for (let element = lane.poll(); element !== undefined; element = lane.poll()) {
      got.push(...valuesOf(element as Parameters<typeof valuesOf>[0]))
    }
    assert.deepEqual(got, [1, 3, 5, 7, 9])
    assert.ok(rounds > 0)
  })

  it("stops when its steps are spent", () => {
    const { chain } = tree(10)
    chain.push(numbers([1, 2, 3]), 0)
    chain.steps = 2
    assert.equal(chain.run(), Outcome.spent)
    chain.steps = 100
    assert.equal(chain.run(), Outcome.done)
  })

  it("asks a waiting operator again only when it has notified", () => {
    const { chain, left } = tree(10)
    left.waits = true
    chain.push(numbers([2]), 0)
    assert.equal(chain.run(), Outcome.waiting)
    left.waits = false
    assert.equal(chain.run(), Outcome.waiting)
    chain.wake(chain.stages[1]!)
    assert.equal(chain.run(), Outcome.done)
  })

  it("takes every snapshot as the barrier leaves and tells once", () => {
    const { chain, cuts } = tree(10)
    chain.push(numbers([1, 2]), 0)
    chain.run()
    chain.push(new Barrier(1, 1, false), 0)
    chain.run()
    assert.equal(cuts.length, 1)
    assert.deepEqual([...cuts[0]!.keys()], ["h", "l", "r"])
  })

  it("carries an idle mark past the operators to the outputs", () => {
    const { chain, lane, right } = tree(10)
    chain.push(new Idle(), 0)
    chain.run()
    assert.deepEqual(right.pushed, [])
    assert.equal(lane.poll()?.tag, Tag.idle)
  })
})
