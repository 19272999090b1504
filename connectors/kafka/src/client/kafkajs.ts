/**
 * The second transport: connections of kafkajs, for those who run it. The library has no maintainer since 2023 and no public way to a
 * connection, so the version is pinned and its connection pool is taken from the cluster that it makes for its own clients.
 */
import {
  type KafkaConnection,
  type KafkaTransport,
  tlsOptions,
  type TransportSettings,
  Waiting,
  within
} from "./transport.ts"

/** What is used of the library's insides. */
interface Pool {
  send(call: object): Promise<Uint8Array>
  destroy(): Promise<void>
  isConnected(): boolean
  readonly pool: ReadonlyArray<{
    readonly socket?: { destroy(): void }
    readonly requestQueue: { rejectAll(error: Error): void; destroy(): void }
  }>
}

/** Its own way waits for answers that may never come. */
function destroy(pool: Pool): void {
  for (const { socket, requestQueue } of pool.pool) {
    socket?.destroy()
    requestQueue.rejectAll(new Error("the connection was closed"))
    requestQueue.destroy()
  }
  void pool.destroy().catch(() => {})
}

interface Inside {
  readonly connectionPoolBuilder: { build(at: { host: string; port: number }): Promise<Pool> }
  readonly rootLogger: unknown
}

interface Library {
  readonly Kafka: new (options: object) => object
}

interface Broker {
  connect(): Promise<void>
}

/** Make the transport from settings. Loads the library. */
export async function kafkajs(settings: TransportSettings): Promise<KafkaTransport> {
  const library = (await import("kafkajs")).default as unknown as Library
  const { clientId, tls, sasl } = settings
  const kafka = new library.Kafka({
    clientId,
    brokers: ["127.0.0.1:1"],
    logLevel: 0,
    connectionTimeout: 3000,
    authenticationTimeout: 3000,
    requestTimeout: 30_000,
    enforceRequestTimeout: false,
    retry: { retries: 0 },
    ...(tls === undefined ? {} : { ssl: tlsOptions(tls) }),
    ...(sasl === undefined ? {} : {
      sasl: {
        mechanism: sasl.mechanism.toLowerCase(),
        username: sasl.username,
        password: sasl.password
      }
    })
  })
  return await ofKafkaJs(kafka)
}

/** A module of the library's insides; it has no types. */
async function inside<A>(path: string): Promise<A> {
  const module: { readonly default: A } = await import(`kafkajs/src/${path}`)
  return module.default
}

/** The transport of a configured `Kafka` of kafkajs: its TLS, SASL and sockets are used, its list of brokers is not. */
export async function ofKafkaJs(kafka: object): Promise<KafkaTransport> {
  const make = Object.getOwnPropertySymbols(kafka).find((one) =>
    String(one).includes("createCluster")
  )
  if (make === undefined) {
    throw new TypeError("Expected an instance of Kafka of kafkajs 2.2.4")
  }
  const cluster = (kafka as Record<symbol, (options: object) => Inside>)[make]!({
    metadataMaxAge: 300_000
  })
  const Broker = await inside<new (options: object) => Broker>("broker/index.js")
  const Encoder = await inside<Encoder>("protocol/encoder.js")
  return {
    name: "kafkajs",
    connect: async (host, port, timeoutMillis) => {
      const connectionPool = await cluster.connectionPoolBuilder.build({ host, port })
      const broker = new Broker({ connectionPool, logger: cluster.rootLogger })
      try {
        await within(broker.connect(), timeoutMillis, "The connection")
      } catch (error) {
        destroy(connectionPool)
        throw error
      }
      return new KafkaJsConnection(connectionPool, Encoder)
    },
    close: () => {}
  }
}

type Encoder = new () => { writeBufferInternal(bytes: Uint8Array): void }

class KafkaJsConnection implements KafkaConnection {
  private readonly pool: Pool
  private readonly encoder: Encoder
  private readonly waiting = new Waiting()
  private ended = false

  constructor(pool: Pool, encoder: Encoder) {
    this.pool = pool
    this.encoder = encoder
  }

  get closed(): boolean {
    return this.ended || !this.pool.isConnected()
  }

  request(
    apiKey: number,
    version: number,
    flexible: boolean,
    body: Uint8Array,
    timeoutMillis: number
  ): Promise<Uint8Array> {
    // kafkajs writes headers without tagged fields: an empty list of them is one zero byte before the body
    const payload = flexible ? Buffer.concat([Buffer.of(0), body]) : Buffer.from(body)
    const answer = this.pool.send({
      request: {
        apiKey,
        apiVersion: version,
        apiName: `api ${apiKey}`,
        encode: () => {
          const encoder = new this.encoder()
          encoder.writeBufferInternal(payload)
          return Promise.resolve(encoder)
        }
      },
      response: {
        decode: (raw: Uint8Array) => Promise.resolve(raw),
        parse: (raw: Uint8Array) => Promise.resolve(flexible ? raw.subarray(1) : raw)
      },
      logResponseError: false
    })
    return this.waiting.for(answer, timeoutMillis)
  }

  close(): void {
    if (this.ended) return
    this.ended = true
    this.waiting.end()
    destroy(this.pool)
  }
}
