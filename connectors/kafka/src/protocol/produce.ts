/** Writing record batches. */
import type { Call } from "./call.ts"
import { byTopic } from "./offsets.ts"
import { RequestWriter } from "./request-writer.ts"

/** A finished record batch for one partition. */
export interface ProducedBatch {
  readonly topic: string
  readonly partition: number
  readonly bytes: Uint8Array
}

/** What became of one batch. */
export interface ProduceOutcome {
  readonly topic: string
  readonly partition: number
  readonly error: number
  readonly baseOffset: number
}

/** Hand batches, at most one per partition, to their leader. `acks` −1: all in-sync replicas, 1: the leader. */
export function produce(
  transactionalId: string | undefined,
  acks: number,
  timeoutMillis: number,
  batches: ReadonlyArray<ProducedBatch>
): Call<ReadonlyArray<ProduceOutcome>> {
  const writer = new RequestWriter(batches.reduce((sum, { bytes }) => sum + bytes.length + 64, 64))
  writer.nullableString(transactionalId).int16(acks).int32(timeoutMillis)
  writer.array(byTopic(batches), ([topic, some]) => {
    writer.string(topic)
    writer.array(some, ({ partition, bytes }) => writer.int32(partition).bytesField(bytes))
  })
  return {
    name: "Produce",
    apiKey: 0,
    version: 7,
    flexible: false,
    body: writer.written(),
    read: (response) =>
      response.array(() => {
        const topic = response.string()
        return response.array(() => {
          const partition = response.int32()
          const error = response.int16()
          const baseOffset = response.int64()
          response.int64()
          response.int64()
          return { topic, partition, error, baseOffset }
        })
      }).flat()
  }
}
