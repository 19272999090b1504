/**
 * A cluster as one job part sees it: connections by broker and use, who leads which partition, and calls that are repeated while it makes
 * sense. Connections are opened on first use and dropped after any failure, since nobody knows then what the broker has done.
 */
import { type AnyFault, isFault } from "@millrace/core/internal"
import { KafkaFault, KafkaUserFault } from "../fault.ts"
import type { Call } from "../protocol/call.ts"
import { code, isTransient, nameOfCode } from "../protocol/error-code.ts"
import { type ClusterMetadata, metadata, type TopicMetadata } from "../protocol/metadata.ts"
import { ResponseReader } from "../protocol/response-reader.ts"
import { CoordinatorKind, findCoordinator } from "../protocol/transactions.ts"
import type { ClientSettings } from "./properties.ts"
import { alarm } from "./timer.ts"
import type { KafkaConnection, KafkaTransport } from "./transport.ts"

/** How long connecting may take: a wrong address is told well within five seconds. */
const connectMillis = 3000

/** Where a partition's leader is. */
export interface Leader {
  readonly broker: number
  readonly leaderEpoch: number
}

/** What a cluster is made for. */
export interface ClusterOptions {
  readonly table: string
  readonly settings: ClientSettings
  readonly transport: () => Promise<KafkaTransport>
}

/** Which connection a call takes: long polls must not hold up others. */
export type Lane = "control" | "fetch" | "produce"

/** A request that failed on its way: nobody knows whether the broker has acted. */
export class RequestFailed extends Error {}

/** See the head of this file. */
export class Cluster {
  readonly table: string
  readonly settings: ClientSettings
  private readonly makeTransport: () => Promise<KafkaTransport>
  private transport: Promise<KafkaTransport> | undefined = undefined
  private readonly connections = new Map<string, Promise<KafkaConnection>>()
  private readonly brokers = new Map<number, { readonly host: string; readonly port: number }>()
  private readonly topics = new Map<string, TopicMetadata>()
  private next = 0
  private readonly coordinators = new Map<string, number>()
  /** Who is waiting for something that ends when the cluster is closed. */
  private readonly waiters = new Set<(error: Error) => void>()
  closed = false

  constructor(options: ClusterOptions) {
    this.table = options.table
    this.settings = options.settings
    this.makeTransport = options.transport
  }

  /** One call to one broker, once. Rejects with {@link RequestFailed}. */
  async call<A>(
    broker: number,
    lane: Lane,
    request: Call<A>,
    timeoutMillis: number = this.settings.requestTimeoutMillis
  ): Promise<A> {
    const key = `${broker} ${lane}`
    return await this.on(key, () => this.connectTo(broker), request, timeoutMillis)
  }

  /** A call that any broker answers: those known, else those given at the start. */
  async callAny<A>(request: Call<A>): Promise<A> {
    const places = [
      ...[...this.brokers.keys()].map((id) => ({
        key: `${id} control`,
        connect: () => this.connectTo(id)
      })),
      ...this.settings.bootstrap.map(({ host, port }) => ({
        key: `${host}:${port}`,
        connect: () => this.connect(host, port)
      }))
    ]
    let failure: unknown
    for (let i = 0; i < places.length; i++) {
      const { key, connect } = places[(this.next + i) % places.length]!
      try {
        return await this.on(
          key,
          connect,
          request,
          Math.min(this.settings.requestTimeoutMillis, 10_000)
        )
      } catch (error) {
        failure = error
        if (this.closed) break
      }
    }
    this.next++
    throw failure
  }

  /** Fresh metadata of `topics`, or of all. */
  async metadata(
    topics: ReadonlyArray<string> | undefined,
    create = false
  ): Promise<ClusterMetadata> {
    const answer = await this.callAny(metadata(topics, create))
    this.brokers.clear()
    for (const { id, host, port } of answer.brokers) this.brokers.set(id, { host, port })
    for (const topic of answer.topics) {
      if (topic.error === code.none) this.topics.set(topic.name, topic)
      else this.topics.delete(topic.name)
    }
    return answer
  }

