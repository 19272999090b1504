/** Reading records: batches as they stand in the log, as views into the response. */
import { type Call, call } from "./call.ts"
import { byTopic } from "./offsets.ts"

/** A place to read from. */
export interface FetchPlace {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly leaderEpoch: number
}

/** What came for one partition. */
export interface FetchedPartition {
  readonly topic: string
  readonly partition: number
  readonly error: number
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStart: number
  /** For readers of committed records: transactions that were aborted, by producer, from an offset on. */
  readonly aborted: ReadonlyArray<{ readonly producerId: number; readonly firstOffset: number }>
  /** Record batches one after the other; the last may be cut off. */
  readonly records: Uint8Array
}

/** Limits of one fetch. */
export interface FetchLimits {
  readonly waitMillis: number
  readonly bytesMin: number
  readonly bytesMax: number
  readonly partitionBytesMax: number
  readonly committedOnly: boolean
}

/** Fetch from the partitions' leader. */
export function fetch(
  places: ReadonlyArray<FetchPlace>,
  limits: FetchLimits
): Call<ReadonlyArray<FetchedPartition>> {
  return call("Fetch", 1, 10, (writer) => {
    writer.int32(-1).int32(limits.waitMillis).int32(limits.bytesMin).int32(limits.bytesMax)
    writer.int8(limits.committedOnly ? 1 : 0).int32(0).int32(-1)
    writer.array(byTopic(places), ([topic, some]) => {
      writer.string(topic)
      writer.array(some, ({ partition, offset, leaderEpoch }) => {
        writer.int32(partition).int32(leaderEpoch).int64(offset).int64(-1)
        writer.int32(limits.partitionBytesMax)
      })
    })
    writer.array<string>([], () => {})
  }, (response) => {
    response.int32()
    response.int16()
    response.int32()
    return response.array(() => {
      const topic = response.string()
      return response.array(() => ({
        topic,
        partition: response.int32(),
        error: response.int16(),
        highWatermark: response.int64(),
        lastStableOffset: response.int64(),
        logStart: response.int64(),
        aborted: response.array(() => ({
          producerId: response.int64(),
          firstOffset: response.int64()
        })),
        records: response.bytesField()
      }))
    }).flat()
  })
}
