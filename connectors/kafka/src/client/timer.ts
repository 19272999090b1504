/** Alarms of the client's own clockwork, by Effect's clock like all others. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/** Call `ring` after `millis`; calling what it answers prevents that. */
export function alarm(millis: number, ring: () => void): () => void {
  const fiber = Effect.runFork(Effect.andThen(Effect.sleep(millis), Effect.sync(ring)))
  return () => Effect.runFork(Fiber.interrupt(fiber))
}
