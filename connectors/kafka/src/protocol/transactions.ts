/** Producer ids and transactions. Every call may be repeated with the same arguments. */
import { type Call, call } from "./call.ts"
import { byTopic } from "./offsets.ts"
import { RequestWriter } from "./request-writer.ts"

/** Who writes: an id and its epoch. A newer epoch fences the older. */
export interface ProducerIdentity {
  readonly producerId: number
  readonly epoch: number
}

/** What is looked for with {@link findCoordinator}. */
export const CoordinatorKind = { group: 0, transaction: 1 } as const

/** Who keeps a group's offsets or a transactional id. */
export function findCoordinator(
  key: string,
  kind: number
): Call<
  { readonly error: number; readonly id: number; readonly host: string; readonly port: number }
> {
  return call("FindCoordinator", 10, 1, (writer) => {
    writer.string(key).int8(kind)
  }, (response) => {
    response.int32()
    const error = response.int16()
    response.nullableString()
    return { error, id: response.int32(), host: response.string(), port: response.int32() }
  })
}

/** Take a producer id. With a transactional id: fence whoever has it, and abort what it left open. */
export function initProducerId(
  transactionalId: string | undefined,
  timeoutMillis: number
): Call<ProducerIdentity & { readonly error: number }> {
  return call("InitProducerId", 22, 1, (writer) => {
    writer.nullableString(transactionalId).int32(timeoutMillis)
  }, (response) => {
    response.int32()
    return { error: response.int16(), producerId: response.int64(), epoch: response.int16() }
  })
}

/** Partitions that a transaction will write to; answers the error of each. */
export function addPartitions(
  transactionalId: string,
  { producerId, epoch }: ProducerIdentity,
  partitions: ReadonlyArray<{ readonly topic: string; readonly partition: number }>
): Call<ReadonlyArray<number>> {
  return call("AddPartitionsToTxn", 24, 1, (writer) => {
    writer.string(transactionalId).int64(producerId).int16(epoch)
    writer.array(byTopic(partitions), ([topic, some]) => {
      writer.string(topic)
      writer.array(some, ({ partition }) => writer.int32(partition))
    })
  }, (response) => {
    response.int32()
    return response.array(() => {
      response.string()
      return response.array(() => {
        response.int32()
        return response.int16()
      })
    }).flat()
  })
}

/** Commit or abort; answers the error. */
export function endTransaction(
  transactionalId: string,
  { producerId, epoch }: ProducerIdentity,
  commit: boolean
): Call<number> {
  return call("EndTxn", 26, 1, (writer) => {
    writer.string(transactionalId).int64(producerId).int16(epoch).boolean(commit)
  }, (response) => {
    response.int32()
    return response.int16()
  })
}

/** A transaction that a coordinator has in its keeping. */
export interface ListedTransaction extends ProducerIdentity {
  readonly transactionalId: string
  readonly state: string
}

/** Transactions in the given states of which one broker is the coordinator. */
export function listTransactions(
  states: ReadonlyArray<string>
): Call<{ readonly error: number; readonly ids: ReadonlyArray<string> }> {
  const writer = new RequestWriter()
  writer.compactArray(states, (state) => writer.compactString(state))
  writer.compactArray<number>([], () => {}).noTags()
  return {
    name: "ListTransactions",
    apiKey: 66,
    version: 0,
    flexible: true,
    body: writer.written(),
    read: (response) => {
      response.int32()
      const error = response.int16()
      response.compactArray(() => response.compactString())
      const ids = response.compactArray(() => {
        const id = response.compactString()
        response.int64()
        response.compactString()
        response.tags()
        return id
      })
      return { error, ids }
    }
  }
}
