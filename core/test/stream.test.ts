import assert from "node:assert/strict"
import { describe, it } from "node:test"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { StreamJob, Window } from "@millrace/core"

const numbers = (n: number) => Array.from({ length: n }, (_, i) => i)

describe("DataStream", () => {
  it("map(), filter() and flatMap() transform in order", async () => {
    const got = await Effect.runPromise(
      StreamJob.collect((streams) =>
        streams.fromIterable(numbers(5000)).map((n) => n * 2).filter((n) => n % 3 === 0).flatMap((
          n
        ) => [n, -n])
      )
    )
    assert.deepEqual(
      got,
      numbers(5000).map((n) => n * 2).filter((n) => n % 3 === 0).flatMap((n) => [n, -n])
    )
  })

  it("flatMap() takes from one value's results as far as there is room", async () => {
    const got = await Effect.runPromise(
      StreamJob.collect((streams) =>
        streams.fromIterable([3000, 0, 2500]).flatMap((n) => numbers(n))
      )
    )
    assert.deepEqual(got, [...numbers(3000), ...numbers(2500)])
  })

  it("reduce() keeps a value per key at any parallelism", async () => {
    for (const parallelism of [1, 3]) {
      const got = await Effect.runPromise(
        StreamJob.collect(
          (streams) =>
            streams.fromIterable(numbers(3000)).map((n) => ({ key: `k${n % 7}`, sum: n })).keyBy((
              v
            ) => v.key)
              .reduce((a, b) => ({ key: a.key, sum: a.sum + b.sum })),
          { parallelism }
        )
      )
      const last = new Map(got.map((value) => [value.key, value.sum]))
      assert.equal(got.length, 3000)
      for (let k = 0; k < 7; k++) {
        assert.equal(
          last.get(`k${k}`),
          numbers(3000).filter((n) => n % 7 === k).reduce((a, b) => a + b)
        )
      }
    }
  })

  it("window() gives one result per key and window, and counts what is late", async () => {
    // Minutes out of order by up to 3; the lag of 5 lets none be late but the last row.
    const rows = [...numbers(1500).map((i) => ({ at: (i + (i * 7) % 3) * 60000, key: i % 2 })), {
      at: 0,
      key: 0
    }]
    let late = 0
    const got: Array<{ start: number; key: number; n: number }> = []
    const job = StreamJob.make(
      "windows",
      {},
      (streams) =>
        streams.fromIterable(rows).withEventTime((row) => row.at, { lag: "5 minutes" }).keyBy((
          row
        ) => row.key)
          .window(Window.tumbling("1 hour")).aggregate({
            create: () => 0,
            add: (n, _row) => n + 1,
            result: (n, key, window) => ({ start: window.start, key, n })
          }).forEach((value) => void got.push(value))
    )
    const result = await Effect.runPromise(StreamJob.run(job))
    for (const subtask of result!.progress.subtasks) {
      late += subtask.counts.get("window-aggregate: lateRows") ?? 0
    }
    const want = new Map<string, number>()
    for (const row of rows.slice(0, -1)) {
      const id = `${Math.floor(row.at / 3600000) * 3600000}/${row.key}`
      want.set(id, (want.get(id) ?? 0) + 1)
    }
    assert.deepEqual(new Map(got.map((value) => [`${value.start}/${value.key}`, value.n])), want)
    assert.equal(got.length, want.size)
    assert.deepEqual(
      got.map((value) => value.start),
      got.map((value) => value.start).toSorted((a, b) => a - b)
    )
    assert.equal(late, 1)
  })

  it("withEventTime() refuses a value without a time, which would be late without a word", async () => {
    for (const time of [NaN, Infinity, new Date("no date")]) {
      const exit = await Effect.runPromiseExit(
        StreamJob.collect((streams) =>
          streams.fromIterable([0, time]).withEventTime((at) => at, { lag: "1 second" })
        )
      )
      assert.match(String(exit), /Cannot use (NaN|Infinity) as an event time/)
    }
  })

  it("join() gives every pair once", async () => {
    for (const parallelism of [1, 2]) {
      const got = await Effect.runPromise(
        StreamJob.collect((streams) =>
          streams.fromIterable(numbers(2000)).join(
            streams.fromIterable(numbers(50).flatMap((n) => [n, n]))
          ).on(
            (n) => n % 100,
            (n) => n,
            (a, b) => `${a}-${b}`
          ), { parallelism })
      )
      const want = numbers(2000).filter((n) => n % 100 < 50).flatMap((
        n
      ) => [`${n}-${n % 100}`, `${n}-${n % 100}`])
      assert.deepEqual(got.toSorted(), want.toSorted())
    }
  })

  it("from…() takes iterables, async iterables, web streams and Effect streams", async () => {
    async function* later() {
      for (const n of numbers(10)) {
        await new Promise((resolve) => setImmediate(resolve))
        yield n
      }
    }
    const got = await Effect.runPromise(
      StreamJob.collect((streams) =>
        streams.fromAsyncIterable(later()).union(
          streams.fromReadableStream(ReadableStream.from(numbers(10).map((n) => n + 100))),
          streams.fromStream(Stream.range(200, 209)),
          streams.fromIterable(() => new Set([300, 301]))
        )
      )
    )
    assert.deepEqual(
      got.toSorted((a, b) => a - b),
      [0, 100, 200].flatMap((from) => numbers(10).map((n) => n + from)).concat(300, 301)
    )
  })

  it("run() fails with the user's error and its place", async () => {
    const job = StreamJob.make(
      "bad",
      {},
      (streams) =>
        streams.fromIterable([1, 2, 3]).forEach((n) => {
          if (n === 2) throw new Error("no twos")
        }, { name: "no twos please" })
    )
    const exit = await Effect.runPromiseExit(StreamJob.run(job))
    assert.ok(Exit.isFailure(exit))
    assert.match(String(exit.cause), /The function of sink "no twos please" failed: no twos/)
  })

  it("run() is interruptible and leaves nothing behind", async () => {
    let closed = 0
    let seen = 0
    async function* endless() {
      try {
        for (let n = 0;; n++) {
          await new Promise((resolve) => setImmediate(resolve))
          yield n
        }
      } finally {
        closed++
      }
    }
    const job = StreamJob.make(
      "endless",
      {},
      (streams) => streams.fromAsyncIterable(endless()).forEach(() => void seen++)
    )
    const fiber = Effect.runFork(StreamJob.run(job))
    while (seen < 10) await new Promise((resolve) => setImmediate(resolve))
    await Effect.runPromise(Fiber.interrupt(fiber))
    const before = seen
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(seen, before)
    assert.equal(closed, 1)
  })

  it("forEach() waits for promises and effects before the next value", async () => {
    const seen: Array<string> = []
    const job = StreamJob.make(
      "waits",
      {},
      (streams) =>
        streams.fromIterable([1, 2, 3]).forEach((n) => {
          seen.push(`begin ${n}`)
          return n === 2
            ? Effect.sync(() => void seen.push(`end ${n}`))
            : new Promise((resolve) =>
              setImmediate(() => {
                seen.push(`end ${n}`)
                resolve()
              })
            )
        })
    )
    await Effect.runPromise(StreamJob.run(job))
    assert.deepEqual(seen, ["begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3"])
  })
})
