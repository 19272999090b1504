/** Windows and joins by time against models that keep all values and look at them at the end; whole = cut, restored and rescaled. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import * as Effect from "effect/Effect"
import fc from "fast-check"
import { SideOutput, StreamJob, Trigger, Window } from "@millrace/core"
import type { Operator } from "../../src/operator/operator.ts"
import { Flow } from "../../src/stream/flow.ts"
import { DataStream } from "../../src/stream/data-stream.ts"
import { type Cut, Fleet, type Given, type Happening, rows, run, type Subject } from "./fleet.ts"

const seed = 20261123
const runs = 80

interface Item {
  readonly key: string
  readonly n: number
  readonly at: number
}

/** The operator that a program adds behind streams of items. */
function operatorOf(build: (streams: ReadonlyArray<DataStream<Item>>) => unknown): Subject {
  const flow = new Flow(1)
  const streams = [0, 1].map((i) =>
    new DataStream<Item>(
      flow,
      flow.add({
        kind: `source ${i}`,
        inputs: [],
        work: { kind: "operator", make: () => ({}) as Operator },
        options: undefined
      })
    )
  )
  build(streams)
  const { work } = flow.graph(8).nodes.at(-1)!
  assert.ok(work.kind === "operator")
  return { make: work.make, keys: [(item: Item) => item.key, (item: Item) => item.key] }
}

const item = fc.record({ key: fc.constantFrom("a", "b", "c"), n: fc.nat(9), at: fc.nat(60) })

const history: fc.Arbitrary<ReadonlyArray<Happening>> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        input: fc.nat(1),
        items: fc.array(item, { minLength: 1, maxLength: 5 })
      }).map(({ input, items }): Happening => ({
        input,
        values: items.map((value) => ({ value, time: value.at }))
      }))
    },
    { weight: 1, arbitrary: fc.nat(70).map((watermark): Happening => ({ watermark })) }
  ),
  { maxLength: 20 }
).map((list) => {
  let most = -1
  const rising = list.filter((one) => {
    if (!("watermark" in one)) return true
    if (one.watermark <= most) return false
    most = one.watermark
    return true
  })
  return [...rising, { watermark: Infinity }]
})

const cuts: fc.Arbitrary<Cut> = fc.record({
  at: fc.nat(20),
  before: fc.integer({ min: 1, max: 3 }),
  after: fc.integer({ min: 1, max: 3 })
})

/** Values of input 0 only. */
function single(happenings: ReadonlyArray<Happening>): ReadonlyArray<Happening> {
  return happenings.filter((one) => !("input" in one) || one.input === 0)
}

/** Each value with the watermark before it. */
function arrivals(
  happenings: ReadonlyArray<Happening>
): ReadonlyArray<{ readonly item: Item; readonly input: number; readonly watermark: number }> {
  let watermark = -Infinity
  return happenings.flatMap((one) => {
    if ("watermark" in one) {
      watermark = one.watermark
      return []
    }
    if (!("values" in one)) return []
    return one.values.map(({ value }) => ({ item: value as Item, input: one.input, watermark }))
  })
}

function texts(given: ReadonlyArray<Given>): ReadonlyArray<string> {
  return rows(given).map(({ port, value, time }) => `${port} ${JSON.stringify(value)} @${time}`)
    .sort()
}

function check(
  subject: Subject,
  model: (happenings: ReadonlyArray<Happening>) => ReadonlyArray<string>,
  only: (happenings: ReadonlyArray<Happening>) => ReadonlyArray<Happening> = single
): number {
  let results = 0
  fc.assert(
    fc.property(history, cuts, (all, cut) => {
      const happenings = only(all)
      const wanted = model(happenings).toSorted()
      results += wanted.length
      assert.deepEqual(texts(run(subject, happenings)), wanted)
      assert.deepEqual(texts(run(subject, happenings, cut)), wanted)
    }),
    { seed, numRuns: runs }
  )
  return results
}

const sum = {
  create: () => 0,
  add: (total: number, value: Item) => total + value.n,
  result: (total: number, key: string, window: Window.Window) => [
    key,
    window.start,
    window.end,
    total
  ]
}