  /** Ids of the brokers known. */
  brokerIds(): ReadonlyArray<number> {
    return [...this.brokers.keys()]
  }

  /** How many partitions a topic had when it was last looked at; undefined: not looked at. */
  partitionCount(topic: string): number | undefined {
    return this.topics.get(topic)?.partitions.length
  }

  /** The leader of a partition as known; undefined: unknown or none now. */
  leader(topic: string, partition: number): Leader | undefined {
    const found = this.topics.get(topic)?.partitions.find((one) => one.partition === partition)
    return found === undefined || found.leader < 0
      ? undefined
      : { broker: found.leader, leaderEpoch: found.leaderEpoch }
  }

  /** Who coordinates a group or transactional id; repeated while it is being found. */
  async coordinator(
    key: string,
    kind: keyof typeof CoordinatorKind,
    action: string
  ): Promise<number> {
    return await this.repeat(action, async () => {
      const found = await this.callAny(findCoordinator(key, CoordinatorKind[kind]))
      if (found.error !== code.none) throw new Refused(found.error)
      this.brokers.set(found.id, { host: found.host, port: found.port })
      return found.id
    })
  }

  /** The coordinator of a transactional id, remembered until a call that it was found for is tried again. */
  async transactionCoordinator(id: string, action: string): Promise<number> {
    const known = this.coordinators.get(id)
    if (known !== undefined) return known
    const found = await this.coordinator(id, "transaction", action)
    this.coordinators.set(id, found)
    return found
  }

  /**
   * Do `once` until it gives a value. A {@link Refused} with a transient code and a request that failed on its way are tried again after
   * a pause, for at most the delivery timeout; everything else, and what lasts longer, is a fault.
   */
  async repeat<A>(
    action: string,
    once: () => Promise<A>,
    limitMillis: number = this.settings.deliveryTimeoutMillis
  ): Promise<A> {
    const until = performance.now() + limitMillis
    for (let tries = 0;; tries++) {
      try {
        return await once()
      } catch (error) {
        // whoever was asked may have moved
        this.coordinators.clear()
        const again = error instanceof RequestFailed ||
          (error instanceof Refused && isTransient(error.code))
        if (!again || this.closed || performance.now() > until) throw this.faultOf(action, error)
        const busy = error instanceof Refused && error.code === code.concurrentTransactions
        await this.pause(
          busy ? 10 : Math.min(1000, this.settings.retryBackoffMillis * 2 ** Math.min(tries, 4))
        )
      }
    }
  }

  /** What a failure is in words for the user. */
  faultOf(action: string, error: unknown): AnyFault {
    const { table } = this
    if (isFault(error)) return error
    if (error instanceof Refused) {
      const detail = `the broker answers ${nameOfCode(error.code)}${error.hint}`
      return isTransient(error.code)
        ? new KafkaFault({ table, action, detail })
        : new KafkaUserFault({ table, action, detail })
    }
    const detail = error instanceof Error ? error.message : String(error)
    if (isCredentialError(error)) {
      return new KafkaUserFault({
        table,
        action,
        detail:
          "the broker refuses the credentials; check 'properties.sasl.jaas.config' and 'properties.sasl.mechanism'"
      })
    }
    return new KafkaFault({ table, action, detail, cause: error })
  }

  /** Wait, or reject at once when the cluster is closed. */
  async pause(millis: number): Promise<void> {
    let cancel = (): void => {}
    const rung = new Promise<void>((resolve) => {
      cancel = alarm(millis, resolve)
    })
    try {
      await this.unlessClosed(rung)
    } finally {
      cancel()
    }
  }

