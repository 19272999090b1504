/** Whole jobs on the real clock: rows go through every exchange once, sinks commit, failures come with their place. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { Exchange, Graph } from "../../src/graph/graph.ts"
import { flatMap, hashNumbers, makeShelf, numberSource, run, type Shelf, shelfSink } from "./kit.ts"

function sequence(from: number, count: number): Array<number> {
  return Array.from({ length: count }, (_, i) => from + i)
}

function copyGraph(
  into: Shelf,
  exchange: Exchange,
  parallelism: readonly [number, number, number],
  splits: ReadonlyArray<ReadonlyArray<number>>
): Graph {
  return {
    groupsMax: 128,
    nodes: [
      {
        id: "in",
        name: "numbers",
        parallelism: parallelism[0],
        inputs: [],
        work: {
          kind: "source",
          source: numberSource(splits, 7),
          compute: undefined,
          watermark: undefined,
          badRecords: undefined
        }
      },
      {
        id: "map",
        name: "double",
        parallelism: parallelism[1],
        inputs: [{ from: "in", port: 0, exchange }],
        work: { kind: "operator", make: flatMap((value) => [value * 2]) }
      },
      {
        id: "out",
        name: "shelf",
        parallelism: parallelism[2],
        inputs: [{ from: "map", port: 0, exchange }],
        work: { kind: "sink", sink: shelfSink(into) }
      }
    ]
  }
}

const splits = [sequence(0, 100), sequence(100, 50), [], sequence(150, 1)]
const doubled = splits.flat().map((value) => value * 2)

function sorted(values: ReadonlyArray<number>): Array<number> {
  return values.toSorted((a, b) => a - b)
}

describe("start()", () => {
  it("runs a chain at parallelism 1 and commits once, at the end", async () => {
    const into = makeShelf()
    const result = await run(copyGraph(into, { kind: "forward" }, [1, 1, 1], splits))
    assert.deepEqual(into.committed, doubled)
    assert.equal(result.outcome, "finished")
    assert.equal(result.progress.rowsIn, 151)
    assert.equal(result.progress.rowsOut, 151)
    assert.deepEqual(into.calls, ["open 0", "close"])
  })

  const exchanges: ReadonlyArray<Exchange> = [
    { kind: "hash", hash: hashNumbers },
    { kind: "rebalance" }
  ]
  for (const exchange of exchanges) {
    it(`deals every row once by ${exchange.kind}`, async () => {
      const into = makeShelf()
      await run(copyGraph(into, exchange, [2, 3, 2], splits), { channelCapacity: 1 })
      assert.deepEqual(sorted(into.committed), doubled)
    })
  }

  it("gives every row to each subtask by broadcast", async () => {
    const into = makeShelf()
    await run(copyGraph(into, { kind: "broadcast" }, [1, 2, 2], splits))
    assert.equal(into.committed.length, doubled.length * 4)
  })

  it("tells which node failed and why", async () => {
    const into = makeShelf()
    const graph = copyGraph(into, { kind: "forward" }, [1, 1, 1], splits)
    const broken = flatMap(() => {
      throw new Error("Cannot double")
    })
    const nodes = graph.nodes.map((node) =>
      node.id === "map" ? { ...node, work: { kind: "operator" as const, make: broken } } : node
    )
    await assert.rejects(run({ ...graph, nodes }), {
      message: 'Cannot double (in "double", subtask 0, attempt 1)'
    })
    assert.deepEqual(into.committed, [])
  })
})
