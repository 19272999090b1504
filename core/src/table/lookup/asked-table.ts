/** A table that is asked for the rows of each key, with a cache before it: several requests at once, each with a time limit, missing rows again after a while. */
import * as Effect from "effect/Effect"
import { type Column, gather } from "../../batch/column.ts"
import { type AnyFault, assert, Fault, type FaultClass } from "../../fault.ts"
import type { LookupTable } from "../../operator/lookup-join.ts"
import type { OperatorContext } from "../../operator/operator.ts"
import type { Lookup, LookupReply } from "../../source/lookup.ts"
import type { KeyedRows } from "../../state/keyed-rows.ts"
import { RowCache, type RowCacheLimits } from "../../state/row-cache.ts"
import type { LogicalType } from "../../type/logical-type.ts"
import type { PlanLookup } from "../plan.ts"

const Base: FaultClass<"LookupTimeoutFault", { table: string; limitMillis: number }> = Fault<
  { table: string; limitMillis: number }
>()("LookupTimeoutFault", "external", "backoff")

/** A table did not answer in time. */
export class LookupTimeoutFault extends Base {
  override get message(): string {
    return `Cannot look up rows of table "${this.table}" as it did not answer within ${this.limitMillis} ms: raise 'timeout' in the LOOKUP hint`
  }
}

/** How a table is asked. */
export interface AskedTableOptions {
  readonly table: string
  readonly lookup: Lookup
  readonly keyTypes: ReadonlyArray<LogicalType>
  readonly types: ReadonlyArray<LogicalType>
  readonly limits: RowCacheLimits
  readonly asking: PlanLookup["asking"]
}

/** The state of a batch's questions. */
const Phase = { idle: 0, asking: 1, answered: 2 } as const

/** Keys that are asked for, with their slots in the cache, and what came back. */
interface Request {
  readonly slots: Int32Array
  readonly replies: ReadonlyArray<LookupReply>
}

/** See the head of this file. */
export class AskedTable implements LookupTable {
  private readonly options: AskedTableOptions
  private readonly cache: RowCache
  private context: OperatorContext | undefined = undefined
  private phase: number = Phase.idle

  constructor(options: AskedTableOptions) {
    this.options = options
    this.cache = new RowCache(options.keyTypes, options.types, options.limits)
  }

  open(context: OperatorContext): void {
    this.context = context
    this.options.lookup.open(context)
  }

  rowsOf(keys: ReadonlyArray<Column>, count: number): KeyedRows | undefined {
    if (this.phase === Phase.asking) return undefined
    if (this.phase === Phase.answered) {
      this.phase = Phase.idle
      return this.cache
    }
    const context = this.context!
    const fresh = new Int32Array(count)
    const made = this.cache.locate(keys, count, context.nowMillis(), fresh)
    context.count("lookupCacheHits", count - made)
    if (made === 0) return this.cache
    context.count("lookupKeys", made)
    this.phase = Phase.asking
    context.fork(this.askAll(fresh.subarray(0, made)), (requests) => {
      for (const request of requests) this.take(request)
      this.phase = Phase.answered
    })
    return undefined
  }

  private askAll(fresh: Int32Array): Effect.Effect<ReadonlyArray<Request>, AnyFault> {
    const { lookup, asking } = this.options
    const parts: Array<Int32Array> = []
    const size = Math.min(lookup.requestKeysMax, fresh.length)
    for (let from = 0; from < fresh.length; from += size) {
      parts.push(fresh.subarray(from, Math.min(fresh.length, from + size)))
    }
    return Effect.forEach(parts, (slots) => this.ask(slots), { concurrency: asking.requestsMax })
  }

  private ask(slots: Int32Array): Effect.Effect<Request, AnyFault> {
    const keys = this.cache.keysOf(slots, slots.length)
    const count = slots.length
    const { asking, table } = this.options
    const get = (of: ReadonlyArray<Column>, rows: number): Effect.Effect<LookupReply, AnyFault> =>
      this.options.lookup.get(of, rows).pipe(
        Effect.timeoutOrElse({
          duration: asking.timeoutMillis,
          orElse: () =>
            Effect.fail(new LookupTimeoutFault({ table, limitMillis: asking.timeoutMillis }))
        })
      )
    return Effect.gen(function* () {
      const replies = [yield* get(keys, count)]
      let missing = missingOf(replies[0]!, Int32Array.from({ length: count }, (_, i) => i))
      for (let attempt = 1; attempt < asking.attemptsMax && missing.length > 0; attempt++) {
        yield* Effect.sleep(asking.delayMillis)
        const again = missing
        const some = keys.map((column) => gather(column, again, again.length))
        const reply = yield* get(some, again.length)
        const keyOf = reply.keyOf.map((at) => again[at]!)
        replies.push({ batch: reply.batch, keyOf })
        missing = missingOf({ batch: reply.batch, keyOf }, again)
      }
      return { slots, replies }
    })
  }

  private take({ slots, replies }: Request): void {
    for (const { batch, keyOf } of replies) {
      if (batch === undefined) continue
      assert(batch.kinds === undefined, "a table answers with rows, not with changes")
      this.cache.add(batch.columns, keyOf.map((at) => slots[at]!), batch.rows)
    }
  }

  close(): void {
    this.options.lookup.close()
  }
}

/** Which of the keys have no row in the reply. */
function missingOf({ batch, keyOf }: LookupReply, keys: Int32Array): Int32Array {
  const found = new Set(batch === undefined ? [] : keyOf.subarray(0, batch.rows))
  return keys.filter((key) => !found.has(key))
}
