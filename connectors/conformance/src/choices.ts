/** Random choices by a seed that is printed: `SEED=… npm test` replays a history. */

/** The seed of this run. */
export function seedOf(): number {
  const given = process.env["SEED"]
  return given === undefined ? Date.now() % 1_000_000_007 : Number(given)
}

/** Choices that a seed determines. */
export class Choices {
  private state: number

  constructor(seed: number) {
    this.state = seed >>> 0
  }

  /** An integer in [0, count). */
  pick(count: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let word = this.state
    word = Math.imul(word ^ (word >>> 15), word | 1)
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61)
    return Math.floor(((word ^ (word >>> 14)) >>> 0) / 4294967296 * count)
  }

  /** One of some. */
  of<A>(some: ReadonlyArray<A>): A {
    return some[this.pick(some.length)]!
  }

  /** True once in `count` times. */
  once(count: number): boolean {
    return this.pick(count) === 0
  }
}
