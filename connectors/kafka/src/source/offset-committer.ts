/**
 * Tells the brokers how far a group has read, so that its lag can be watched. The job never reads these offsets after a restore, so a
 * commit that fails is counted and forgotten.
 */
import type { Split } from "@millrace/core/internal"
import { type Cluster, Refused } from "../client/cluster.ts"
import { code } from "../protocol/error-code.ts"
import { offsetCommit, type PartitionNumber } from "../protocol/offsets.ts"
import type { PartitionSplit } from "./split.ts"

/** One reader's commits; one at a time. */
export class OffsetCommitter {
  private readonly cluster: Cluster
  private readonly group: string
  private readonly count: (metric: string, by: number) => void
  private offsets: ReadonlyArray<PartitionNumber> = []
  private busy = false
  private due = false

  constructor(cluster: Cluster, group: string, count: (metric: string, by: number) => void) {
    this.cluster = cluster
    this.group = group
    this.count = count
  }

  /** Positions of a checkpoint that is being taken. */
  remember(splits: ReadonlyArray<Split>): void {
    this.offsets = (splits as ReadonlyArray<PartitionSplit>).map(({ topic, partition, next }) => ({
      topic,
      partition,
      value: next
    }))
  }

  /** The checkpoint is complete. */
  commit(): void {
    this.due = true
    if (this.busy) return
    this.busy = true
    this.run().then(() => this.count("commitsSucceeded", 1), () => this.count("commitsFailed", 1))
      .finally(() => {
        this.busy = false
        if (this.due && !this.cluster.closed) this.commit()
      })
  }

  private async run(): Promise<void> {
    const { cluster, group, offsets } = this
    this.due = false
    if (offsets.length === 0) return
    await cluster.repeat("commit offsets", async () => {
      const coordinator = await cluster.coordinator(group, "group", "commit offsets")
      const answers = await cluster.call(coordinator, "control", offsetCommit(group, offsets))
      const error = answers.find((one) => one.error !== code.none)
      if (error !== undefined) throw new Refused(error.error)
    }, 10_000)
  }
}
