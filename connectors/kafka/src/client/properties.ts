/**
 * `properties.*` of a table: Kafka's own client settings under their Java names, as Flink passes them on. Those that mean something here
 * are read into typed settings; every other one is refused by name, so that none is silently without effect.
 */
import { nearest } from "@millrace/core/internal"
import type { TlsSettings, TransportSettings } from "./transport.ts"

/** Compression codecs by name. */
export const compressions = ["none", "gzip", "snappy", "lz4", "zstd"] as const

/** One of {@link compressions}. */
export type Compression = typeof compressions[number]

/** The settings of a table's client. Units as named; sizes in bytes. */
export interface ClientSettings {
  readonly bootstrap: ReadonlyArray<{ readonly host: string; readonly port: number }>
  readonly transport: TransportSettings
  readonly groupId: string | undefined
  readonly requestTimeoutMillis: number
  readonly deliveryTimeoutMillis: number
  readonly retryBackoffMillis: number
  readonly metadataMaxAgeMillis: number
  readonly committedOnly: boolean
  readonly offsetReset: "earliest" | "latest" | "none"
  readonly fetchWaitMillis: number
  readonly fetchBytesMin: number
  readonly fetchBytesMax: number
  readonly partitionBytesMax: number
  readonly checkCrcs: boolean
  readonly acks: -1 | 1
  readonly idempotent: boolean
  readonly lingerMillis: number
  readonly batchBytes: number
  readonly requestBytesMax: number
  readonly bufferBytes: number
  readonly compression: Compression
  /** Undefined: an hour, or what the broker allows when that is less. */
  readonly transactionTimeoutMillis: number | undefined
  readonly commitOnCheckpoint: boolean
  readonly allowTopicCreation: boolean
}

/** Names of the properties that are read, with what they are for; a row of the docs each. */
export const known: Readonly<Record<string, string>> = {
  "bootstrap.servers": "Brokers to begin with, `host:port` separated by commas. Required.",
  "group.id":
    "Consumer group: where `group-offsets` starts, and where offsets are committed for monitoring.",
  "client.id": "Name told to the brokers; default `millrace`.",
  "client.id.prefix": "As `client.id`, Flink's name for it.",
  "security.protocol": "`PLAINTEXT` (default), `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`.",
  "sasl.mechanism": "`PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`.",
  "sasl.jaas.config": 'Login module with `username="…" password="…"`.',
  "ssl.truststore.type": "`PEM`; Java's stores cannot be read.",
  "ssl.truststore.location": "File of trusted certificates, PEM.",
  "ssl.truststore.certificates": "Trusted certificates, PEM text.",
  "ssl.keystore.type": "`PEM`.",
  "ssl.keystore.location": "File with the client's key and certificates, PEM.",
  "ssl.keystore.certificate.chain": "The client's certificates, PEM text.",
  "ssl.keystore.key": "The client's key, PEM text.",
  "ssl.key.password": "Password of the client's key.",
  "ssl.endpoint.identification.algorithm":
    "Empty: the broker's name is not compared with its certificate.",
  "request.timeout.ms": "How long one request may take; default 30000.",
  "delivery.timeout.ms":
    "How long a written row, or a request that is repeated, may take in all; default 120000.",
  "retry.backoff.ms": "Pause before a request is repeated; default 100.",
  "metadata.max.age.ms": "Leaders are asked for again after this; default 300000.",
  "isolation.level": "`read_uncommitted` (default) or `read_committed`.",
  "auto.offset.reset":
    "Where to read when there is no committed offset: `latest`, `earliest`, `none` (default): an error.",
  "fetch.max.wait.ms": "How long a broker waits for records; default 500.",
  "fetch.min.bytes": "What a broker waits for; default 1.",
  "fetch.max.bytes": "Most bytes of one fetch; default 52428800.",
  "max.partition.fetch.bytes": "Most bytes of one partition in a fetch; default 1048576.",
  "check.crcs": "Whether record batches that are read are checked; default true.",
  "acks": "`all` (default) or `1`.",
  "enable.idempotence": "Whether repeated requests are recognised by the broker; default true.",
  "linger.ms": "How long a batch that is not full waits for rows; default 5.",
  "batch.size": "Bytes of a batch for one partition; default 262144.",
  "max.request.size": "Most bytes of one batch, and of one row; default 1048576.",
  "buffer.memory": "Bytes that wait to be sent before the sink takes no more; default 33554432.",
  "compression.type": "`none` (default), `gzip`, `snappy`, `lz4`, `zstd`.",
  "transaction.timeout.ms":
    "How long a transaction may be open; default an hour, or what the broker allows if less.",
  "partition.discovery.interval.ms": "As `scan.topic-partition-discovery.interval`.",
  "commit.offsets.on.checkpoint":
    "Whether offsets are committed for the group at checkpoints; default true.",
  "allow.auto.create.topics":
    "Whether a topic that is not there may be created by reading or writing it; default: writing only."
}

