/**
 * The contract of a table that is asked for rows by key, as a join at processing time does.
 *
 * **Law 1 (as of now)** an answer has the rows that the table had at some moment between question and answer.
 * **Law 2 (no state)** nothing of it is in a checkpoint: after a restore it is asked again.
 */
import type * as Effect from "effect/Effect"
import type { Column } from "../batch/column.ts"
import type { Batch } from "../batch/element.ts"
import type { AnyFault } from "../fault.ts"
import type { OperatorContext } from "../operator/operator.ts"

/** What is known of some keys: rows, and for each the number of the key that it answers. */
export interface LookupReply {
  /** Columns as they were asked for; undefined: there is no row. */
  readonly batch: Batch | undefined
  readonly keyOf: Int32Array
}

/** A table by key. One per subtask. */
export interface Lookup {
  /** How many keys one request takes at most. */
  readonly requestKeysMax: number
  /** Called once, before the first request. */
  open(context: OperatorContext): void
  /** The rows of `count` different keys, none of them NULL. May run while other requests do. */
  get(keys: ReadonlyArray<Column>, count: number): Effect.Effect<LookupReply, AnyFault>
  /** Called once on every exit; must not throw. */
  close(): void
}