/** Results of windows that contain `time` if they are open when the value comes. */
function alignedModel(windowsOf: (time: number) => ReadonlyArray<readonly [number, number]>) {
  return (happenings: ReadonlyArray<Happening>): ReadonlyArray<string> => {
    const sums = new Map<string, number>()
    for (const { item, watermark } of arrivals(happenings)) {
      for (const [start, end] of windowsOf(item.at)) {
        if (end - 1 <= watermark) continue
        const name = JSON.stringify([item.key, start, end])
        sums.set(name, (sums.get(name) ?? 0) + item.n)
      }
    }
    return [...sums].map(([name, total]) => {
      const [key, start, end] = JSON.parse(name) as [string, number, number]
      return `0 ${JSON.stringify([key, start, end, total])} @${end - 1}`
    })
  }
}

/** All windows `[start, end)` of a range by brute force. */
function brute(of: (start: number) => ReadonlyArray<readonly [number, number]>) {
  return (time: number): ReadonlyArray<readonly [number, number]> =>
    Array.from({ length: 400 }, (_, i) => i - 200).flatMap(of).filter(([start, end]) =>
      start <= time && time < end
    )
}

describe(`KeyedStream.window() (seed ${seed})`, () => {
  const aligned: ReadonlyArray<
    readonly [
      string,
      Window.AlignedWindows,
      (start: number) => ReadonlyArray<readonly [number, number]>
    ]
  > = [
    [
      "tumbling",
      Window.tumbling(10, 3),
      (start) => start % 10 === 3 || start % 10 === -7 ? [[start, start + 10]] : []
    ],
    ["sliding", Window.sliding(10, 4), (start) => start % 4 === 0 ? [[start, start + 10]] : []],
    [
      "sliding with gaps",
      Window.sliding(4, 10),
      (start) => start % 10 === 0 ? [[start, start + 4]] : []
    ],
    [
      "cumulating",
      Window.cumulating(12, 4),
      (start) =>
        start % 12 === 0 ? [[start, start + 4], [start, start + 8], [start, start + 12]] : []
    ]
  ]
  for (const [name, windows, starts] of aligned) {
    const model = alignedModel(brute(starts))
    it(`${name} windows give what a look at all values gives`, () => {
      const subject = operatorOf(([left]) =>
        left!.keyBy((one) => one.key).window(windows).aggregate(sum)
      )
      assert.ok(check(subject, model) > runs)
    })

    it(`${name} windows as a process function give the same`, () => {
      const subject = operatorOf(([left]) =>
        left!.keyBy((one) => one.key).window(windows).trigger({}).aggregate(sum)
      )
      check(subject, model)
    })
  }

  it("session windows merge", () => {
    const model = (happenings: ReadonlyArray<Happening>): ReadonlyArray<string> => {
      const open: Array<{ key: string; start: number; end: number; total: number; done: boolean }> =
        []
      const out: Array<string> = []
      let watermark = -Infinity
      const close = (until: number): void => {
        for (const one of open) {
          if (one.done || one.end - 1 > until) continue
          one.done = true
          out.push(`0 ${JSON.stringify([one.key, one.start, one.end, one.total])} @${one.end - 1}`)
        }
      }
      for (const one of happenings) {
        if ("watermark" in one) {
          watermark = one.watermark
          close(watermark)
        } else if ("values" in one) {
          for (const { value } of one.values) {
            const { key, n, at } = value as Item
            const touching = open.filter((two) =>
              !two.done && two.key === key && two.start <= at + 5 && at <= two.end
            )
            const start = Math.min(at, ...touching.map((two) => two.start))
            const end = Math.max(at + 5, ...touching.map((two) => two.end))
            if (end - 1 <= watermark) continue
            for (const two of touching) open.splice(open.indexOf(two), 1)
            const total = touching.reduce((all, two) => all + two.total, n)
            open.push({ key, start, end, total, done: false })
          }
        }
      }
      return out
    }
    const subject = operatorOf(([left]) =>
      left!.keyBy((one) => one.key).window(Window.session(5)).aggregate({
        ...sum,
        merge: (a: number, b: number) => a + b
      })
    )
    assert.ok(check(subject, model) > runs)
  })

  it("count windows give a result for every n values of a key", () => {
    const model = (happenings: ReadonlyArray<Happening>): ReadonlyArray<string> => {
      const held = new Map<string, Array<number>>()
      const out: Array<string> = []
      for (const { item } of arrivals(happenings)) {
        const values = [...held.get(item.key) ?? [], item.n]
        held.set(item.key, values.length === 3 ? [] : values)
        if (values.length === 3) out.push(`0 ${JSON.stringify([item.key, values])} @${item.at}`)
      }
      return out
    }
    const subject = operatorOf(([left]) =>
      left!.keyBy((one) => one.key).window(Window.count(3)).apply((key, _, values) => [
        [key, values.map((one) => one.n)]
      ])
    )
    assert.ok(check(subject, model) > runs)
  })

  it("allowed lateness gives a result again for each late value, and later ones go to the side output", () => {
    const late = SideOutput.make<Item>("late")
    const model = (happenings: ReadonlyArray<Happening>): ReadonlyArray<string> => {
      const out: Array<string> = []
      const totals = new Map<string, number>()
      const text = (key: string, end: number): string =>
        `0 ${JSON.stringify([key, end - 10, end, totals.get(`${key} ${end}`)])} @${end - 1}`
      let watermark = -Infinity
      for (const one of happenings) {
        if ("watermark" in one) {
          for (const name of totals.keys()) {
            const [key, end] = [name.split(" ")[0]!, Number(name.split(" ")[1])]
            if (end - 1 > watermark && end - 1 <= one.watermark) out.push(text(key, end))
          }
          watermark = one.watermark
        } else if ("values" in one) {
          for (const { value } of one.values) {
            const { key, n, at } = value as Item
            const end = Math.floor(at / 10) * 10 + 10
            const name = `${key} ${end}`
            if (end - 1 + 15 <= watermark) out.push(`1 ${JSON.stringify(value)} @${at}`)
            else {
              totals.set(name, (totals.get(name) ?? 0) + n)
              if (end - 1 <= watermark) out.push(text(key, end))
            }
          }
        }
      }
      return out
    }
    const subject = operatorOf(([left]) =>
      left!.keyBy((one) => one.key).window(Window.tumbling(10)).allowedLateness(15).lateTo(late)
        .aggregate(sum)
    )
    assert.ok(check(subject, model) > runs)
  })

  it("triggers: every n values, purging, early results, global windows", () => {
    const values = [1, 2, 3, 4, 5].map((n) => ({ value: { key: "a", n, at: n }, time: n }))
    const happenings: ReadonlyArray<Happening> = [{ input: 0, values }, { watermark: Infinity }]
    const totals = (trigger: Trigger.Trigger<unknown>, windows: Window.Windows): unknown =>
      rows(run(
        operatorOf(([left]) =>
          left!.keyBy((one) => one.key).window(windows).trigger(trigger).aggregate({
            ...sum,
            result: (total: number) => total
          })
        ),
        happenings
      )).map(({ value }) => value)
    const tumbling = Window.tumbling(100)
    assert.deepEqual(totals(Trigger.count(2), tumbling), [3, 10])
    assert.deepEqual(totals(Trigger.purging(Trigger.count(2)), Window.global()), [3, 7])
    assert.deepEqual(totals(Trigger.everyValue(), tumbling), [1, 3, 6, 10, 15])
    assert.deepEqual(totals(Trigger.every(50), tumbling), [15])
  })

  it("a trigger by the clock gives early results, each key's once an interval", () => {
    const subject = operatorOf(([left]) =>
      left!.keyBy((one) => one.key).window(Window.tumbling(100)).trigger(Trigger.every(50))
        .aggregate({ ...sum, result: (total: number, key: string) => `${key}${total}` })
    )
    const put = (key: string, n: number): Happening => ({
      input: 0,
      values: [{ value: { key, n, at: 1 }, time: 1 }]
    })
    const fleet = new Fleet(subject, 1, undefined, 0)
    for (
      const one of [put("a", 1), put("b", 2), { nowMillis: 60 }, put("a", 4), { nowMillis: 120 }, {
        nowMillis: 200
      }]
    ) {
      fleet.happen(one)
    }
    fleet.happen({ watermark: Infinity })
    assert.deepEqual(rows(fleet.given).map(({ value }) => value), ["a1", "b2", "a5"])
  })

  it("refuses windows that cannot work", () => {
    const keyed = (build: (streams: ReadonlyArray<DataStream<Item>>) => unknown) => () =>
      operatorOf(build)
    assert.throws(
      keyed(([left]) => left!.keyBy((one) => one.key).window(Window.session(5)).aggregate(sum)),
      /Session windows merge/
    )
    assert.throws(
      keyed(([left]) => left!.keyBy((one) => one.key).window(Window.global()).aggregate(sum)),
      /never ends: give it a trigger/
    )
  })
})

