/**
 * An app with jobs inside itself: no command, no files, no checkpoints on disk. Run it with `node`, `bun` or `deno run -A`. At its end it
 * calls no `exit`: that the process ends shows that the jobs left no timer, socket or fiber behind.
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { StreamJob } from "@millrace/core"

/** Values at hand: the result of the job is a list. */
const words = "the mill turns the race and the race turns the mill".split(" ")
const counts = await Effect.runPromise(StreamJob.collect((streams) =>
  streams.fromIterable(words)
    .map((word) => ({ word, count: 1 }))
    .keyBy(({ word }) => word)
    .reduce((a, b) => ({ word: a.word, count: a.count + b.count }))
))
const last = new Map(counts.map(({ word, count }) => [word, count]))
console.log([...last].map(([word, count]) => `${word} ${count}`).sort().join(", "))

/** A web stream, such as the body of a response, into a function; its promise is waited for before the next row. */
const body = new Response("id,amount\n1,20\n2,22\n").body!.pipeThrough(new TextDecoderStream())
const stored: Array<{ readonly id: number; readonly amount: number }> = []
const load = StreamJob.make("load", {}, (streams) => {
  streams.fromReadableStream(body)
    .flatMap((text) => text.trim().split("\n").slice(1))
    .map((line) => line.split(",").map(Number))
    .forEach(async ([id, amount]) => {
      await Promise.resolve()
      stored.push({ id: id!, amount: amount! })
    })
})
await Effect.runPromise(StreamJob.run(load))
console.log(`stored ${stored.length} rows, ${stored[0]!.amount + stored[1]!.amount} in all`)

/** An endless Effect stream, until the app interrupts the job. */
let ticks = 0
const clock = Stream.tick("2 millis").pipe(
  Stream.ensuring(Effect.sync(() => console.log("the clock is closed")))
)
const watch = StreamJob.make("watch", {}, (streams) => {
  streams.fromStream(clock).forEach(() => void ticks++)
})
const running = Effect.runFork(StreamJob.run(watch))
while (ticks < 5) await new Promise((resolve) => setTimeout(resolve, 1))
await Effect.runPromise(Fiber.interrupt(running))
console.log("stopped after 5 ticks or more")
