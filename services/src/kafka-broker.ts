/**
 * A Kafka broker of a test's own: in a folder and on ports of its own, so that it can be killed, stopped and restarted on the same data.
 * Uses the jars of the shared one. Ends with the process that started it.
 */
import { type ChildProcess, spawn } from "node:child_process"
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { createConnection } from "node:net"
import { tmpdir } from "node:os"
import { setTimeout as sleep } from "node:timers/promises"
import { folder } from "./folder.ts"
import { jars } from "./maven.ts"
import { port, until } from "./server.ts"
import { needs, shell } from "./shell.ts"

/** The version of the broker. */
export const kafkaVersion = "4.4.0"

const clusterId = "bWlsbHJhY2Uta2Fma2EtMQ"
const startMillis = 120_000

/** Listeners beside the plain one, and settings over those that every test broker has. */
export interface BrokerOptions {
  /** Adds listeners SASL_PLAINTEXT and, with a certificate, SSL and SASL_SSL. PEM files. */
  readonly security?: {
    readonly certificate: string
    readonly key: string
    /** User name to password, for PLAIN and SCRAM. */
    readonly users: Readonly<Record<string, string>>
  }
  readonly settings?: Readonly<Record<string, string>>
  /** What clients are told to connect to, when a proxy stands before the broker: `127.0.0.1:port`. */
  readonly advertisedPort?: number
}

/** A broker in a temporary folder. */
export interface KafkaBroker {
  /** `127.0.0.1:port` of the plain listener. */
  readonly address: string
  /** Of PLAINTEXT, DIRECT (plain too, and never behind a proxy), and when they were asked for SASL_PLAINTEXT, SSL, SASL_SSL. */
  readonly addresses: Readonly<Record<string, string>>
  readonly pid: number
  /** Send a signal to its process. */
  kill(signal: NodeJS.Signals): void
  /** Start it again on its data; it must have ended. */
  restart(): Promise<void>
  /** Resolves when its process has ended. */
  ended(): Promise<void>
  /** End it and remove its folder. */
  close(): Promise<void>
}

/** Start a broker of one's own. Rejects with MissingPrerequisite without Java or Maven. */
export async function startBroker(options: BrokerOptions = {}): Promise<KafkaBroker> {
  needs("java", "mvn")
  const shared = folder("kafka")
  const libs = `${shared}/libs-${kafkaVersion}`
  jars(libs, [
    `org.apache.kafka:kafka_2.13:${kafkaVersion}`,
    "org.apache.logging.log4j:log4j-slf4j-impl:2.25.3"
  ])
  const home = mkdtempSync(`${tmpdir()}/millrace-kafka-`)
  const names = [
    "PLAINTEXT",
    "DIRECT",
    ...options.security === undefined ? [] : ["SASL_PLAINTEXT", "SSL", "SASL_SSL"]
  ]
  const ports = new Map<string, number>()
  for (const name of [...names, "CONTROLLER"]) ports.set(name, await port(0))
  writeFileSync(`${home}/server.properties`, properties(home, ports, options))
  writeFileSync(`${home}/log4j2.yaml`, logging)
  format(home, shared, libs, options)
  const broker = new Process(home, libs, ports.get("PLAINTEXT")!)
  await broker.restart()
  const addresses = Object.fromEntries(
    names.map((name) => [name, `127.0.0.1:${ports.get(name)!}`])
  )
  return Object.assign(broker, { address: addresses["PLAINTEXT"]!, addresses })
}

/** Formatting takes a JVM's start, so an empty log directory is made once and copied. SCRAM users stand in it, so they make their own. */
function format(home: string, shared: string, libs: string, options: BrokerOptions): void {
  const users = Object.entries(options.security?.users ?? {})
  const template = `${shared}/empty-${kafkaVersion}`
  if (users.length === 0 && existsSync(template)) {
    cpSync(template, `${home}/data`, { recursive: true })
    return
  }
  const scram = users.flatMap(([name, password]) =>
    ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => [
      "--add-scram",
      `${mechanism}=[name=${name},password=${password}]`
    ])
  )
  const tool = ["-XX:TieredStopAtLevel=1", "-cp", `${libs}/*`, "kafka.tools.StorageTool", "format"]
  shell("java", [...tool, "-t", clusterId, "-c", `${home}/server.properties`, ...scram], home)
  if (users.length > 0) return
  const draft = `${template}.${process.pid}`
  cpSync(`${home}/data`, draft, { recursive: true })
  if (!existsSync(template)) renameSync(draft, template)
  else rmSync(draft, { recursive: true })
}

class Process {
  private readonly home: string
  private readonly libs: string
  private readonly port: number
  private child: ChildProcess | undefined = undefined
  private exited: Promise<void> = Promise.resolve()
  private running = false

