/** One thing that a suite proves, as a value: tests of the suites run them on formats that are broken on purpose. */
import { describe, it } from "node:test"

/** `run` throws when the format does not keep the law. */
export interface Check {
  readonly name: string
  readonly run: () => void
}

/** Make each check a test. */
export function register(name: string, checks: ReadonlyArray<Check>): void {
  describe(name, () => {
    for (const check of checks) it(check.name, check.run)
  })
}

/** Where random choices begin: printed with each suite, replayed by `SEED=…`. */
export const seed: number = Number(process.env["SEED"] ?? 20261122)

/** Hostile inputs of one suite: 5,000 in `npm test`, `HOSTILE=100000` for the long form. */
export const hostileInputs: number = Number(process.env["HOSTILE"] ?? 5000)

/** Numbers from 0 to below `bound`, the same for the same seed. */
export function random(from: number): (bound: number) => number {
  let state = from | 1
  return (bound) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % bound
  }
}
