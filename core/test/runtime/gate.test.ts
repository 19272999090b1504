/** Gate: marks of several lanes become one stream of marks. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { Lane } from "../../src/actor/lane.ts"
import { Barrier, End, Idle, Watermark } from "../../src/batch/element.ts"
import { Gate } from "../../src/runtime/gate.ts"
import { numbers } from "./kit.ts"

const nobody = { notify: () => {} }

function gateOf(count: number, passed = 0): { gate: Gate; lanes: Array<Lane> } {
  const lanes = Array.from({ length: count }, () => new Lane(2, nobody, nobody))
  return { gate: new Gate(lanes, 1, passed), lanes }
}

const barrier = (checkpoint: number) => new Barrier(checkpoint, 1, false)

describe("Gate.receive()", () => {
  it("gives the minimum of the watermarks, when it rises", () => {
    const { gate } = gateOf(2)
    assert.equal(gate.receive(0, new Watermark(5)), undefined)
    assert.deepEqual(gate.receive(1, new Watermark(3)), new Watermark(3))
    assert.equal(gate.receive(0, new Watermark(7)), undefined)
    assert.deepEqual(gate.receive(1, new Watermark(9)), new Watermark(7))
    assert.equal(gate.watermark, 7)
  })

  it("lets an idle lane hold nobody back until its next element", () => {
    const { gate } = gateOf(2)
    gate.receive(0, new Watermark(5))
    assert.deepEqual(gate.receive(1, new Idle()), new Watermark(5))
    assert.deepEqual(gate.receive(0, new Watermark(6)), new Watermark(6))
    gate.receive(1, numbers([1]))
    assert.equal(gate.receive(0, new Watermark(8)), undefined)
  })

  it("gives one idle mark when all lanes are idle", () => {
    const { gate } = gateOf(2)
    assert.equal(gate.receive(0, new Idle()), undefined)
    assert.deepEqual(gate.receive(1, new Idle()), new Idle())
    assert.equal(gate.receive(1, new Idle()), undefined)
  })

  it("blocks a lane from its barrier to the last, then gives the barrier once", () => {
    const { gate, lanes } = gateOf(3)
    assert.equal(gate.receive(0, barrier(1)), undefined)
    assert.equal(gate.receive(2, barrier(1)), undefined)
    assert.deepEqual(lanes.map((lane) => lane.blocked), [true, false, true])
    assert.deepEqual(gate.receive(1, barrier(1)), barrier(1))
    assert.deepEqual(lanes.map((lane) => lane.blocked), [false, false, false])
  })

  it("refuses to take from a lane between its barrier and the cut", () => {
    const { gate } = gateOf(2)
    gate.receive(0, barrier(1))
    assert.throws(() => gate.receive(0, numbers([1])), /between its barrier and the cut/)
  })

  it("counts an end as an arrived barrier", () => {
    const { gate } = gateOf(2)
    gate.receive(0, barrier(1))
    assert.deepEqual(gate.receive(1, new End()), barrier(1))
    assert.deepEqual(gate.receive(0, barrier(2)), barrier(2))
    assert.deepEqual(gate.receive(0, new End()), new End())
  })

  it("lets the watermark rise when the lane that held it ends", () => {
    const { gate } = gateOf(2)
    gate.receive(0, new Watermark(10))
    gate.receive(1, new Watermark(2))
    assert.deepEqual(gate.receive(1, new End()), new Watermark(10))
  })

  it("drops the barrier of a checkpoint that was restored or has passed", () => {
    const { gate, lanes } = gateOf(2, 4)
    assert.equal(gate.receive(0, barrier(4)), undefined)
    assert.equal(lanes[0]!.blocked, false)
  })

  it("opens its lanes when a newer barrier overtakes an unfinished alignment", () => {
    const { gate, lanes } = gateOf(2)
    gate.receive(0, barrier(1))
    gate.receive(1, barrier(2))
    assert.deepEqual(lanes.map((lane) => lane.blocked), [false, true])
    assert.deepEqual(gate.receive(0, barrier(2)), barrier(2))
  })

  it("refuses a barrier of another attempt", () => {
    const { gate } = gateOf(1)
    assert.throws(() => gate.receive(0, new Barrier(1, 2, false)), /this attempt/)
  })
})

describe("Gate.abort()", () => {
  it("opens the lanes and drops what is late of that checkpoint", () => {
    const { gate, lanes } = gateOf(2)
    gate.receive(0, barrier(1))
    gate.abort(1)
    assert.equal(lanes[0]!.blocked, false)
    assert.equal(gate.isAligning, false)
    assert.equal(gate.receive(1, barrier(1)), undefined)
    gate.receive(1, barrier(2))
    assert.deepEqual(gate.receive(0, barrier(2)), barrier(2))
  })
})