  constructor(home: string, libs: string, port: number) {
    this.home = home
    this.libs = libs
    this.port = port
  }

  get pid(): number {
    return this.child!.pid!
  }

  kill(signal: NodeJS.Signals): void {
    // not ChildProcess.kill, of which Deno carries out only the first
    process.kill(this.pid, signal)
  }

  ended(): Promise<void> {
    return this.exited
  }

  async restart(): Promise<void> {
    const { home, libs } = this
    const path = `${home}/kafka.log`
    const log = openSync(path, "w")
    const child = spawn("java", [
      "-Xmx400m",
      "-Xms128m",
      "-XX:+UseSerialGC",
      "-XX:TieredStopAtLevel=1",
      `-Dlog4j2.configurationFile=file:${home}/log4j2.yaml`,
      "-cp",
      `${libs}/*`,
      "kafka.Kafka",
      `${home}/server.properties`
    ], { cwd: home, stdio: ["ignore", log, log] })
    this.child = child
    this.running = true
    const end = (): void => void process.kill(child.pid!, "SIGKILL")
    process.once("exit", end)
    this.exited = new Promise((resolve) => {
      child.once("exit", () => {
        process.removeListener("exit", end)
        this.running = false
        resolve()
      })
    })
    const started = (): boolean => readFileSync(path, "utf8").includes("Kafka Server started")
    await until(async () => started() && await answers(this.port), child, path, startMillis)
  }

  async close(): Promise<void> {
    if (this.running) this.kill("SIGKILL")
    await this.exited
    // a broker's files may be there for a moment after it
    for (let tries = 0;; tries++) {
      try {
        rmSync(this.home, { recursive: true, force: true })
        return
      } catch (error) {
        if (tries === 20) throw error
        await sleep(50)
      }
    }
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1")
    const done = (answer: boolean) => (): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once("connect", done(true))
    socket.once("error", done(false))
  })
}

function properties(
  home: string,
  ports: ReadonlyMap<string, number>,
  options: BrokerOptions
): string {
  const { security } = options
  const clients = [...ports.keys()].filter((name) => name !== "CONTROLLER")
  const listener = (name: string): string => `${name}://127.0.0.1:${ports.get(name)!}`
  mkdirSync(`${home}/data`, { recursive: true })
  rmSync(`${home}/data`, { recursive: true })
  const all: Record<string, string> = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.quorum.voters": `1@127.0.0.1:${ports.get("CONTROLLER")!}`,
    listeners: [...ports.keys()].map(listener).join(","),
    "advertised.listeners": clients.map((name) =>
      name === "PLAINTEXT" && options.advertisedPort !== undefined
        ? `PLAINTEXT://127.0.0.1:${options.advertisedPort}`
        : listener(name)
    ).join(","),
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "DIRECT",
    "listener.security.protocol.map":
      "PLAINTEXT:PLAINTEXT,DIRECT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL",
    "log.dirs": `${home}/data`,
    "num.partitions": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "2",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "2",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "transaction.max.timeout.ms": "3600000",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
    "log.cleaner.enable": "false",
    "num.network.threads": "2",
    "num.io.threads": "2",
    "background.threads": "2",
    ...(security === undefined ? {} : secured(security)),
    ...options.settings
  }
  return Object.entries(all).map(([key, value]) => `${key}=${value}\n`).join("")
}

function secured(security: NonNullable<BrokerOptions["security"]>): Record<string, string> {
  const users = Object.entries(security.users)
    .map(([name, password]) => `user_${name}="${password}"`).join(" ")
  const plain = `org.apache.kafka.common.security.plain.PlainLoginModule required ${users};`
  const scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
  const settings: Record<string, string> = {
    "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
    "ssl.keystore.type": "PEM",
    "ssl.keystore.certificate.chain": oneLine(security.certificate),
    "ssl.keystore.key": oneLine(security.key)
  }
  for (const listener of ["sasl_plaintext", "sasl_ssl"]) {
    const prefix = `listener.name.${listener}`
    settings[`${prefix}.plain.sasl.jaas.config`] = plain
    settings[`${prefix}.scram-sha-256.sasl.jaas.config`] = scram
    settings[`${prefix}.scram-sha-512.sasl.jaas.config`] = scram
  }
  return settings
}

function oneLine(pem: string): string {
  return pem.trim().replaceAll("\n", "\\n")
}

const logging = `Configuration:
  Appenders:
    Console:
      name: STDOUT
      PatternLayout: {pattern: "[%d] %p %m (%c)%n"}
  Loggers:
    Root:
      level: WARN
      AppenderRef: [{ref: STDOUT}]
    Logger:
      - {name: kafka.server.KafkaRaftServer, level: INFO}
`
