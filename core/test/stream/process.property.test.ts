/** Process functions against a model that keeps everything in plain maps; whole = cut, restored and rescaled. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import fc from "fast-check"
import { SideOutput, State, StreamJob } from "@millrace/core"
import {
  ProcessOperator,
  type ProcessScope,
  type ProcessSpec
} from "../../src/stream/operator/process-operator.ts"
import type {
  ListState,
  MapState,
  ReducingState,
  ValueState
} from "../../src/stream/state/state-handle.ts"
import type { States } from "../../src/stream/state/state.ts"
import { Fleet, type Given, type Happening, rows, run, type Subject } from "./fleet.ts"

const seed = 20261122
const runs = 150

interface Order {
  readonly key: string
  readonly n: number
}

const states = {
  count: State.value(Schema.Number),
  all: State.list(Schema.Struct({ n: Schema.Number, at: Schema.Date })),
  perTen: State.map(Schema.Number, Schema.BigInt),
  most: State.reducing(Schema.Number, (a, b) => Math.max(a, b)),
  mean: State.aggregating(Schema.Struct({ n: Schema.Number, sum: Schema.Number }), {
    create: () => ({ n: 0, sum: 0 }),
    add: (state, value: number) => ({ n: state.n + 1, sum: state.sum + value }),
    result: ({ n, sum }) => sum / n
  })
}

type Scope = ProcessScope & {
  readonly state: {
    readonly count: ValueState<number>
    readonly all: ListState<{ readonly n: number; readonly at: Date }>
    readonly perTen: MapState<number, bigint>
    readonly most: ReducingState<number>
    readonly mean: { readonly get: () => number | undefined; readonly add: (n: number) => void }
  }
}

/** Counts by every kind of state, tells sums by event timers and by timers of the clock, forgets at n = 9. */
const spec: ProcessSpec = {
  inputs: [{
    keyOf: (value) => (value as Order).key,
    onValue: (value, scope) => count(value as Order, scope as Scope)
  }],
  onTimer: ({ time, clock }, scope) => {
    const { state, key } = scope as Scope
    return [`${clock} ${key} ${time} ${state.count.get() ?? 0}`]
  },
  states,
  broadcast: {},
  sides: ["even"]
}

function count({ key, n }: Order, scope: Scope): ReadonlyArray<string> | undefined {
  const { state } = scope
  if (n % 2 === 0) scope.side({ name: "even" }, n)
  if (n === 9) {
    state.count.clear()
    state.all.clear()
    state.perTen.clear()
    state.most.clear()
    return undefined
  }
  state.count.set((state.count.get() ?? 0) + 1)
  state.all.add({ n, at: new Date(n * 1000) })
  state.perTen.set(n % 10, (state.perTen.get(n % 10) ?? 0n) + 1n)
  state.most.add(n)
  state.mean.add(n)
  if (scope.timestamp !== undefined) scope.onEventTime(Math.floor(scope.timestamp / 10) * 10 + 10)
  if (n === 3) scope.cancelEventTime(Math.floor(scope.timestamp! / 10) * 10 + 10)
  if (n === 5) scope.onProcessingTime(scope.nowMillis + 5)
  const entries = [...state.perTen.entries()].sort(([a], [b]) => a - b)
  return [
    [
      key,
      state.count.get(),
      state.all.get().map((one) => one.n + one.at.getTime()).join("+"),
      entries.map(([k, v]) => `${k}:${v}`).join(","),
      state.most.get(),
      state.mean.get()?.toFixed(3)
    ].join(" ")
  ]
}

const subject: Subject = {
  make: () => new ProcessOperator(spec),
  keys: [(value: Order) => value.key]
}

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.array(
      fc.record({
        value: fc.record({ key: fc.constantFrom("a", "b", "c", "d", ""), n: fc.nat(12) }),
        time: fc.nat(100)
      }),
      { minLength: 1, maxLength: 6 }
    ).map((values) => ({ input: 0, values }))
  },
  { weight: 2, arbitrary: fc.nat(120).map((watermark) => ({ watermark })) },
  { weight: 1, arbitrary: fc.nat(40).map((nowMillis) => ({ nowMillis })) }
)

