/** Output: rows are dealt once, in order, coalesced, and never into a full lane. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "fast-check"
import { Lane } from "../../src/actor/lane.ts"
import { Column } from "../../src/batch/column.ts"
import { Barrier, Batch, batchRowsMax, type Element, Tag } from "../../src/batch/element.ts"
import type { Exchange } from "../../src/graph/graph.ts"
import { Channel } from "../../src/runtime/channel.ts"
import type { Decisions } from "../../src/runtime/decisions.ts"
import { Output } from "../../src/runtime/output.ts"
import { groupFrom, groupOf, ownerOf } from "../../src/runtime/key-groups.ts"
import { hashNumbers, numbers, valuesOf } from "./kit.ts"

const nobody = { notify: () => {} }
const decisions: Decisions = {
  pickLane: undefined,
  turnSteps: () => 1,
  flushEarly: () => false,
  wholeRowsMin: 256,
  reach: () => {}
}

function outputOf(
  exchange: Exchange,
  count: number,
  capacity = 100
): { output: Output; lanes: Array<Lane> } {
  const lanes = Array.from({ length: count }, () => new Lane(capacity, nobody, nobody))
  const channels = lanes.map((lane) => new Channel(lane))
  return { output: new Output({ exchange, channels, groupsMax: 16, decisions }), lanes }
}

function drain(lane: Lane): Array<Element> {
  const elements: Array<Element> = []
  for (;;) {
    const element = lane.poll()
    if (element === undefined) return elements
    elements.push(element)
  }
}

function rowsOf(elements: ReadonlyArray<Element>): Array<number> {
  return elements.flatMap((element) => element.tag === Tag.batch ? valuesOf(element) : [])
}

function range(from: number, count: number): Array<number> {
  return Array.from({ length: count }, (_, i) => from + i)
}

const mark = new Barrier(1, 1, false)

describe("Output.deal()", () => {
  it("collects small batches and gives them out at a mark, before it", () => {
    const { lanes, output } = outputOf({ kind: "forward" }, 1)
    output.deal(numbers([1, 2]))
    output.deal(numbers([3]))
    assert.equal(lanes[0]!.size, 0)
    output.mark(mark)
    const elements = drain(lanes[0]!)
    assert.equal(elements.length, 2)
    assert.deepEqual(rowsOf(elements), [1, 2, 3])
    assert.equal(elements[1], mark)
  })

  it("passes a large batch by reference, behind what was collected", () => {
    const { lanes, output } = outputOf({ kind: "forward" }, 1)
    const large = numbers(range(10, 600))
    output.deal(numbers([1]))
    output.deal(large)
    const elements = drain(lanes[0]!)
    assert.deepEqual(valuesOf(elements[0] as Batch), [1])
    assert.equal(elements[1], large)
  })

  it("gives a receiver port 0, whatever port the batch left by", () => {
    const { lanes, output } = outputOf({ kind: "forward" }, 1)
    output.deal(numbers(range(0, 300), 1))
    assert.equal((lanes[0]!.poll() as Batch).port, 0)
  })

  it("gives a batch out when its text is 256 KiB", () => {
    const { lanes, output } = outputOf({ kind: "forward" }, 1)
    const text = new Batch(1, [
      new Column({
        layout: "bytes",
        rows: 1,
        bytes: new Uint8Array(100_000),
        starts: Int32Array.of(0),
        lengths: Int32Array.of(100_000)
      })
    ])
    for (let i = 0; i < 3; i++) output.deal(text)
    assert.equal((lanes[0]!.poll() as Batch).rows, 3)
  })

  it("sends batches round robin when it rebalances", () => {
    const { lanes, output } = outputOf({ kind: "rebalance" }, 2)
    for (const from of [0, 1000, 2000]) output.deal(numbers(range(from, 300)))
    assert.deepEqual(lanes.map((lane) => rowsOf(drain(lane)).length), [600, 300])
  })

  it("sends one batch object to all when it broadcasts", () => {
    const { lanes, output } = outputOf({ kind: "broadcast" }, 2)
    output.deal(numbers([1]))
    output.flush()
    assert.equal(lanes[0]!.poll(), lanes[1]!.poll())
  })

  it("deals each row to the owner of its key group, in order", () => {
    // Claim: by hash every row reaches the one channel that owns it, and channels keep the order of rows. Model: a filter.
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 400 }), {
          maxLength: 8
        }),
        fc.integer({ min: 2, max: 5 }),
        (batches, parallelism) => {
          const { lanes, output } = outputOf({ kind: "hash", hash: hashNumbers }, parallelism)
          for (const values of batches) output.deal(numbers(values))
          output.mark(mark)
          const hashes = new Int32Array(1)
          for (const [index, lane] of lanes.entries()) {
            const elements = drain(lane)
            assert.ok(elements.every((one) => one.tag !== Tag.batch || one.rows <= batchRowsMax))
            const want = batches.flat().filter((value) => {
              hashNumbers(numbers([value]), hashes)
              return ownerOf(groupOf(hashes[0]!, 16), parallelism, 16) === index
            })
            assert.deepEqual(rowsOf(elements), want)
          }
        }
      )
    )
  })
})

describe("Output.ready()", () => {
  it("is false while something waits for room, and sends it when there is some", () => {
    const { lanes, output } = outputOf({ kind: "forward" }, 1, 1)
    output.deal(numbers([1]))
    output.mark(mark)
    assert.equal(output.ready(), false)
    assert.deepEqual(valuesOf(lanes[0]!.poll() as Batch), [1])
    assert.equal(output.ready(), true)
    assert.equal(lanes[0]!.poll(), mark)
  })
})

describe("groupFrom()", () => {
  it("gives ranges that agree with ownerOf()", () => {
    for (let groupsMax = 1; groupsMax <= 40; groupsMax++) {
      for (let parallelism = 1; parallelism <= groupsMax; parallelism++) {
        for (let group = 0; group < groupsMax; group++) {
          const owner = ownerOf(group, parallelism, groupsMax)
          assert.ok(group >= groupFrom(owner, parallelism, groupsMax))
          assert.ok(group < groupFrom(owner + 1, parallelism, groupsMax))
        }
      }
    }
  })
})

describe("groupOf()", () => {
  it("is the unsigned hash modulo the groups", () => {
    fc.assert(fc.property(fc.integer(), fc.integer({ min: 1, max: 32768 }), (hash, groupsMax) => {
      assert.equal(groupOf(hash, groupsMax), (hash >>> 0) % groupsMax)
    }))
  })
})
