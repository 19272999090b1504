/** A fiber that lives as long as a job must not carry a chain of contexts that grows by each wait, as Deno's would. */
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { Signal } from "../../src/actor/signal.ts"
import { leaveAsyncContext } from "../../src/runtime/async-context.ts"

/** What Effect holds of a waiting fiber's context. */
const contextOf = (fiber: Fiber.Fiber<unknown>): unknown =>
  (fiber as unknown as { readonly _asyncContext: unknown })._asyncContext

describe("leaveAsyncContext", () => {
  it("leaveAsyncContext keeps no context of a waiting fiber where contexts chain, and the fiber goes on as before", async () => {
    const signal = new Signal()
    let turns = 0
    const waiting = Effect.gen(function* () {
      for (; turns < 3; turns++) yield* signal.wait
      return turns
    })
    const fibers = [waiting, Effect.andThen(leaveAsyncContext, waiting)]
    const kept: Array<boolean> = []
    for (const effect of fibers) {
      turns = 0
      const fiber = Effect.runFork(effect)
      for (let turn = 0; turn < 3; turn++) {
        assert.equal(turns, turn)
        kept.push(contextOf(fiber) !== undefined)
        signal.notify()
        while (turns === turn) await new Promise((resolve) => setTimeout(resolve, 0))
      }
      assert.equal(await Effect.runPromise(Fiber.join(fiber)), 3)
    }
    const chains = "Deno" in globalThis
    assert.deepEqual(kept.slice(0, 3), [true, true, true])
    assert.deepEqual(kept.slice(3), [!chains, !chains, !chains])
  })

  it("interrupting a fiber that has left its context ends it", async () => {
    const fiber = Effect.runFork(Effect.andThen(leaveAsyncContext, Effect.never))
    await Effect.runPromise(Fiber.interrupt(fiber))
    assert.notEqual(fiber.pollUnsafe(), undefined)
  })
})
