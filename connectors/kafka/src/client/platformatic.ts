/** The default transport: connections of `@platformatic/kafka`. */
import type { Connection } from "@platformatic/kafka"
import {
  type KafkaConnection,
  type KafkaTransport,
  tlsOptions,
  type TransportSettings,
  Waiting,
  within
} from "./transport.ts"

/** Long polls are ended by our own clock; the library's is only behind it. */
const libraryTimeoutMillis = 600_000

/** Make the transport. Loads the library. */
export async function platformatic(settings: TransportSettings): Promise<KafkaTransport> {
  const library = await import("@platformatic/kafka")
  const { clientId, tls, sasl } = settings
  return {
    name: "platformatic",
    connect: async (host, port, timeoutMillis) => {
      const connection = new library.Connection(clientId, {
        connectTimeout: timeoutMillis,
        requestTimeout: libraryTimeoutMillis,
        maxInflights: 16,
        ...(tls === undefined ? {} : { tls: tlsOptions(tls), tlsServerName: !isAddress(host) }),
        ...(sasl === undefined ? {} : { sasl })
      })
      // without a listener an error of a socket would end the process
      connection.on("error", () => {})
      try {
        await within(
          Promise.resolve(connection.connect(host, port)),
          timeoutMillis,
          "The connection"
        )
      } catch (error) {
        void Promise.resolve(connection.close()).catch(() => {})
        throw error
      }
      return new PlatformaticConnection(connection, library.Writer)
    },
    close: () => {}
  }
}

/** TLS has no server names that are addresses. */
function isAddress(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.includes(":")
}

type WriterClass = typeof import("@platformatic/kafka").Writer

/** See the head of this file. */
export class PlatformaticConnection implements KafkaConnection {
  private readonly connection: Connection
  private readonly writer: WriterClass
  private readonly waiting = new Waiting()
  closed = false

  constructor(connection: Connection, writer: WriterClass) {
    this.connection = connection
    this.writer = writer
    connection.on("close", () => {
      this.closed = true
    })
    connection.on("error", () => {
      this.closed = true
    })
  }

  request(
    apiKey: number,
    version: number,
    flexible: boolean,
    body: Uint8Array,
    timeoutMillis: number
  ): Promise<Uint8Array> {
    const answer = new Promise<Uint8Array>((resolve, reject) => {
      this.connection.send<Uint8Array>(
        apiKey,
        version,
        () => this.writer.create().append(Buffer.from(body.buffer, body.byteOffset, body.length)),
        (_correlation, _key, _version, reader) => reader.buffer.buffer,
        flexible,
        flexible,
        (error, response) => error ? reject(error) : resolve(response as Uint8Array)
      )
    })
    return this.waiting.for(answer, timeoutMillis)
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    this.waiting.end()
    void Promise.resolve(this.connection.close()).catch(() => {})
  }
}