describe(`joins by time (seed ${seed})`, () => {
  it("intervalJoin() gives each pair that is near, once", () => {
    const model = (happenings: ReadonlyArray<Happening>): ReadonlyArray<string> => {
      const all = arrivals(happenings).filter(({ item, watermark }) => item.at > watermark)
      const side = (input: number): ReadonlyArray<Item> =>
        all.filter((one) => one.input === input).map((one) => one.item)
      return side(0).flatMap((left) =>
        side(1).filter((right) =>
          right.key === left.key && right.at >= left.at - 4 && right.at <= left.at + 7
        ).map((right) => `0 ${JSON.stringify([left, right])} @${Math.max(left.at, right.at)}`)
      )
    }
    const subject = operatorOf(([left, right]) =>
      left!.keyBy((one) => one.key).intervalJoin(right!.keyBy((one) => one.key)).between(
        { before: 4, after: 7 },
        (a, b) => [a, b]
      )
    )
    assert.ok(check(subject, model, (happenings) => happenings) > runs)
  })

  it("windowJoin() gives the pairs of each window at its end, and one side alone to apply()", () => {
    const sideOf = (happenings: ReadonlyArray<Happening>, input: number, end: number) =>
      arrivals(happenings).filter((one) =>
        one.input === input && one.item.at >= end - 10 && one.item.at < end &&
        // A value is kept if any of its windows is open; the last one ends so late.
        Math.floor(one.item.at / 5) * 5 + 10 - 1 > one.watermark && end - 1 > one.watermark
      ).map((one) => one.item)
    const model = (happenings: ReadonlyArray<Happening>): ReadonlyArray<string> =>
      Array.from({ length: 20 }, (_, i) => i * 5).flatMap((end) =>
        ["a", "b", "c"].flatMap((key) => {
          const [lefts, rights] = [0, 1].map((input) =>
            sideOf(happenings, input, end).filter((one) => one.key === key)
          ) as unknown as [ReadonlyArray<Item>, ReadonlyArray<Item>]
          if (lefts.length + rights.length === 0) return []
          const sums = [lefts, rights].map((side) => side.reduce((all, one) => all + one.n, 0))
          return [`0 ${JSON.stringify([key, end, ...sums])} @${end - 1}`]
        })
      )
    const subject = operatorOf(([left, right]) =>
      left!.keyBy((one) => one.key).windowJoin(
        right!.keyBy((one) => one.key),
        Window.sliding(10, 5)
      )
        .apply((key, window, lefts, rights) => [
          [
            key,
            window.end,
            ...[lefts, rights].map((side) => side.reduce((all, one) => all + one.n, 0))
          ]
        ])
    )
    assert.ok(check(subject, model, (happenings) => happenings) > runs)
  })

  it("select() of a running job", async () => {
    const job = StreamJob.collect((streams) => {
      const of = (values: ReadonlyArray<Item>) =>
        streams.fromIterable(values).withEventTime((one) => one.at, { lag: 0 }).keyBy((one) =>
          one.key
        )
      const left = of([{ key: "a", n: 1, at: 1 }, { key: "a", n: 2, at: 12 }])
      const right = of([{ key: "a", n: 3, at: 2 }, { key: "b", n: 4, at: 2 }])
      return left.windowJoin(right, Window.tumbling(10)).select((a, b) => a.n * 10 + b.n)
    })
    assert.deepEqual(await Effect.runPromise(job), [13])
  })
})