/** Watermarks rise, and the last one is Infinity. */
const history = fc.array(happening, { maxLength: 25 }).map((list): ReadonlyArray<Happening> => {
  let most = -1
  const rising = list.flatMap((one): ReadonlyArray<Happening> => {
    if (!("watermark" in one)) return [one]
    if (one.watermark <= most) return []
    most = one.watermark
    return [one]
  })
  return [...rising, { watermark: Infinity }]
})

/** What the function does, said with plain maps. */
function model(happenings: ReadonlyArray<Happening>): ReadonlyArray<string> {
  const out: Array<string> = []
  const kept = new Map<string, { ns: Array<number>; all: Array<number> }>()
  const means = new Map<string, Array<number>>()
  const timers = { event: new Set<string>(), processing: new Set<string>() }
  let now = 0
  let ended = false
  const fire = (clock: "event" | "processing", until: number): void => {
    for (const name of Array.from(timers[clock])) {
      const [time, key] = JSON.parse(name) as [number, string]
      if (time > until) continue
      timers[clock].delete(name)
      out.push(`0 ${clock} ${key} ${time} ${kept.get(key)?.ns.length ?? 0}`)
    }
  }
  for (const one of happenings) {
    if ("watermark" in one) {
      fire("event", one.watermark)
      ended = one.watermark === Infinity
    } else if ("nowMillis" in one) now = Math.max(now, one.nowMillis)
    else {
      for (const { value, time } of one.values) {
        const { key, n } = value as Order
        if (n % 2 === 0) out.push(`1 ${n}`)
        if (n === 9) {
          kept.delete(key)
          continue
        }
        const cell = kept.get(key) ?? { ns: [], all: [] }
        kept.set(key, cell)
        cell.ns.push(n)
        const mean = means.get(key) ?? []
        means.set(key, mean)
        mean.push(n)
        const timer = JSON.stringify([Math.floor(time! / 10) * 10 + 10, key])
        timers.event.add(timer)
        if (n === 3) timers.event.delete(timer)
        if (n === 5) timers.processing.add(JSON.stringify([now + 5, key]))
        const tens = new Map<number, number>()
        for (const m of cell.ns) tens.set(m % 10, (tens.get(m % 10) ?? 0) + 1)
        out.push(
          `0 ${key} ${cell.ns.length} ${cell.ns.map((m) => m + m * 1000).join("+")} ${
            [...tens].sort(([a], [b]) => a - b).map(([k, v]) => `${k}:${v}`).join(",")
          } ${Math.max(...cell.ns)} ${(mean.reduce((a, b) => a + b) / mean.length).toFixed(3)}`
        )
      }
    }
    if (!ended) fire("processing", now)
  }
  return out.sort()
}

function texts(given: ReadonlyArray<Given>): ReadonlyArray<string> {
  return rows(given).map(({ port, value }) => `${port} ${value}`).sort()
}

describe("KeyedStream.process()", () => {
  it(`gives what a model gives, cut anywhere and restored at another parallelism (seed ${seed})`, () => {
    let fired = 0
    fc.assert(
      fc.property(
        history,
        fc.nat(30),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 3 }),
        (happenings, at, before, after) => {
          const wanted = model(happenings)
          fired += wanted.filter((text) => text.startsWith("0 event")).length
          assert.deepEqual(texts(run(subject, happenings)), wanted)
          assert.deepEqual(texts(run(subject, happenings, { at, before, after })), wanted)
        }
      ),
      { seed, numRuns: runs }
    )
    assert.ok(fired > runs, `${fired} event timers fired`)
  })

  it("event timers fire in order of their time, results have it, and more than a batch leaves in pieces", () => {
    const many: ProcessSpec = {
      inputs: [{
        keyOf: (value) => value as number,
        onValue: (value, scope) => scope.onEventTime(5000 - (value as number))
      }],
      onTimer: function* ({ time }) {
        for (let i = 0; i < 3; i++) yield time
      },
      states: {},
      broadcast: {},
      sides: []
    }
    const values = Array.from({ length: 1000 }, (_, n) => ({ value: n, time: 1 }))
    const given = rows(
      run({ make: () => new ProcessOperator(many), keys: [(value: number) => value] }, [
        { input: 0, values },
        { watermark: 4500 },
        { watermark: 4500.5 },
        { watermark: Infinity }
      ])
    )
    assert.equal(given.length, 3000)
    given.forEach(({ time, value }, i) => {
      assert.equal(time, 4001 + Math.floor(i / 3))
      assert.equal(value, time)
    })
  })

  it("refuses a side output that is not declared, by name", async () => {
    const side = SideOutput.make<number>("odd")
    const job = StreamJob.collect((streams) =>
      streams.fromIterable([1]).keyBy((n) => n).process({
        onValue: (n, context) => context.side(side, n)
      })
    )
    await assert.rejects(Effect.runPromise(job), /side output 'odd' of "process": add it/)
  })
})

