/**
 * Drives operators over user values as a task does, without an engine: subtasks of one operator, values dealt by key group,
 * clocks set by hand, cuts that restore at another parallelism.
 */
import assert from "node:assert/strict"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { Barrier, type Element, Tag, Watermark } from "../../src/batch/element.ts"
import {
  isElement,
  type Operator,
  type OperatorContext,
  type Restored,
  type Snapshot,
  Status
} from "../../src/operator/operator.ts"
import { keyGroup } from "../../src/state/key-group.ts"
import { hashOf, identityOf, type Key } from "../../src/stream/key.ts"
import { valueBatch, valuesOf } from "../../src/stream/value-batch.ts"

/** What happens, one after the other. */
export type Happening =
  | {
    readonly input: number
    readonly values: ReadonlyArray<{ readonly value: unknown; readonly time?: number }>
  }
  | { readonly watermark: number }
  /** The clock goes on to this time, and sleepers whose time has come wake. */
  | { readonly nowMillis: number }

/** What is driven. */
export interface Subject {
  readonly make: () => Operator
  /** By input; undefined: each value goes to every subtask. */
  readonly keys: ReadonlyArray<((value: never) => Key) | undefined>
}

/** A value that was given; a watermark has port -1. */
export interface Given {
  readonly port: number
  readonly value: unknown
  readonly time: number | undefined
}

/** Key groups in these tests. */
export const groupsMax = 8

/** Where the subtasks are cut and how many there are before and after. */
export interface Cut {
  readonly at: number
  readonly before: number
  readonly after: number
}

/** Run what happens; with a cut through a snapshot that is restored. */
export function run(
  subject: Subject,
  happenings: ReadonlyArray<Happening>,
  cut?: Cut
): ReadonlyArray<Given> {
  const at = Math.min(cut?.at ?? happenings.length, happenings.length)
  const first = new Fleet(subject, cut?.before ?? 1, undefined, 0)
  for (const happening of happenings.slice(0, at)) first.happen(happening)
  if (cut === undefined) return first.given
  const second = new Fleet(subject, cut.after, first.cut(cut.after), first.nowMillis)
  for (const happening of happenings.slice(at)) second.happen(happening)
  return [...first.given, ...second.given]
}

/** Without watermarks. */
export function rows(given: ReadonlyArray<Given>): ReadonlyArray<Given> {
  return given.filter(({ port }) => port >= 0)
}

/** Subtasks of one operator. */
export class Fleet {
  readonly given: Array<Given> = []
  readonly counts: Map<string, number> = new Map()
  nowMillis: number
  private readonly subject: Subject
  private readonly operators: ReadonlyArray<Operator>
  private readonly snapshots: Array<Snapshot> = []
  /** What they gave after their snapshot would be lost, so they are not asked again. */
  private readonly over = new Set<Operator>()
  private readonly lines = new Map<Operator, Array<{ element: Element; input: number }>>()
  private readonly sleepers: Array<{ readonly time: number; readonly wake: () => void }> = []

  constructor(
    subject: Subject,
    parallelism: number,
    restored: ReadonlyArray<Restored> | undefined,
    nowMillis: number
  ) {
    this.subject = subject
    this.nowMillis = nowMillis
    this.operators = Array.from({ length: parallelism }, (_, subtask) => {
      const operator = subject.make()
      operator.open(this.context(subtask, parallelism, restored?.[subtask]))
      return operator
    })
    this.wake()
  }

  private context(
    subtask: number,
    parallelism: number,
    restored: Restored | undefined
  ): OperatorContext {
    const context: Partial<OperatorContext> = {
      name: "test",
      subtask,
      parallelism,
      groupsMax,
      restored,
      notify: () => {},
      count: (metric, by) => void this.counts.set(metric, (this.counts.get(metric) ?? 0) + by),
      nowMillis: () => this.nowMillis,
      // A sleep wakes at every later time; an effect that has its answer at once gives it later, the last one first.
      fork: (effect: Effect.Effect<unknown, unknown>, done: (value: never) => void) => {
        const exit = Effect.runSyncExit(effect)
        const answer = Exit.isSuccess(exit) ? exit.value : undefined
        this.sleepers.unshift({ time: this.nowMillis, wake: () => done(answer as never) })
      }
    }
    return context as OperatorContext
  }