/** A property that cannot be used, as a sentence. */
export type Complaint = (sentence: string) => void

/** What the table's text says about files: read when the client is made, as making a source touches nothing outside. */
export type ReadFile = (path: string) => string

/** Read the properties; complaints are collected, what is wrong has its default. */
export function readProperties(
  given: Readonly<Record<string, string>>,
  complain: Complaint
): ClientSettings {
  for (const key of Object.keys(given)) {
    if (known[key] === undefined) {
      const near = nearest(key, Object.keys(known))
      const hint = near === undefined
        ? `Known are ${Object.keys(known).join(", ")}`
        : `Did you mean 'properties.${near}'?`
      complain(`Option 'properties.${key}' is not known here. ${hint}`)
    }
  }
  const reader = new Reader(given, complain)
  reader.number("partition.discovery.interval.ms", 0, 0)
  const acks = reader.one("acks", ["all", "-1", "1"], "all")
  return {
    bootstrap: servers(given["bootstrap.servers"], complain),
    transport: {
      clientId: given["client.id"] ?? given["client.id.prefix"] ?? "millrace",
      tls: tlsOf(reader, given, complain),
      sasl: saslOf(reader, given, complain)
    },
    groupId: given["group.id"],
    requestTimeoutMillis: reader.number("request.timeout.ms", 30_000, 1),
    deliveryTimeoutMillis: reader.number("delivery.timeout.ms", 120_000, 1),
    retryBackoffMillis: reader.number("retry.backoff.ms", 100, 1),
    metadataMaxAgeMillis: reader.number("metadata.max.age.ms", 300_000, 1),
    committedOnly:
      reader.one("isolation.level", ["read_uncommitted", "read_committed"], "read_uncommitted") ===
        "read_committed",
    offsetReset: reader.one("auto.offset.reset", ["earliest", "latest", "none"], "none") as
      | "earliest"
      | "latest"
      | "none",
    fetchWaitMillis: reader.number("fetch.max.wait.ms", 500, 0),
    fetchBytesMin: reader.number("fetch.min.bytes", 1, 0),
    fetchBytesMax: reader.number("fetch.max.bytes", 52_428_800, 1),
    partitionBytesMax: reader.number("max.partition.fetch.bytes", 1_048_576, 1),
    checkCrcs: reader.boolean("check.crcs", true),
    acks: acks === "1" ? 1 : -1,
    idempotent: reader.boolean("enable.idempotence", true) && acks !== "1",
    lingerMillis: reader.number("linger.ms", 5, 0),
    batchBytes: reader.number("batch.size", 262_144, 0),
    requestBytesMax: reader.number("max.request.size", 1_048_576, 1024),
    bufferBytes: reader.number("buffer.memory", 33_554_432, 1024),
    compression: reader.one("compression.type", compressions, "none") as Compression,
    transactionTimeoutMillis: given["transaction.timeout.ms"] === undefined
      ? undefined
      : reader.number("transaction.timeout.ms", 3_600_000, 1),
    commitOnCheckpoint: reader.boolean("commit.offsets.on.checkpoint", true),
    allowTopicCreation: reader.boolean("allow.auto.create.topics", false)
  }
}

class Reader {
  private readonly given: Readonly<Record<string, string>>
  private readonly complain: Complaint

  constructor(given: Readonly<Record<string, string>>, complain: Complaint) {
    this.given = given
    this.complain = complain
  }

  number(key: string, otherwise: number, least: number): number {
    const text = this.given[key]
    if (text === undefined) return otherwise
    const value = /^\d+$/.test(text.trim()) ? Number(text) : NaN
    if (value >= least && value <= 2 ** 31 - 1) return value
    this.complain(
      `Option 'properties.${key}' is '${text}', wanted a whole number of at least ${least}`
    )
    return otherwise
  }