/** An operator whose only state is `name`, with what it held before told as text. */
function holding(declared: States, of: (scope: ProcessScope) => unknown): Subject {
  const holder: ProcessSpec = {
    inputs: [{ keyOf: () => "k", onValue: (_, scope) => [of(scope)] }],
    onTimer: undefined,
    states: declared,
    broadcast: {},
    sides: []
  }
  return { make: () => new ProcessOperator(holder), keys: [() => "k"] }
}

/** Set state `x` by one declaration and read it by another after a restore. */
function moved(from: States, set: unknown, to: States): unknown {
  const one: Happening = { input: 0, values: [{ value: 1, time: 1 }] }
  const first = new Fleet(
    holding(from, ({ state }) => (state["x"] as ValueState<unknown>).set(set)),
    1,
    undefined,
    0
  )
  first.happen(one)
  const second = new Fleet(
    holding(to, ({ state }) => (state["x"] as ValueState<unknown> | undefined)?.get()),
    1,
    first.cut(1),
    0
  )
  second.happen(one)
  return second.given[0]!.value
}

describe("State", () => {
  it("keeps values exactly as their schemas say: dates, big integers, NaN, nothing in optional fields", () => {
    const schema = Schema.Struct({
      at: Schema.Date,
      big: Schema.BigInt,
      odd: Schema.Number,
      maybe: Schema.optionalKey(Schema.String)
    })
    const value = { at: new Date(0), big: 2n ** 80n, odd: NaN }
    assert.deepEqual(moved({ x: State.value(schema) }, value, { x: State.value(schema) }), value)
  })

  it("migrates what an older version stored, step by step", () => {
    const old = { x: State.value(Schema.Number) }
    const migrations = {
      1: (stored: unknown) => ({ n: stored }),
      2: (stored: unknown) => ({ ...stored as object, unit: "cents" })
    }
    const schema = Schema.Struct({ n: Schema.Number, unit: Schema.String })
    const fresh = { x: State.value(schema, { version: 3, migrations }) }
    assert.deepEqual(moved(old, 7, fresh), { n: 7, unit: "cents" })
  })

  const refused: ReadonlyArray<
    readonly [title: string, from: States, value: unknown, to: States, message: RegExp]
  > = [
    [
      "another schema under the same version",
      { x: State.value(Schema.Number) },
      1,
      { x: State.value(Schema.String) },
      /state 'x' of "test": the checkpoint holds version 1 with another schema. Give the state version 2 and a migration from 1/
    ],
    [
      "a missing step",
      { x: State.value(Schema.Number) },
      1,
      { x: State.value(Schema.String, { version: 3, migrations: { 1: String } }) },
      /no migration from 2 to 3/
    ],
    [
      "a newer checkpoint",
      { x: State.value(Schema.Number, { version: 2 }) },
      1,
      { x: State.value(Schema.Number) },
      /newer than this program's version 1/
    ],
    [
      "another kind",
      { x: State.value(Schema.Number) },
      1,
      { x: State.list(Schema.Number) },
      /holds a value state, the program declares a list state/
    ],
    [
      "a migration whose result does not fit",
      { x: State.value(Schema.Number) },
      1,
      { x: State.value(Schema.String, { version: 2, migrations: { 1: (n) => n } }) },
      /does not fit its schema/
    ]
  ]
  for (const [title, from, value, to, message] of refused) {
    it(`refuses ${title}, by name`, () => {
      assert.throws(() => moved(from, value, to), message)
    })
  }

  it("drops a state that the program no longer has", () => {
    assert.equal(
      moved({ x: State.value(Schema.Number) }, 1, { y: State.value(Schema.Number) }),
      undefined
    )
  })

  it("time to live: dies by its clock after the last write, or read as well, also across a restore", () => {
    for (const clock of ["event", "processing"] as const) {
      for (const refreshOnRead of [false, true]) {
        const declared = {
          x: State.value(Schema.Number, { timeToLive: { ttl: 10, clock, refreshOnRead } })
        }
        const probe = holding(declared, ({ state }) => {
          const x = state["x"] as ValueState<number>
          const found = x.get()
          if (found === undefined) x.set(1)
          return found ?? "dead"
        })
        const at = (time: number): ReadonlyArray<Happening> => [
          clock === "event" ? { watermark: time } : { nowMillis: time },
          { input: 0, values: [{ value: 1, time }] }
        ]
        const happenings = [at(1), at(8), at(12), at(30), at(39)].flat()
        // Written at 1, it dies at 11 unless the reading at 8 kept it alive.
        const wanted = refreshOnRead ? ["dead", 1, 1, "dead", 1] : ["dead", 1, "dead", "dead", 1]
        for (
          const cut of [undefined, { at: 3, before: 1, after: 2 }, { at: 7, before: 2, after: 1 }]
        ) {
          assert.deepEqual(rows(run(probe, happenings, cut)).map(({ value }) => value), wanted)
        }
      }
    }
  })
})

