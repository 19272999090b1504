import assert from "node:assert/strict"
import { describe, it } from "node:test"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import fc from "fast-check"
import { type DataStream, State, Window } from "@millrace/core"
import { Simulation } from "@millrace/core/testing"

interface Order {
  readonly customer: string
  readonly cents: number
  readonly at: number
}

const orders: fc.Arbitrary<ReadonlyArray<Order>> = fc.array(
  fc.record({
    customer: fc.constantFrom("ann", "bob", "cem"),
    cents: fc.integer({ min: 1, max: 100 }),
    at: fc.nat(100)
  }),
  { maxLength: 12 }
)

/** Tells each customer once that his orders reach 100. */
function rewards(
  { orders }: { orders: DataStream.DataStream<Order> }
): DataStream.DataStream<string> {
  return orders.keyBy((order) => order.customer).process({
    state: { total: State.value(Schema.Number) },
    onValue: ({ cents }, { key, state }) => {
      const before = state.total.get() ?? 0
      state.total.set(before + cents)
      return before < 100 && before + cents >= 100 ? [key] : []
    }
  })
}

function rewarded({ orders }: { readonly orders: ReadonlyArray<Order> }): ReadonlyArray<string> {
  const totals = new Map<string, number>()
  for (const { customer, cents } of orders) {
    totals.set(customer, (totals.get(customer) ?? 0) + cents)
  }
  return [...totals].filter(([, total]) => total >= 100).map(([customer]) => customer)
}

describe("Simulation.check()", () => {
  it("holds for a sound job, and has tried crashes, restores and rescales", () => {
    const report = Simulation.check(rewards, {
      inputs: { orders },
      oracle: rewarded,
      histories: 300
    })
    assert.equal(report.histories, 300)
    for (const name of ["crashes", "restores", "rescales", "results", "checkpoints"] as const) {
      assert.ok(report[name] > 20, `${name}: ${report[name]}`)
    }
  })

  it("holds for windows, joins by time and effects against a run in which nothing happens", () => {
    const job = (
      { orders }: { orders: DataStream.DataStream<Order> }
    ): DataStream.DataStream<unknown> => {
      const timed = orders.withEventTime((order) => order.at, { lag: 200 })
      const keyed = timed.keyBy((order) => order.customer)
      const sums = keyed.window(Window.session(10)).aggregate({
        create: () => 0,
        add: (sum, order) => sum + order.cents,
        result: (sum, customer, { start, end }) => ({ customer, start, end, sum }),
        merge: (a, b) => a + b
      })
      const near = keyed.intervalJoin(keyed).between({ before: 3, after: 0 }, (a, b) => [a, b])
      const asked = orders.mapEffect((order) => Effect.delay(Effect.succeed(order.cents), 2))
      return (sums as DataStream.DataStream<unknown>).union(near, asked)
    }
    const report = Simulation.check(job, { inputs: { orders }, histories: 150, splitsMax: 2 })
    assert.ok(report.restores > 20 && report.results > 500, JSON.stringify(report))
  })

  it("finds state that is kept outside of the engine, and shrinks it to a few values and one crash", () => {
    const forgetful = (
      { orders }: { orders: DataStream.DataStream<Order> }
    ): DataStream.DataStream<string> => {
      const totals = new Map<string, number>()
      return orders.keyBy((order) => order.customer).process({
        onValue: ({ cents, customer }) => {
          const before = totals.get(customer) ?? 0
          totals.set(customer, before + cents)
          return before < 100 && before + cents >= 100 ? [customer] : []
        }
      })
    }
    const run = (more: { readonly path?: string }): Simulation.CheckFailed => {
      try {
        Simulation.check(forgetful, {
          inputs: { orders },
          oracle: rewarded,
          histories: 500,
          ...more
        })
      } catch (error) {
        return error as Simulation.CheckFailed
      }
      throw new Error("The check holds")
    }
    const { message, path } = run({})
    assert.match(message, /does not give what the oracle says\nMissing:\n {2}"(ann|bob|cem)"/)
    assert.match(message, /The smallest history found:[^]*dies (at|after)/)
    assert.ok(message.endsWith(`Run it again with { seed: 1, path: "${path}" }`), message)
    const values = message.match(/cents: \d+/g)!
    assert.ok(values.length <= 4, `${values.length} values are left`)
    const history = (text: string): string => text.slice(0, text.indexOf("Run it again"))
    assert.equal(history(run({ path }).message), history(message), "its path finds it again")
  })

  it("finds a job that changes the values it is given", () => {
    const careless = ({ orders }: { orders: DataStream.DataStream<Order> }) =>
      orders.map((order) => Object.assign(order, { cents: 1 }))
    assert.throws(
      () => Simulation.check(careless, { inputs: { orders } }),
      /The job failed:.*(read only|read-only|readonly)/s
    )
  })

  it("finds a job that takes a second delivery for a second order", () => {
    const count = ({ orders }: { orders: DataStream.DataStream<Order> }) =>
      orders.keyBy(() => 1).window(Window.count(3)).apply((_, __, values) => [values.length])
    const oracle = ({ orders }: { readonly orders: ReadonlyArray<Order> }) =>
      Array.from({ length: Math.floor(new Set(orders).size / 3) }, () => 3)
    Simulation.check(count, { inputs: { orders }, oracle, histories: 50 })
    assert.throws(
      () =>
        Simulation.check(count, { inputs: { orders }, oracle, histories: 200, duplicates: true }),
      /Too much:\n {2}3/
    )
  })

  it("gives the same report for the same seed", () => {
    const once = () => Simulation.check(rewards, { inputs: { orders }, histories: 40, seed: 7 })
    assert.deepEqual(once(), once())
  })
})
