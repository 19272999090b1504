/** Turns templates of calls into calls: every `$name` becomes a value of its pool, the same ones at every run. */
import { pools } from "./cases/pools.ts"

/** A call as SQL, with `$name` where a value of a pool goes. */
export type Case = string

const variable = /\$([a-z][A-Za-z]*)/g

/** A small linear generator, so that a list of calls never changes by itself. */
function makeRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 4294967296
  }
}

function hash(text: string): number {
  let value = 2166136261
  for (const character of text) value = Math.imul(value ^ character.codePointAt(0)!, 16777619)
  return value
}

function fill(
  template: string,
  choose: (pool: ReadonlyArray<string>, at: number) => string
): string {
  let at = 0
  return template.replace(variable, (whole, name: string) => {
    const pool = pools[name]
    return pool === undefined ? whole : choose(pool, at++)
  })
}

/** The calls of a template: all values of a single pool, else up to `count` different choices. */
export function expand(template: Case, count: number): ReadonlyArray<string> {
  const names = [...template.matchAll(variable)].filter((match) => pools[match[1]!] !== undefined)
  if (names.length === 0) return [template]
  const calls = new Set<string>()
  if (names.length === 1) {
    for (const value of pools[names[0]![1]!]!) calls.add(fill(template, () => value))
    return [...calls]
  }
  const random = makeRandom(hash(template))
  for (let attempt = 0; attempt < count * 8 && calls.size < count; attempt++) {
    calls.add(fill(template, (pool) => pool[Math.floor(random() * pool.length)]!))
  }
  return [...calls]
}