  boolean(key: string, otherwise: boolean): boolean {
    return this.one(key, ["true", "false"], String(otherwise)) === "true"
  }

  one(key: string, values: ReadonlyArray<string>, otherwise: string): string {
    const text = this.given[key]
    if (text === undefined) return otherwise
    const found = values.find((value) => value === text.trim().toLowerCase())
    if (found !== undefined) return found
    this.complain(
      `Option 'properties.${key}' is '${text}', wanted one of ${
        values.map((v) => `'${v}'`).join(", ")
      }`
    )
    return otherwise
  }
}

function servers(text: string | undefined, complain: Complaint): ClientSettings["bootstrap"] {
  const parts = (text ?? "").split(",").map((part) => part.trim()).filter((part) => part !== "")
  if (parts.length === 0) {
    complain("Option 'properties.bootstrap.servers' is missing: give brokers as host:port")
  }
  return parts.flatMap((part) => {
    const match = /^(?:[A-Z_]+:\/\/)?(\[[^\]]+\]|[^:]+):(\d+)$/.exec(part)
    if (match === null || Number(match[2]) > 65535) {
      complain(`Option 'properties.bootstrap.servers' has '${part}', wanted host:port`)
      return []
    }
    return [{ host: match[1]!.replace(/^\[|\]$/g, ""), port: Number(match[2]) }]
  })
}

function protocolOf(reader: Reader): string {
  return reader.one(
    "security.protocol",
    ["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"],
    "plaintext"
  )
}

function tlsOf(
  reader: Reader,
  given: Readonly<Record<string, string>>,
  complain: Complaint
): TlsSettings | undefined {
  for (const key of ["ssl.truststore.type", "ssl.keystore.type"]) {
    if (given[key] !== undefined && given[key].toUpperCase() !== "PEM") {
      complain(`Option 'properties.${key}' is '${given[key]}', and only PEM can be read here`)
    }
  }
  if (!protocolOf(reader).endsWith("ssl")) return undefined
  const store = given["ssl.keystore.location"]
  return {
    ca: given["ssl.truststore.certificates"] ?? fileReference(given["ssl.truststore.location"]),
    cert: given["ssl.keystore.certificate.chain"] ?? fileReference(store),
    key: given["ssl.keystore.key"] ?? fileReference(store),
    passphrase: given["ssl.key.password"],
    checkName: given["ssl.endpoint.identification.algorithm"] !== ""
  }
}

const filePrefix = "file:"

function fileReference(path: string | undefined): string | undefined {
  return path === undefined ? undefined : filePrefix + path
}

/** The settings with the texts of the files that they name. */
export function withFiles(settings: TransportSettings, read: ReadFile): TransportSettings {
  const { tls } = settings
  if (tls === undefined) return settings
  const text = (value: string | undefined): string | undefined =>
    value?.startsWith(filePrefix) === true ? read(value.slice(filePrefix.length)) : value
  return {
    ...settings,
    tls: { ...tls, ca: text(tls.ca), cert: text(tls.cert), key: text(tls.key) }
  }
}

function saslOf(
  reader: Reader,
  given: Readonly<Record<string, string>>,
  complain: Complaint
): TransportSettings["sasl"] {
  if (!protocolOf(reader).startsWith("sasl")) return undefined
  const mechanisms = ["plain", "scram-sha-256", "scram-sha-512"]
  const mechanism = reader.one("sasl.mechanism", mechanisms, "").toUpperCase()
  if (given["sasl.mechanism"] === undefined) {
    complain(
      "Option 'properties.sasl.mechanism' is missing: give PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"
    )
  }
  const jaas = given["sasl.jaas.config"] ?? ""
  const username = jaasValue(jaas, "username")
  const password = jaasValue(jaas, "password")
  if (username === undefined || password === undefined) {
    complain(
      'Option \'properties.sasl.jaas.config\' must give a login module with username="…" password="…";'
    )
  }
  return {
    mechanism: mechanism as "PLAIN",
    username: username ?? "",
    password: password ?? ""
  }
}

function jaasValue(jaas: string, name: string): string | undefined {
  const match = new RegExp(`\\b${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|'([^']*)'|([^\\s;]+))`)
    .exec(jaas)
  return match?.[1]?.replace(/\\(.)/g, "$1") ?? match?.[2] ?? match?.[3]
}
