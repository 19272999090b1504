/** The topics that a sink writes to, looked up; those that are not there are created where the brokers do that. */
import { type Cluster, Refused } from "../client/cluster.ts"
import { KafkaUserFault } from "../fault.ts"
import { code, isTransient, nameOfCode } from "../protocol/error-code.ts"

/** A topic that is being created is not there for a moment, as one that will never be. */
const creationMillis = 1500

/**
 * Make the cluster know the topics and their leaders. Rejects with {@link Refused} while a topic is being created; `sinceMillis`: when it
 * was looked for first, by `performance.now()`.
 */
export async function lookUpTopics(
  cluster: Cluster,
  topics: ReadonlyArray<string> | RegExp,
  sinceMillis: number
): Promise<void> {
  const named = topics instanceof RegExp ? undefined : topics
  const answer = await cluster.metadata(named, true)
  if (named === undefined) return
  for (const { name, error, partitions } of answer.topics) {
    if (
      error === code.unknownTopicOrPartition && performance.now() > sinceMillis + creationMillis
    ) {
      throw new KafkaUserFault({
        table: cluster.table,
        action: `write to topic "${name}"`,
        detail: "the brokers do not have it and do not create it; create it or correct 'topic'"
      })
    }
    if (error !== code.none && !isTransient(error)) {
      throw new KafkaUserFault({
        table: cluster.table,
        action: `write to topic "${name}"`,
        detail: `the broker answers ${nameOfCode(error)}`
      })
    }
    if (error !== code.none || partitions.some(({ leader }) => leader < 0)) {
      throw new Refused(code.leaderNotAvailable)
    }
  }
}