describe("KeyedStream.connect()", () => {
  it("two streams share keys, state and timers", async () => {
    const job = StreamJob.collect((streams) => {
      const pay = streams.fromIterable([{ id: 1, paid: 5 }, { id: 2, paid: 6 }])
      const orders = streams.fromIterable([{ id: 1, item: "a" }, { id: 2, item: "b" }, {
        id: 3,
        item: "c"
      }])
      return orders.keyBy((order) => order.id).connect(pay.keyBy((one) => one.id)).process({
        state: { item: State.value(Schema.String), paid: State.value(Schema.Number) },
        onLeft: ({ item }, { state }) => {
          const paid = state.paid.get()
          if (paid !== undefined) return [`${item} ${paid}`]
          state.item.set(item)
          return []
        },
        onRight: ({ paid }, { state }) => {
          const item = state.item.get()
          if (item !== undefined) return [`${item} ${paid}`]
          state.paid.set(paid)
          return []
        }
      })
    }, { parallelism: 2 })
    assert.deepEqual((await Effect.runPromise(job)).toSorted(), ["a 5", "b 6"])
  })

  it("a broadcast stream tells every subtask, and its maps survive at another parallelism", () => {
    const rules: ProcessSpec = {
      inputs: [
        {
          keyOf: (value) => value as number,
          onValue: (value, { broadcast }) => [
            (broadcast["limit"] as MapState<string, number>).get("max")! >= (value as number)
          ]
        },
        {
          keyOf: undefined,
          onValue: (value, { broadcast }) =>
            (broadcast["limit"] as MapState<string, number>).set("max", value as number)
        }
      ],
      onTimer: undefined,
      states: {},
      broadcast: { limit: State.map(Schema.String, Schema.Number) },
      sides: []
    }
    const driven: Subject = {
      make: () => new ProcessOperator(rules),
      keys: [(value: number) => value, undefined]
    }
    const values = Array.from({ length: 20 }, (_, n) => ({ value: n }))
    const happenings: ReadonlyArray<Happening> = [
      { input: 1, values: [{ value: 3 }] },
      { input: 0, values },
      { input: 1, values: [{ value: 11 }] },
      { input: 0, values }
    ]
    for (const at of [1, 2, 3]) {
      const given = run(driven, happenings, { at, before: 1, after: 3 })
      const below = given.filter(({ value }) => value === true).length
      assert.equal(below, 4 + 12)
    }
  })

  it("broadcast() sends to all subtasks of a running job", async () => {
    const job = StreamJob.collect((streams) => {
      const words = streams.fromIterable(["a", "b", "c", "d"]).keyBy((word) => word)
      const rules = streams.fromIterable(["x"]).broadcast({
        seen: State.map(Schema.String, Schema.Number)
      })
      return words.connect(rules).process({
        onValue: (word) => [word],
        onBroadcast: (rule, { broadcast }) => {
          broadcast.seen.set(rule, 1)
          return [rule]
        }
      })
    }, { parallelism: 3 })
    assert.deepEqual((await Effect.runPromise(job)).toSorted(), ["a", "b", "c", "d", "x", "x", "x"])
  })
})
