/** Apache Kafka 4.4: one node that is broker and controller, from its jars, on loopback. Needs Java 17 and Maven. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { folder } from "./folder.ts"
import { jars } from "./maven.ts"
import { launch, port, recall, remember, type Running, until } from "./server.ts"
import { needs, shell } from "./shell.ts"

const version = "4.4.0"

/** Start it, or give the one that runs. Data of an earlier start is kept unless `clean`. */
export async function start(options: { readonly clean?: boolean } = {}): Promise<Running> {
  const running = recall("kafka")
  if (running !== undefined) return running
  needs("java", "mvn")
  const home = folder("kafka")
  jars(`${home}/libs-${version}`, [
    `org.apache.kafka:kafka_2.13:${version}`,
    "org.apache.logging.log4j:log4j-slf4j-impl:2.25.3"
  ])
  if (options.clean === true) rmSync(`${home}/data`, { recursive: true, force: true })
  const broker = await port(9092)
  const controller = await port(9093)
  writeFileSync(`${home}/server.properties`, properties(home, broker, controller))
  writeFileSync(`${home}/log4j2.yaml`, logging)
  const classpath = ["-cp", `${home}/libs-${version}/*`]
  const log4j = `-Dlog4j2.configurationFile=file:${home}/log4j2.yaml`
  if (!existsSync(`${home}/data/meta.properties`)) {
    const tool = [log4j, ...classpath, "kafka.tools.StorageTool"]
    const id = shell("java", [...tool, "random-uuid"], home).trim().split("\n").at(-1)!
    shell("java", [...tool, "format", "-t", id, "-c", `${home}/server.properties`], home)
  }
  const log = `${home}/kafka.log`
  const args = [
    "-Xmx768m",
    "-Xms256m",
    "-XX:+UseSerialGC",
    log4j,
    ...classpath,
    "kafka.Kafka",
    `${home}/server.properties`
  ]
  const child = launch({ program: "java", args, cwd: home, log })
  await until(
    () => Promise.resolve(readFileSync(log, "utf8").includes("Kafka Server started")),
    child,
    log,
    120000
  )
  return remember("kafka", [child.pid!], { KAFKA_BROKERS: `127.0.0.1:${broker}` })
}

function properties(home: string, broker: number, controller: number): string {
  return [
    "process.roles=broker,controller",
    "node.id=1",
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    `listeners=PLAINTEXT://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${broker}`,
    "controller.listener.names=CONTROLLER",
    "inter.broker.listener.name=PLAINTEXT",
    "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    `log.dirs=${home}/data`,
    "num.partitions=1",
    "default.replication.factor=1",
    "min.insync.replicas=1",
    "offsets.topic.replication.factor=1",
    "offsets.topic.num.partitions=4",
    "transaction.state.log.replication.factor=1",
    "transaction.state.log.min.isr=1",
    "transaction.state.log.num.partitions=4",
    "share.coordinator.state.topic.replication.factor=1",
    "share.coordinator.state.topic.min.isr=1",
    "group.initial.rebalance.delay.ms=0",
    "transaction.max.timeout.ms=3600000",
    "auto.create.topics.enable=true",
    ""
  ].join("\n")
}

const logging = `Configuration:
  Appenders:
    Console:
      name: STDOUT
      PatternLayout: {pattern: "[%d] %p %m (%c)%n"}
  Loggers:
    Root:
      level: INFO
      AppenderRef: [{ref: STDOUT}]
`
