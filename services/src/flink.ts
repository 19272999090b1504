/**
 * Apache Flink 2.3: a session cluster (JobManager, one TaskManager) and the SQL gateway, from package registries, on loopback.
 * Needs Java 17, Maven, pip and tar. The distribution is the Python package's; its main classes are started directly.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { folder } from "./folder.ts"
import { jars } from "./maven.ts"
import { launch, port, recall, remember, type Running, until } from "./server.ts"
import { needs, shell } from "./shell.ts"

const version = "2.3.0"

/** Start it, or give the one that runs. Addresses: `FLINK_REST`, `FLINK_GATEWAY`. The last process is the TaskManager. */
export async function start(): Promise<Running> {
  const running = recall("flink")
  if (running !== undefined) return running
  needs("java", "mvn", "pip", "tar")
  const home = install()
  const ports = {
    rest: await port(18081),
    gateway: await port(18083),
    rpc: await port(16123),
    blob: await port(16124)
  }
  for (const sub of ["conf", "log", "tmp", "checkpoints"]) {
    mkdirSync(`${home}/${sub}`, { recursive: true })
  }
  writeFileSync(`${home}/conf/config.yaml`, config(home, ports))
  writeFileSync(`${home}/conf/log4j.properties`, logging)
  const classpath = `${home}/lib/*`
  const start = (
    name: string,
    jvm: ReadonlyArray<string>,
    main: ReadonlyArray<string>,
    extra = ""
  ) => {
    const files = [
      `-Dlog.file=${home}/log/${name}.log`,
      `-Dlog4j.configurationFile=file:${home}/conf/log4j.properties`
    ]
    const args = [...jvm, ...opens, ...files, "-cp", classpath + extra, ...main]
    return launch({
      program: "java",
      args,
      cwd: home,
      env: environment(home),
      log: `${home}/log/${name}.out`
    })
  }
  const manager = start("jobmanager", ["-Xmx768m", "-Xms256m"], [
    "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
    "--configDir",
    `${home}/conf`,
    "--executionMode",
    "cluster"
  ])
  const memory = taskManagerMemory(home)
  const gateway = start("gateway", ["-Xmx768m"], [
    "org.apache.flink.table.gateway.SqlGateway",
    "-Dsql-gateway.endpoint.rest.address=127.0.0.1"
  ], `:${home}/opt/flink-sql-client-${version}.jar`)
  const worker = start("taskmanager", ["-XX:+UseG1GC", ...memory.jvm], [
    "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
    "--configDir",
    `${home}/conf`,
    ...memory.dynamic
  ])
  const rest = `http://127.0.0.1:${ports.rest}`
  const gatewayUrl = `http://127.0.0.1:${ports.gateway}`
  await until(
    async () => {
      const overview = await (await fetch(`${rest}/overview`)).json() as {
        "slots-available": number
      }
      return overview["slots-available"] === 2 && (await fetch(`${gatewayUrl}/v1/info`)).ok
    },
    worker,
    `${home}/log/taskmanager.out`,
    180000
  )
  return remember("flink", [manager.pid!, gateway.pid!, worker.pid!], {
    FLINK_REST: rest,
    FLINK_GATEWAY: gatewayUrl
  })
}

/** The distribution's folder, filled once. */
function install(): string {
  const home = `${folder("flink")}/home-${version}`
  if (existsSync(home)) return home
  const work = `${folder("flink")}/part`
  rmSync(work, { recursive: true, force: true })
  mkdirSync(work, { recursive: true })
  shell("pip", [
    "download",
    "--no-deps",
    "--no-binary",
    ":all:",
    "-q",
    "-d",
    work,
    `apache-flink-libraries==${version}`
  ], work)
  const archive = readdirSync(work).find((name) => name.endsWith(".tar.gz"))!
  shell("tar", ["xzf", archive], work)
  const unpacked = `${work}/${archive.slice(0, -".tar.gz".length)}/deps`
  jars(`${work}/gateway`, [`org.apache.flink:flink-sql-gateway:${version}`], true)
  jars(`${work}/formats`, [
    `org.apache.flink:flink-sql-parquet:${version}`,
    `org.apache.flink:flink-sql-avro:${version}`,
    "org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2",
    "org.apache.hadoop:hadoop-client-api:3.4.1",
    "org.apache.hadoop:hadoop-client-runtime:3.4.1",
    "commons-logging:commons-logging:1.2",
    "com.github.luben:zstd-jni:1.5.6-9",
    "org.xerial.snappy:snappy-java:1.1.10.7"
  ], true)
  for (const set of ["gateway", "formats"]) {
    for (const jar of readdirSync(`${work}/${set}`)) {
      renameSync(`${work}/${set}/${jar}`, `${unpacked}/lib/${jar}`)
    }
  }
  renameSync(unpacked, home)
  rmSync(work, { recursive: true, force: true })
  return home
}

