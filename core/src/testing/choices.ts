/**
 * Where the simulation's choices come from. *Wide*: every choice is drawn from one seed; finds most, does not shrink.
 * *Narrow*: the canonical schedule and a sparse list of deviations; shrinks to the few choices that matter.
 */

/** A stream of choices. */
export interface Choices {
  /** An index in 0 … n − 1; 0 is the canonical choice. */
  readonly pick: (n: number) => number
  /** Whether the running fiber is set aside before its next operation. */
  readonly preempt: () => boolean
}

/** Every choice from a generator that starts at `seed`; one operation in a thousand times `preemptPerMille` is cut. */
export function fromSeed(seed: number, preemptPerMille = 30): Choices {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  return {
    pick: (n) => next() % n,
    preempt: () => next() % 1000 < preemptPerMille
  }
}

/** Each choice is the canonical one but those at the named gaps after one another. */
export function fromDeviations(
  picks: ReadonlyArray<readonly [gap: number, choice: number]>,
  preempts: ReadonlyArray<number>
): Choices {
  const choices = new Map<number, number>()
  let at = 0
  for (const [gap, choice] of picks) choices.set(at += gap + 1, choice)
  const cuts = new Set<number>()
  at = 0
  for (const gap of preempts) cuts.add(at += gap + 1)
  let picked = 0
  let operations = 0
  return {
    pick: (n) => (choices.get(++picked) ?? 0) % n,
    preempt: () => cuts.has(++operations)
  }
}
