/** Offsets: of a partition's ends and times, and those committed for a consumer group. */
import { type Call, call } from "./call.ts"

/** Stands for a time in {@link listOffsets}. */
export const latest = -1
/** Stands for a time in {@link listOffsets}. */
export const earliest = -2

/** A partition and a number for it: a time that is asked for, or an offset. */
export interface PartitionNumber {
  readonly topic: string
  readonly partition: number
  readonly value: number
}

/** What a broker says of one partition. */
export interface PartitionOffset {
  readonly topic: string
  readonly partition: number
  readonly error: number
  /** −1: none. */
  readonly offset: number
}

/** The partitions of a list, by topic. */
export function byTopic<A extends { readonly topic: string }>(
  items: ReadonlyArray<A>
): ReadonlyArray<readonly [string, ReadonlyArray<A>]> {
  const topics = new Map<string, Array<A>>()
  for (const item of items) {
    const list = topics.get(item.topic)
    if (list === undefined) topics.set(item.topic, [item])
    else list.push(item)
  }
  return [...topics]
}

/** The first offset at or after a time, or an end, of each partition; its leader knows. */
export function listOffsets(
  times: ReadonlyArray<PartitionNumber>,
  committedOnly: boolean
): Call<ReadonlyArray<PartitionOffset>> {
  return call("ListOffsets", 2, 2, (writer) => {
    writer.int32(-1).int8(committedOnly ? 1 : 0)
    writer.array(byTopic(times), ([topic, partitions]) => {
      writer.string(topic)
      writer.array(partitions, ({ partition, value }) => writer.int32(partition).int64(value))
    })
  }, (response) => {
    response.int32()
    return response.array(() => {
      const topic = response.string()
      return response.array(() => {
        const partition = response.int32()
        const error = response.int16()
        response.int64()
        return { topic, partition, error, offset: response.int64() }
      })
    }).flat()
  })
}

/** Offsets that a group has committed; its coordinator knows. */
export function offsetFetch(
  group: string,
  partitions: ReadonlyArray<{ readonly topic: string; readonly partition: number }>
): Call<{ readonly error: number; readonly offsets: ReadonlyArray<PartitionOffset> }> {
  return call("OffsetFetch", 9, 3, (writer) => {
    writer.string(group)
    writer.array(byTopic(partitions), ([topic, some]) => {
      writer.string(topic)
      writer.array(some, ({ partition }) => writer.int32(partition))
    })
  }, (response) => {
    response.int32()
    const offsets = response.array(() => {
      const topic = response.string()
      return response.array(() => {
        const partition = response.int32()
        const offset = response.int64()
        response.nullableString()
        return { topic, partition, error: response.int16(), offset }
      })
    }).flat()
    return { error: response.int16(), offsets }
  })
}

/** Commit offsets for a group that nobody has joined. */
export function offsetCommit(
  group: string,
  offsets: ReadonlyArray<PartitionNumber>
): Call<ReadonlyArray<PartitionOffset>> {
  return call("OffsetCommit", 8, 3, (writer) => {
    writer.string(group).int32(-1).string("").int64(-1)
    writer.array(byTopic(offsets), ([topic, some]) => {
      writer.string(topic)
      writer.array(some, ({ partition, value }) => writer.int32(partition).int64(value).int16(-1))
    })
  }, (response) => {
    response.int32()
    return response.array(() => {
      const topic = response.string()
      return response.array(() => ({
        topic,
        partition: response.int32(),
        error: response.int16(),
        offset: -1
      }))
    }).flat()
  })
}
