/**
 * Keeps the async context of a fiber that lives as long as a job from growing. Effect captures a context each time a fiber waits and goes on
 * inside it. Deno's contexts then hold each the one before: a chain that is never let go, of half a kilobyte per wait, megabytes
 * per second in a busy job. What such a fiber runs has no need of a caller's async-local values.
 */
import * as Effect from "effect/Effect"

/** From here on the fiber that runs this captures no context. Nothing happens on runtimes without the chain. */
export const leaveAsyncContext: Effect.Effect<void> = Effect.withFiber((fiber) => {
  if ("Deno" in globalThis && "_asyncContext" in fiber) {
    Object.defineProperty(fiber, "_asyncContext", { get: () => undefined, set: () => {} })
  }
  return Effect.void
})
