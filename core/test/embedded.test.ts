/** Jobs inside an app: what they begin they end, whichever way they end. */
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import process from "node:process"
import { describe, it } from "node:test"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { type DataStream, StreamJob, type Streams } from "@millrace/core"

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Run a job until `when` holds, then interrupt it and wait for its end. */
async function interrupted(
  build: (streams: Streams.Streams) => void,
  when: () => boolean
): Promise<void> {
  const fiber = Effect.runFork(StreamJob.run(StreamJob.make("interrupted", {}, build)))
  while (!when()) await turn()
  await Effect.runPromise(Fiber.interrupt(fiber))
  for (let i = 0; i < 10; i++) await turn()
}

describe("StreamJob in an app", () => {
  it("run() ends with a web stream that gives nothing, and cancels it", async () => {
    let pulled = false
    let cancelled = 0
    const stream = new ReadableStream<number>({
      pull: () => {
        pulled = true
        return new Promise(() => {})
      },
      cancel: () => void cancelled++
    }, { highWaterMark: 0 })
    await interrupted((streams) => {
      streams.fromReadableStream(stream).forEach(() => {})
    }, () => pulled)
    assert.equal(cancelled, 1)
    assert.equal(stream.locked, false)
  })

  it("run() leaves a web stream that it read to its end unlocked", async () => {
    const stream = ReadableStream.from([1, 2, 3])
    const got = await Effect.runPromise(
      StreamJob.collect((streams) => streams.fromReadableStream(stream))
    )
    assert.deepEqual(got, [1, 2, 3])
    assert.equal(stream.locked, false)
  })

  it("run() ends with an Effect stream that waits, and runs its finalizers", async () => {
    let begun = false
    let closed = 0
    const stream = Stream.fromEffect(Effect.suspend(() => {
      begun = true
      return Effect.never
    })).pipe(Stream.ensuring(Effect.sync(() => void closed++)))
    await interrupted((streams) => {
      streams.fromStream(stream).forEach(() => {})
    }, () => begun)
    assert.equal(closed, 1)
  })

  it("run() interrupts the effect that a sink waits for", async () => {
    let begun = false
    let stopped = 0
    const endless = Effect.suspend(() => {
      begun = true
      return Effect.never
    }).pipe(Effect.onInterrupt(() => Effect.sync(() => void stopped++)))
    await interrupted((streams) => {
      streams.fromIterable([1, 2, 3]).forEach(() => endless)
    }, () => begun)
    assert.equal(stopped, 1)
  })

  it("run() refuses values that cannot begin again after a restart, as it would end too early", async () => {
    const restart = { kind: "fixed-delay", attempts: 1, delayMillis: 0 } as const
    const attempt = async (make: (streams: Streams.Streams) => DataStream.DataStream<number>) => {
      let failures = 1
      const seen = new Set<number>()
      const job = StreamJob.make("again", { restart }, (streams) => {
        make(streams).forEach((value) => {
          if (value === 2 && failures-- > 0) throw new Error("not this time")
          seen.add(value)
        })
      })
      const exit = await Effect.runPromiseExit(StreamJob.run(job))
      return Exit.isSuccess(exit) ? [...seen] : String(exit.cause)
    }
    function* three() {
      yield* [1, 2, 3]
    }
    async function* later() {
      yield* [1, 2, 3]
    }
    const generator = three()
    const stream = ReadableStream.from([1, 2, 3])
    const spent = /it was read before and cannot begin again; give a function/
    assert.match(String(await attempt((streams) => streams.fromIterable(generator))), spent)
    assert.match(String(await attempt((streams) => streams.fromAsyncIterable(later()))), spent)
    assert.match(String(await attempt((streams) => streams.fromReadableStream(stream))), spent)
    assert.deepEqual(await attempt((streams) => streams.fromIterable(three)), [1, 2, 3])
    assert.deepEqual(await attempt((streams) => streams.fromIterable([1, 2, 3])), [1, 2, 3])
    assert.deepEqual(await attempt((streams) => streams.fromAsyncIterable(later)), [1, 2, 3])
    const opened = await attempt((streams) =>
      streams.fromReadableStream(() => ReadableStream.from([1, 2, 3]))
    )
    assert.deepEqual(opened, [1, 2, 3])
  })

  it("examples/embedded/app.ts runs its jobs and ends by itself", () => {
    const app = fileURLToPath(new URL("../../examples/embedded/app.ts", import.meta.url))
    const before = "Deno" in globalThis ? ["run", "-A", "--no-check"] : []
    const ended = spawnSync(process.execPath, [...before, app], {
      encoding: "utf8",
      timeout: 30000
    })
    assert.equal(ended.status, 0, ended.stderr)
    assert.deepEqual(ended.stdout.split("\n"), [
      "and 1, mill 2, race 2, the 4, turns 2",
      "stored 2 rows, 42 in all",
      "the clock is closed",
      "stopped after 5 ticks or more",
      ""
    ])
  })
})
