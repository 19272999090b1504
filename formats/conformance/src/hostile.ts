/**
 * Inputs that were damaged in every usual way: bytes changed, bits turned, parts cut out, doubled, swapped, lengths made enormous. Most of the damage is
 * in the second half, so that a decoder that gives up at once does not pass by that.
 */
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { random } from "./check.ts"

/** A damaged input. */
export interface Hostile {
  readonly bytes: Uint8Array
  /** Of the original: the first byte that differs. What stands before it is valid. */
  readonly intact: number
  /** Whether bytes were only cut off at the end. */
  readonly truncated: boolean
}

const extremes = [0, 1, 127, 128, 254, 255]

/** `count` inputs made from the originals, the same for the same seed. */
export function* hostileInputsOf(
  originals: ReadonlyArray<Uint8Array>,
  count: number,
  seed: number
): Generator<Hostile> {
  const choose = random(seed)
  for (let i = 0; i < count; i++) {
    const original = originals[choose(originals.length)]!
    yield original.length < 2
      ? { bytes: Uint8Array.of(choose(256)), intact: 0, truncated: false }
      : damage(original, choose)
  }
}

function damage(original: Uint8Array, choose: (bound: number) => number): Hostile {
  const half = original.length >> 1
  const at = choose(4) === 0 ? choose(original.length) : half + choose(original.length - half)
  switch (choose(7)) {
    case 0:
      return { bytes: original.slice(0, at), intact: at, truncated: true }
    case 1:
      return replaced(original, at, Uint8Array.of(original[at]! ^ (1 << choose(8))), 1)
    case 2:
      return replaced(original, at, Uint8Array.of(extremes[choose(extremes.length)]!), 1)
    case 3:
      return replaced(original, at, new Uint8Array(0), 1 + choose(4))
    case 4: {
      const size = 1 + choose(8)
      return replaced(original, at, original.slice(at, at + size), 0)
    }
    case 5: {
      const large = Uint8Array.of(255, 255, 255, 255, choose(2) === 0 ? 15 : 255, 127)
      return replaced(original, at, large, choose(2) * 6)
    }
    default:
      return replaced(
        original,
        at,
        Uint8Array.from({ length: 1 + choose(6) }, () => choose(256)),
        choose(6)
      )
  }
}

function replaced(original: Uint8Array, at: number, by: Uint8Array, drop: number): Hostile {
  const rest = original.subarray(Math.min(original.length, at + drop))
  const bytes = new Uint8Array(at + by.length + rest.length)
  bytes.set(original.subarray(0, at))
  bytes.set(by, at)
  bytes.set(rest, at + by.length)
  return { bytes, intact: at, truncated: false }
}

/** Memory that this process holds outside of garbage, roughly: what a suite compares before and after. */
export function heldBytes(): number {
  collectGarbage()
  const { heapUsed, arrayBuffers, external } = process.memoryUsage()
  // Deno counts array buffers among what is external only.
  return heapUsed + (arrayBuffers || external)
}

/** Where a runtime lets itself be asked; else garbage counts, which bounds the measure from above. */
function collectGarbage(): void {
  const { Bun: bun } = globalThis as {
    readonly Bun?: { readonly gc: (force: boolean) => void }
  }
  if (bun !== undefined) {
    bun.gc(true)
    return
  }
  setFlagsFromString("--expose-gc")
  const gc: unknown = runInNewContext("globalThis.gc")
  if (typeof gc === "function") gc()
}