  /** Close all connections; calls under way reject. */
  close(): void {
    if (this.closed) return
    this.closed = true
    for (const waiter of this.waiters) waiter(new RequestFailed("the client was closed"))
    for (const connection of this.connections.values()) {
      connection.then((open) => open.close(), () => {})
    }
    this.connections.clear()
    this.transport?.then((transport) => transport.close(), () => {})
  }

  private async on<A>(
    key: string,
    connect: () => Promise<KafkaConnection>,
    request: Call<A>,
    timeoutMillis: number
  ): Promise<A> {
    if (this.closed) throw new RequestFailed("the client was closed")
    const opening = this.connections.get(key) ?? connect()
    this.connections.set(key, opening)
    let connection: KafkaConnection | undefined
    try {
      connection = await this.unlessClosed(opening)
      if (connection.closed) {
        // It was closed while nobody used it, so nothing is lost: a fresh one is tried once.
        if (this.connections.get(key) === opening) this.connections.set(key, connect())
        connection = await this.unlessClosed(this.connections.get(key) ?? connect())
      }
      const { apiKey, version, flexible, body } = request
      const sent = connection.request(apiKey, version, flexible, body, timeoutMillis)
      return request.read(new ResponseReader(await this.unlessClosed(sent)))
    } catch (error) {
      const current = this.connections.get(key)
      this.connections.delete(key)
      connection?.close()
      current?.then((open) => open.close(), () => {})
      if (error instanceof RequestFailed || isCredentialError(error)) throw error
      const detail = `${request.name}: ${rootMessage(error)}`
      throw new RequestFailed(detail, { cause: error })
    }
  }

  private unlessClosed<A>(promise: Promise<A>): Promise<A> {
    return new Promise((resolve, reject) => {
      this.waiters.add(reject)
      promise.then((value) => {
        this.waiters.delete(reject)
        resolve(value)
      }, (error) => {
        this.waiters.delete(reject)
        reject(error)
      })
    })
  }

  private async connectTo(broker: number): Promise<KafkaConnection> {
    if (!this.brokers.has(broker)) await this.metadata([])
    const address = this.brokers.get(broker)
    if (address === undefined) {
      throw new RequestFailed(`broker ${broker} is not known to the cluster now`)
    }
    return await this.connect(address.host, address.port)
  }

  private async connect(host: string, port: number): Promise<KafkaConnection> {
    this.transport ??= this.makeTransport()
    const transport = await this.transport
    try {
      return await transport.connect(host, port, connectMillis)
    } catch (error) {
      if (isCredentialError(error)) throw error
      const isGiven = this.settings.bootstrap.some((one) => one.host === host && one.port === port)
      const remedy = isGiven
        ? "start it, or correct 'properties.bootstrap.servers'"
        : "the cluster gave this address: start the broker, or correct its advertised.listeners"
      throw new RequestFailed(
        `broker ${host}:${port} cannot be reached (${rootMessage(error)}); ${remedy}`,
        { cause: error }
      )
    }
  }
}

/** A broker answered with an error. `hint` is added to the message. */
export class Refused extends Error {
  readonly code: number
  readonly hint: string

  constructor(refusal: number, hint = "") {
    super(nameOfCode(refusal))
    this.code = refusal
    this.hint = hint
  }
}

/** Both libraries name the failure of a login; their classes are not imported, as only one is loaded. */
function isCredentialError(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause) {
    const { name } = one
    const text = `${name} ${one.constructor.name} ${(one as { code?: string }).code ?? ""}`
    if (/SASLAuthentication|AuthenticationError|PLT_KFK_AUTHENTICATION/i.test(text)) return true
  }
  return false
}

/** The message of the innermost cause: what the socket said. */
function rootMessage(error: unknown): string {
  let one = error
  for (;;) {
    if (one instanceof AggregateError && one.errors.length > 0) one = one.errors[0]
    else if (one instanceof Error && one.cause instanceof Error) one = one.cause
    else break
  }
  return one instanceof Error ? one.message || one.name : String(one)
}