  happen(happening: Happening): void {
    if ("watermark" in happening) {
      for (const operator of this.operators) {
        this.drive(operator, new Watermark(happening.watermark), 0)
      }
      this.wake()
    } else if ("nowMillis" in happening) {
      this.nowMillis = Math.max(this.nowMillis, happening.nowMillis)
      this.wake()
    } else {
      const { input, values } = happening
      const keyOf = this.subject.keys[input] as ((value: unknown) => Key) | undefined
      this.operators.forEach((operator, subtask) => {
        const own = keyOf === undefined
          ? values
          : values.filter(({ value }) =>
            owner(keyGroup(hashOf(identityOf(keyOf(value))), groupsMax), this.operators.length) ===
              subtask
          )
        if (own.length === 0) return
        const timed = own.every(({ time }) => time !== undefined)
        const times = timed ? Float64Array.from(own, ({ time }) => time!) : undefined
        this.drive(operator, valueBatch(own.map(({ value }) => value), times), input)
      })
      this.wake()
    }
  }

  /** Sleepers wake whenever time may have passed: one that wakes too early sleeps again. */
  private wake(): void {
    const due = this.sleepers.splice(0).filter((sleeper) => {
      if (sleeper.time < this.nowMillis) return true
      this.sleepers.push(sleeper)
      return false
    })
    for (const { wake } of due) wake()
    for (const operator of this.operators) this.serve(operator)
  }

  /** Push as soon as the operator has said done; until then what comes waits, as in a lane. */
  private drive(operator: Operator, element: Element, input: number): void {
    const line = this.lines.get(operator) ?? []
    this.lines.set(operator, line)
    line.push({ element, input })
    this.serve(operator)
  }

  private serve(operator: Operator): void {
    const line = this.lines.get(operator) ?? []
    for (;;) {
      if (this.over.has(operator)) return
      if (this.drain(operator) === Status.waiting) return
      const next = line.shift()
      if (next === undefined) return
      operator.push(next.element, next.input)
    }
  }

  private drain(operator: Operator): Status {
    for (;;) {
      const given = operator.step()
      if (!isElement(given)) return given
      if (given.tag === Tag.barrier) {
        this.snapshots.push(operator.snapshot() ?? {})
        this.over.add(operator)
        return Status.waiting
      }
      if (given.tag === Tag.watermark) {
        this.given.push({ port: -1, value: given.time, time: undefined })
      }
      if (given.tag !== Tag.batch) continue
      const { port, timestamps, rows } = given
      assert.ok(rows >= 1 && rows <= 1024, `${rows} rows in a batch`)
      valuesOf(given).forEach((value, i) => this.given.push({ port, value, time: timestamps?.[i] }))
    }
  }

  /** What a restore at `parallelism` hands to each subtask. */
  cut(parallelism: number): ReadonlyArray<Restored> {
    for (const operator of this.operators) this.drive(operator, new Barrier(1, 1, false), 0)
    while (this.snapshots.length < this.operators.length) {
      this.nowMillis++
      this.wake()
    }
    const groups = this.snapshots.flatMap((one) => [...one.groups ?? []])
    const items = this.snapshots.flatMap((one) => one.items ?? [])
    const union = this.snapshots.flatMap((one) => one.union ?? [])
    const seen = new Set(groups.map(([group]) => group))
    assert.equal(seen.size, groups.length, "a group is in one snapshot")
    return Array.from({ length: parallelism }, (_, subtask) => ({
      checkpoint: 1,
      groups: groups.filter(([group]) => owner(group, parallelism) === subtask)
        .map(([group, bytes]) => ({ group, bytes })),
      items: items.filter((_, i) => i % parallelism === subtask),
      union
    }))
  }
}

function owner(group: number, parallelism: number): number {
  return Math.floor((group * parallelism) / groupsMax)
}