/** Memory options as the distribution's own scripts compute them. */
function taskManagerMemory(
  home: string
): { jvm: ReadonlyArray<string>; dynamic: ReadonlyArray<string> } {
  const args = [
    "-cp",
    `${home}/bin/bash-java-utils.jar:${home}/lib/*`,
    "org.apache.flink.runtime.util.bash.BashJavaUtils"
  ]
  const printed = shell(
    "java",
    [...args, "GET_TM_RESOURCE_PARAMS", "--configDir", `${home}/conf`],
    home
  )
  const mark = "BASH_JAVA_UTILS_EXEC_RESULT:"
  const [jvm, dynamic] = printed.split("\n").filter((line) => line.includes(mark)).map((line) =>
    line.slice(line.indexOf(mark) + mark.length).trim().split(/\s+/)
  )
  return { jvm: jvm!, dynamic: dynamic! }
}

function environment(home: string): Record<string, string> {
  return {
    FLINK_HOME: home,
    FLINK_CONF_DIR: `${home}/conf`,
    FLINK_LIB_DIR: `${home}/lib`,
    FLINK_OPT_DIR: `${home}/opt`,
    FLINK_PLUGINS_DIR: `${home}/plugins`,
    FLINK_BIN_DIR: `${home}/bin`,
    FLINK_LOG_DIR: `${home}/log`
  }
}

interface Ports {
  readonly rest: number
  readonly gateway: number
  readonly rpc: number
  readonly blob: number
}

function config(home: string, ports: Ports): string {
  return [
    "jobmanager.rpc.address: 127.0.0.1",
    "jobmanager.bind-host: 127.0.0.1",
    `jobmanager.rpc.port: ${ports.rpc}`,
    "jobmanager.memory.process.size: 1400m",
    "taskmanager.bind-host: 127.0.0.1",
    "taskmanager.host: 127.0.0.1",
    "taskmanager.memory.process.size: 6g",
    "taskmanager.memory.managed.size: 512m",
    "taskmanager.memory.network.max: 256m",
    "taskmanager.numberOfTaskSlots: 2",
    "parallelism.default: 1",
    "rest.address: 127.0.0.1",
    "rest.bind-address: 127.0.0.1",
    `rest.port: ${ports.rest}`,
    "sql-gateway.endpoint.rest.address: 127.0.0.1",
    "sql-gateway.endpoint.rest.bind-address: 127.0.0.1",
    `sql-gateway.endpoint.rest.port: ${ports.gateway}`,
    `io.tmp.dirs: ${home}/tmp`,
    "state.backend.type: hashmap",
    `execution.checkpointing.dir: file://${home}/checkpoints`,
    "pipeline.object-reuse: true",
    "table.local-time-zone: UTC",
    `blob.server.port: ${ports.blob}`,
    ""
  ].join("\n")
}

const logging = `rootLogger.level = INFO
rootLogger.appenderRef.file.ref = File
appender.file.name = File
appender.file.type = File
appender.file.fileName = \${sys:log.file}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d %-5p %c - %m%n
`

const exported = ["java.rmi/sun.rmi.registry", "java.security.jgss/sun.security.krb5"]
const compiler = ["api", "file", "parser", "tree", "util"].map((part) =>
  `jdk.compiler/com.sun.tools.javac.${part}`
)
const opened = [
  "java.lang",
  "java.net",
  "java.io",
  "java.nio",
  "sun.nio.ch",
  "java.lang.reflect",
  "java.text",
  "java.time",
  "java.util",
  "java.util.concurrent",
  "java.util.concurrent.atomic",
  "java.util.concurrent.locks"
]
const opens: ReadonlyArray<string> = [
  ...[...exported, ...compiler].map((name) => `--add-exports=${name}=ALL-UNNAMED`),
  ...opened.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`)
]
