/** Commits prepared transactions by the ids that the checkpoint holds, in the order of checkpoints, and gives their names back. */
import * as Effect from "effect/Effect"
import type { AnyFault, Committer, Plain } from "@millrace/core/internal"
import type { Cluster } from "../client/cluster.ts"
import type { TransactionPool } from "./transaction-pool.ts"
import { commit, type Committable } from "./transactions.ts"

/** See the head of this file. */
export class TransactionCommitter implements Committer {
  private readonly makeCluster: () => Cluster
  private readonly pool: TransactionPool
  private cluster: Cluster | undefined = undefined

  constructor(cluster: () => Cluster, pool: TransactionPool) {
    this.makeCluster = cluster
    this.pool = pool
  }

  commit(committables: ReadonlyArray<Plain>): Effect.Effect<void, AnyFault> {
    const prepared = [...committables as unknown as ReadonlyArray<Committable>]
      .sort((a, b) => a.checkpoint - b.checkpoint)
    const cluster = this.cluster ??= this.makeCluster()
    return Effect.tryPromise({
      try: async () => {
        for (const one of prepared) {
          await commit(cluster, one)
          this.pool.release(one.transactionalId)
        }
        const last = prepared.at(-1)
        if (last !== undefined) this.pool.complete(last.checkpoint)
      },
      catch: (error) => cluster.faultOf("commit transactions", error)
    })
  }

  close(): void {
    this.cluster?.close()
  }
}
