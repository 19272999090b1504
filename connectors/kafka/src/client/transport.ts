/**
 * The client port: who opens connections to brokers. A client library brings the sockets, TLS and SASL and carries requests and responses
 * as bytes; what the bytes say is the same code for every client, so that two clients cannot differ in what they guarantee.
 *
 * **Law 1** `request` answers with the bytes after the response's correlation id (after its tagged fields too when `flexible`), or rejects.
 * **Law 2** after a rejection nobody knows whether the broker has acted; the caller closes the connection and asks again.
 * **Law 3** requests of one connection are answered in their order.
 */
import { alarm } from "./timer.ts"

/** One authenticated connection. */
export interface KafkaConnection {
  request(
    apiKey: number,
    version: number,
    flexible: boolean,
    body: Uint8Array,
    timeoutMillis: number
  ): Promise<Uint8Array>
  /** True from the moment at which requests can only fail. */
  readonly closed: boolean
  close(): void
}

/** Opens connections. A user may hand in his own: see `Kafka.withClient`. */
export interface KafkaTransport {
  /** What it is, for messages: `platformatic`, `kafkajs`. */
  readonly name: string
  /** Connect and authenticate within `timeoutMillis`. */
  connect(host: string, port: number, timeoutMillis: number): Promise<KafkaConnection>
  /** Release what connections share. */
  close(): void
}

/** Credentials. */
export interface SaslSettings {
  readonly mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512"
  readonly username: string
  readonly password: string
}

/** TLS as the runtime's own client takes it. PEM texts. */
export interface TlsSettings {
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
  readonly passphrase: string | undefined
  /** False: the certificate's name is not compared with the host's. */
  readonly checkName: boolean
}

/** What a transport is made from. */
export interface TransportSettings {
  readonly clientId: string
  readonly tls: TlsSettings | undefined
  readonly sasl: SaslSettings | undefined
}

/** The options of `tls.connect` that the settings mean. */
export function tlsOptions(tls: TlsSettings): Record<string, unknown> {
  return {
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(tls.passphrase === undefined ? {} : { passphrase: tls.passphrase }),
    ...(tls.checkName ? {} : { checkServerIdentity: () => undefined })
  }
}

/** Reject when `promise` takes longer. */
export function within<A>(promise: Promise<A>, timeoutMillis: number, what: string): Promise<A> {
  return new Promise((resolve, reject) => {
    const cancel = alarm(
      timeoutMillis,
      () => reject(new Error(`${what} was not answered within ${timeoutMillis} ms`))
    )
    promise.then((value) => {
      cancel()
      resolve(value)
    }, (error) => {
      cancel()
      reject(error)
    })
  })
}

/** Requests of one connection that are waited for: when it is closed nobody waits on, whatever the library does. */
export class Waiting {
  private readonly rejects = new Set<(error: Error) => void>()

  /** The answer, or a rejection when it takes longer or the connection is closed. */
  async for<A>(answer: Promise<A>, timeoutMillis: number): Promise<A> {
    const { promise: closed, reject } = Promise.withResolvers<never>()
    this.rejects.add(reject)
    try {
      return await within(Promise.race([answer, closed]), timeoutMillis, "The request")
    } finally {
      this.rejects.delete(reject)
    }
  }

  /** The connection is closed. */
  end(): void {
    for (const reject of this.rejects) reject(new Error("the connection was closed"))
  }
}
