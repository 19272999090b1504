/**
 * The sink of a table. Before anything opens the brokers are asked for the topics and, for exactly-once, for the longest transaction that
 * they allow, so that what cannot work is told at once.
 */
import * as Effect from "effect/Effect"
import type { AnyFault, JobIdentity, OperatorContext, Sink } from "@millrace/core/internal"
import type { Cluster } from "../client/cluster.ts"
import { startMillis } from "../source/places.ts"
import { TransactionCommitter } from "./committer.ts"
import { TransactionPool } from "./transaction-pool.ts"
import { lookUpTopics } from "./topics.ts"
import { timeoutMillis } from "./transactions.ts"
import { type Delivery, KafkaWriter, type WriterOptions } from "./writer.ts"

/** What a sink is made for. */
export type SinkOptions = Omit<WriterOptions, "pool" | "timeoutMillis">

const guarantees = {
  none: "at-most-once",
  "at-least-once": "at-least-once",
  "exactly-once": "exactly-once"
} as const

/** Make the sink. Touches nothing outside. */
export function makeSink(options: SinkOptions): Sink {
  const pools = new Pools(options.prefix)
  let foundMillis = 0
  const exactlyOnce = options.delivery === "exactly-once"
  return {
    guarantee: guaranteeOf(options.delivery, options.upsert),
    writer: () =>
      new KafkaWriter({
        ...options,
        pool: (context) => pools.of(context),
        timeoutMillis: () => foundMillis
      }),
    ...(exactlyOnce
      ? { committer: (context) => new TransactionCommitter(options.cluster, pools.of(context)) }
      : {}),
    prepare: () =>
      prepare(options, (millis) => {
        foundMillis = millis
      })
  }
}

function guaranteeOf(delivery: Delivery, upsert: boolean): Sink["guarantee"] {
  return upsert && delivery === "at-least-once" ? "idempotent" : guarantees[delivery]
}

/** Each subtask's names of transactions, for its writer and its committer; those of an earlier attempt are forgotten. */
class Pools {
  private readonly prefix: string
  private job: JobIdentity | undefined = undefined
  private readonly pools = new Map<number, TransactionPool>()

  constructor(prefix: string) {
    this.prefix = prefix
  }

  of({ job, subtask }: OperatorContext): TransactionPool {
    if (this.job?.run !== job.run || this.job.attempt !== job.attempt) {
      this.job = job
      this.pools.clear()
    }
    let pool = this.pools.get(subtask)
    if (pool === undefined) {
      pool = new TransactionPool(this.prefix, subtask, job.attempt)
      this.pools.set(subtask, pool)
    }
    return pool
  }
}

function prepare(
  options: SinkOptions,
  found: (timeoutMillis: number) => void
): Effect.Effect<Effect.Effect<void>, AnyFault> {
  return Effect.suspend(() => {
    const cluster = options.cluster()
    const checked = Effect.tryPromise({
      try: () => check(options, cluster, found),
      catch: (error) => cluster.faultOf("open the sink", error)
    })
    return Effect.ensuring(Effect.as(checked, Effect.void), Effect.sync(() => cluster.close()))
  })
}

async function check(
  { topics, delivery }: SinkOptions,
  cluster: Cluster,
  found: (timeoutMillis: number) => void
): Promise<void> {
  const sinceMillis = performance.now()
  await cluster.repeat(
    "look for topics",
    () => lookUpTopics(cluster, topics, sinceMillis),
    startMillis
  )
  if (delivery === "exactly-once") {
    found(
      await cluster.repeat(
        "look up the transaction timeout",
        () => timeoutMillis(cluster),
        startMillis
      )
    )
  }
}
