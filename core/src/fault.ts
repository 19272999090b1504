/**
 * Expected failures. Every failure that a caller may meet is a class made by {@link Fault}: its fields are data, its
 * message is composed from them, and `domain` and `retry` tell the supervisor what to do with it.
 *
 * Code on the hot path is synchronous and *throws* a fault; the task's boundary turns it into a typed Effect failure.
 * Anything else that is thrown is a bug and becomes a defect.
 */
import * as Data from "effect/Data"
import type * as Cause from "effect/Cause"

/** Who must act: the user (SQL, options, data), somebody outside (disk, broker), or us. */
export type Domain = "user" | "external" | "internal"

/** What the supervisor may do: give up, try again with backoff, or make the client anew first. */
export type Retry = "never" | "backoff" | "reinitialize"

/** What each fault tells about itself besides its own fields. */
export interface Traits {
  readonly domain: Domain
  readonly retry: Retry
}

/** Constructor of a tagged failure: `Fields` become read-only properties beside `_tag`. */
export type FaultClass<Tag extends string, Fields extends object> = new (
  fields: Fields
) => Cause.YieldableError & { readonly _tag: Tag } & Traits & Readonly<Fields>

/**
 * Make the base class of a failure.
 *
 * **Example**
 * ```ts
 * const Base: FaultClass<"DiskFull", { path: string }> = Fault<{ path: string }>()("DiskFull", "external", "backoff")
 * export class DiskFull extends Base {
 *   override get message(): string { return `Cannot write "${this.path}": no space is left` }
 * }
 * ```
 */
export function Fault<Fields extends object>(): <Tag extends string>(
  tag: Tag,
  domain: Domain,
  retry: Retry
) => FaultClass<Tag, Fields> {
  return <Tag extends string>(tag: Tag, domain: Domain, retry: Retry) => {
    const base = Data.TaggedError(tag) as unknown as FaultClass<Tag, Fields>
    Object.defineProperty(base.prototype, "domain", { value: domain })
    Object.defineProperty(base.prototype, "retry", { value: retry })
    return base
  }
}

/** Any failure made by {@link Fault}. */
export type AnyFault = Cause.YieldableError & { readonly _tag: string } & Traits

/** Whether `error` is a failure of ours; everything else that is thrown is a bug. */
export function isFault(error: unknown): error is AnyFault {
  return error instanceof Error && typeof (error as Partial<AnyFault>)._tag === "string" &&
    typeof (error as Partial<AnyFault>).retry === "string"
}

/** A place in a text: 1-based line and column. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** State that an invariant holds; a violation is a bug and dies. */
export function assert(condition: unknown, invariant: string): asserts condition {
  if (!condition) throw new Error(`Broken invariant: ${invariant}`)
}
