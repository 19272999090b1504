/** Where a source begins and ends to read, by the table's startup and bounded modes: from modes to offsets, asked of the brokers. */
import { type Cluster, Refused } from "../client/cluster.ts"
import { KafkaUserFault } from "../fault.ts"
import { code } from "../protocol/error-code.ts"
import {
  earliest,
  latest,
  listOffsets,
  offsetFetch,
  type PartitionOffset
} from "../protocol/offsets.ts"

/** A partition. */
export interface Partition {
  readonly topic: string
  readonly partition: number
}

/** A mode with what belongs to it. */
export type Place =
  | { readonly mode: "earliest-offset" | "latest-offset" | "group-offsets" | "unbounded" }
  | { readonly mode: "timestamp"; readonly millis: number }
  | { readonly mode: "specific-offsets"; readonly offsets: ReadonlyMap<number, number> }

/** The offsets at which reading begins, in the order of `partitions`. */
export async function startOffsets(
  cluster: Cluster,
  partitions: ReadonlyArray<Partition>,
  place: Place,
  group: string | undefined
): Promise<ReadonlyArray<number>> {
  switch (place.mode) {
    case "timestamp":
      return await atTime(cluster, partitions, place.millis)
    case "specific-offsets": {
      const begins = await ends(cluster, partitions, earliest)
      return partitions.map(({ partition }, i) => place.offsets.get(partition) ?? begins[i]!)
    }
    case "group-offsets":
      return await committedOr(cluster, partitions, group, cluster.settings.offsetReset)
    default:
      return await ends(cluster, partitions, place.mode === "latest-offset" ? latest : earliest)
  }
}

/** The offsets at which reading ends, exclusive; −1: nowhere. */
export async function stopOffsets(
  cluster: Cluster,
  partitions: ReadonlyArray<Partition>,
  place: Place,
  group: string | undefined
): Promise<ReadonlyArray<number>> {
  switch (place.mode) {
    case "unbounded":
      return partitions.map(() => -1)
    case "timestamp":
      return await atTime(cluster, partitions, place.millis)
    case "group-offsets":
      return await committedOr(cluster, partitions, group, "none")
    case "specific-offsets":
      return partitions.map(({ topic, partition }) => {
        const offset = place.offsets.get(partition)
        if (offset !== undefined) return offset
        throw new KafkaUserFault({
          table: cluster.table,
          action: "find where to end",
          detail:
            `'scan.bounded.specific-offsets' has no offset for partition ${partition} of topic "${topic}"`
        })
      })
    default:
      return await ends(cluster, partitions, latest)
  }
}

/** The first record at or after a time; where there is none, the end. */
async function atTime(
  cluster: Cluster,
  partitions: ReadonlyArray<Partition>,
  millis: number
): Promise<ReadonlyArray<number>> {
  const found = await ends(cluster, partitions, millis)
  if (!found.includes(-1)) return found
  const last = await ends(cluster, partitions, latest)
  return found.map((offset, i) => offset < 0 ? last[i]! : offset)
}

async function ends(
  cluster: Cluster,
  partitions: ReadonlyArray<Partition>,
  time: number
): Promise<ReadonlyArray<number>> {
  return await cluster.repeat("find offsets", async () => {
    const byBroker = new Map<number, Array<Partition>>()
    for (const one of partitions) {
      const leader = cluster.leader(one.topic, one.partition)
      if (leader === undefined) {
        await cluster.metadata([...new Set(partitions.map(({ topic }) => topic))])
        throw new Refused(code.leaderNotAvailable)
      }
      const list = byBroker.get(leader.broker) ?? []
      byBroker.set(leader.broker, list)
      list.push(one)
    }
    const answers = await Promise.all(
      [...byBroker].map(([broker, some]) =>
        cluster.call(
          broker,
          "control",
          listOffsets(some.map((one) => ({ ...one, value: time })), cluster.settings.committedOnly)
        )
      )
    )
    const error = answers.flat().find((one) => one.error !== code.none)
    if (error !== undefined) {
      await cluster.metadata([...new Set(partitions.map(({ topic }) => topic))])
      throw new Refused(error.error)
    }
    return inOrder(partitions, answers.flat())
  }, startMillis)
}

async function committedOr(
  cluster: Cluster,
  partitions: ReadonlyArray<Partition>,
  group: string | undefined,
  reset: "earliest" | "latest" | "none"
): Promise<ReadonlyArray<number>> {
  const found = group === undefined
    ? partitions.map(() => -1)
    : await committed(cluster, partitions, group)
  const missing = found.indexOf(-1)
  if (missing < 0) return found
  if (reset === "none") {
    const { topic, partition } = partitions[missing]!
    throw new KafkaUserFault({
      table: cluster.table,
      action: "find where to begin",
      detail:
        `group "${
          group ?? ""
        }" has committed no offset for partition ${partition} of topic "${topic}"; ` +
        "set 'properties.auto.offset.reset' to 'earliest' or 'latest', or another 'scan.startup.mode'"
    })
  }
  const others = await ends(cluster, partitions, reset === "latest" ? latest : earliest)
  return found.map((offset, i) => offset < 0 ? others[i]! : offset)
}

async function committed(
  cluster: Cluster,
  partitions: ReadonlyArray<Partition>,
  group: string
): Promise<ReadonlyArray<number>> {
  const action = `read the committed offsets of group "${group}"`
  return await cluster.repeat(action, async () => {
    const coordinator = await cluster.coordinator(group, "group", action)
    const answer = await cluster.call(coordinator, "control", offsetFetch(group, partitions))
    const error = answer.error !== code.none
      ? answer.error
      : answer.offsets.find((one) => one.error !== code.none)?.error ?? code.none
    if (error !== code.none) throw new Refused(error)
    return inOrder(partitions, answer.offsets)
  }, startMillis)
}

/** Offsets are asked for at a start: what is wrong is told within five seconds. */
export const startMillis = 2000

function inOrder(
  partitions: ReadonlyArray<Partition>,
  offsets: ReadonlyArray<PartitionOffset>
): ReadonlyArray<number> {
  return partitions.map(({ topic, partition }) =>
    offsets.find((one) => one.topic === topic && one.partition === partition)?.offset ?? -1
  )
}
