/** What transactions need of the brokers: beginning, joining partitions, ending, and ending what earlier attempts left open. */
import { type Cluster, Refused } from "../client/cluster.ts"
import { KafkaUserFault, TransactionFenced, TransactionLost } from "../fault.ts"
import { code, isFenced, nameOfCode } from "../protocol/error-code.ts"
import { brokerConfig } from "../protocol/metadata.ts"
import {
  addPartitions,
  endTransaction,
  initProducerId,
  listTransactions,
  type ProducerIdentity
} from "../protocol/transactions.ts"
import { subtaskOf } from "./transaction-pool.ts"

/** A prepared transaction, as a checkpoint holds it. */
export interface Committable {
  readonly [key: string]: string | number
  readonly transactionalId: string
  readonly producerId: number
  readonly epoch: number
  readonly checkpoint: number
}

/** The default timeout, unless the broker allows less. */
const defaultTimeoutMillis = 3_600_000

/** The timeout of transactions; checked against the broker's largest. */
export async function timeoutMillis(cluster: Cluster): Promise<number> {
  const { settings, table } = cluster
  const broker = cluster.brokerIds()[0]!
  const text = await cluster.call(
    broker,
    "control",
    brokerConfig(broker, "transaction.max.timeout.ms")
  )
  const most = text === undefined ? Infinity : Number(text)
  const wanted = settings.transactionTimeoutMillis
  if (wanted !== undefined && wanted > most) {
    throw new KafkaUserFault({
      table,
      action: "write in transactions",
      detail:
        `'properties.transaction.timeout.ms' is ${wanted}, and the broker allows at most ${most}; ` +
        "lower it, or raise the broker's 'transaction.max.timeout.ms'"
    })
  }
  return wanted ?? Math.min(defaultTimeoutMillis, most)
}

/** Take a transactional id: fences an earlier holder and aborts what it left. */
export async function begin(
  cluster: Cluster,
  transactionalId: string | undefined,
  timeout: number
): Promise<ProducerIdentity> {
  const action = transactionalId === undefined
    ? "take a producer id"
    : `begin transaction "${transactionalId}"`
  return await cluster.repeat(action, async () => {
    const request = initProducerId(transactionalId, timeout)
    const answer = transactionalId === undefined
      ? await cluster.callAny(request)
      : await atCoordinator(cluster, transactionalId, action, (broker) =>
        cluster.call(broker, "control", request))
    if (answer.error !== code.none) throw new Refused(answer.error)
    return { producerId: answer.producerId, epoch: answer.epoch }
  })
}

/** Partitions become part of the transaction. */
export async function join(
  cluster: Cluster,
  transactionalId: string,
  producer: ProducerIdentity,
  partitions: ReadonlyArray<{ readonly topic: string; readonly partition: number }>
): Promise<void> {
  const action = `write in transaction "${transactionalId}"`
  await cluster.repeat(action, async () => {
    const request = addPartitions(transactionalId, producer, partitions)
    const errors = await atCoordinator(
      cluster,
      transactionalId,
      action,
      (broker) => cluster.call(broker, "control", request)
    )
    // one partition's error is told beside OPERATION_NOT_ATTEMPTED of the others
    const error = errors.find((one) => one !== code.none && one !== 55) ?? code.none
    if (isFenced(error) || error === code.invalidTransactionState) {
      throw new TransactionFenced({
        table: cluster.table,
        transactionalId,
        answer: nameOfCode(error)
      })
    }
    if (error !== code.none) throw new Refused(error)
  })
}

/**
 * Commit a prepared transaction by its saved ids; nothing else may have taken its name since. A lost answer is asked for again: committing
 * twice is once.
 */
export async function commit(cluster: Cluster, prepared: Committable): Promise<void> {
  const { transactionalId } = prepared
  const action = `commit transaction "${transactionalId}"`
  await cluster.repeat(action, async () => {
    const error = await atCoordinator(
      cluster,
      transactionalId,
      action,
      (broker) => cluster.call(broker, "control", endTransaction(transactionalId, prepared, true))
    )
    if (isFenced(error) || error === code.invalidTransactionState) {
      throw new TransactionLost({
        table: cluster.table,
        transactionalId,
        answer: nameOfCode(error)
      })
    }
    if (error !== code.none) throw new Refused(error)
  })
}

/**
 * Abort what earlier attempts left open under the prefix, as far as it is this subtask's: a subtask `s` of an attempt with more of them is
 * now that of `s mod parallelism`. All that a checkpoint holds must be committed before.
 */
export async function abortLingering(
  cluster: Cluster,
  prefix: string,
  subtask: number,
  parallelism: number,
  timeout: number
): Promise<number> {
  const open = await cluster.repeat("look for open transactions", async () => {
    await cluster.metadata([])
    const answers = await Promise.all(
      cluster.brokerIds().map((broker) =>
        cluster.call(broker, "control", listTransactions(["Ongoing"]))
      )
    )
    const error = answers.find((one) => one.error !== code.none)
    if (error !== undefined) throw new Refused(error.error)
    return answers.flatMap(({ ids }) => ids)
  })
  const mine = open.filter((id) => {
    const owner = subtaskOf(prefix, id)
    return owner !== undefined && owner % parallelism === subtask
  })
  for (const id of mine) await begin(cluster, id, timeout)
  return mine.length
}

async function atCoordinator<A>(
  cluster: Cluster,
  transactionalId: string,
  action: string,
  call: (broker: number) => Promise<A>
): Promise<A> {
  return await call(await cluster.transactionCoordinator(transactionalId, action))
}
