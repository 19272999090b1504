/**
 * One long job from topic to topic, exactly once — a copy, and a count per key as an upsert — while rows keep coming, and what is done to
 * it: its process is killed, its broker is restarted, its network is cut. At the end the copy must hold every row once, in the order of
 * its key, the counts must never step back, and no transaction may be left open. Read by kafkajs's own requests.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { setTimeout as sleep } from "node:timers/promises"
import { Other } from "../../connectors/kafka/test/support.ts"
import { type KafkaBroker, startBroker } from "../../services/src/mod.ts"
import { random } from "../crash/soak.ts"
import { type NetworkFault, Proxy } from "./proxy.ts"

/** Something done to the job. */
export type Blow =
  | { readonly kind: "kill"; readonly site: string | undefined }
  | {
    readonly kind: "broker"
    readonly signal: "SIGTERM" | "SIGKILL" | "SIGSTOP"
    readonly millis: number
  }
  | { readonly kind: "network"; readonly fault: NetworkFault; readonly millis: number }

/** What a soak is made of. */
export interface SoakOptions {
  /** A program and its arguments before a script. */
  readonly runtime: ReadonlyArray<string>
  readonly client: "platformatic" | "kafkajs"
  readonly seed: number
  readonly blows: ReadonlyArray<Blow>
  readonly report?: (line: string) => void
}

/** What a soak found. */
export interface SoakOutcome {
  readonly rows: number
  readonly kills: number
  readonly afterCheckpoint: number
  readonly betweenPrepareAndCommit: number
  readonly commitsHit: number
  readonly resets: number
  readonly restarts: number
  /** How long after the last blow everything was visible. */
  readonly recoveryMillisMax: number
  /** Empty: all is well. */
  readonly problems: ReadonlyArray<string>
}

const keys = 20
const rowsPerTurn = 40
const turnMillis = 20
const victim = new URL("victim.ts", import.meta.url).pathname

/** Run one. */
export async function soak(options: SoakOptions): Promise<SoakOutcome> {
  const proxy = new Proxy()
  await proxy.start()
  try {
    return await soakBehind(proxy, options)
  } finally {
    // also when no broker can be started: an open port would keep the process alive for ever
    await proxy.close()
  }
}

async function soakBehind(proxy: Proxy, options: SoakOptions): Promise<SoakOutcome> {
  const proxied = options.blows.some(({ kind }) => kind === "network")
  const broker = await startBroker(proxied ? { advertisedPort: proxy.port } : {})
  proxy.aim(Number(broker.address.split(":")[1]))
  const folder = mkdtempSync(`${tmpdir()}/millrace-kafka-soak-`)
  const soaking = new Soak(options, broker, proxy, proxied, folder)
  try {
    return await soaking.run()
  } finally {
    soaking.end()
    await broker.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

class Soak {
  private readonly options: SoakOptions
  private readonly broker: KafkaBroker
  private readonly proxy: Proxy
  private readonly script: string
  private readonly other: Other
  private readonly next: () => number
  private child: ChildProcess | undefined = undefined
  private exited: Promise<string | number | null> = Promise.resolve(null)
  private checkpoints = 0
  /** The job has said that it ended well. */
  private finished = false
  private restarts = 0
  private stderr = ""
  private produced = 0
  private feeding = true
  private readonly problems: Array<string> = []
  private readonly count = { kills: 0, afterCheckpoint: 0, betweenPrepareAndCommit: 0 }
  private recoveryMillisMax = 0

  constructor(
    options: SoakOptions,
    broker: KafkaBroker,
    proxy: Proxy,
    proxied: boolean,
    folder: string
  ) {
    this.options = options
    this.broker = broker
    this.proxy = proxy
    this.other = new Other(broker.addresses["DIRECT"]!)
    this.next = random(options.seed)
    this.script = `${folder}/job.sql`
    const address = proxied ? `127.0.0.1:${proxy.port}` : broker.address
    writeFileSync(this.script, script(folder, address, options.client))
  }

  async run(): Promise<SoakOutcome> {
    const { other, options } = this
    for (const topic of ["soak-in", "soak-copy", "soak-counts"]) await other.create(topic, 2)
    const fed = this.feed()
    this.start(undefined)
    await this.checkpointed(1)
    for (const blow of options.blows) {
      await this.strike(blow)
      if (this.problems.length > 0) break
    }
    this.feeding = false
    await fed
    await this.caughtUp()
    this.child!.kill("SIGTERM")
    const code = await Promise.race([this.exited, sleep(30_000, "no end")])
    // Deno tells the signal that was sent, also of a child that took it and ended well
    if (code !== 0 && !this.finished) {
      this.problems.push(`the job ended with ${code}: ${this.stderr.slice(-2000)}`)
    }
    await this.judge()
    await other.close()
    return {
      rows: this.produced,
      ...this.count,
      commitsHit: this.proxy.commitsHit,
      resets: this.proxy.resets,
      restarts: this.restarts,
      recoveryMillisMax: Math.round(this.recoveryMillisMax),
      problems: this.problems.map((problem) => `seed ${options.seed}: ${problem}`)
    }
  }

  /** End it all. */
  end(): void {
    this.feeding = false
    this.kill()
  }

  private kill(): void {
    this.child?.kill("SIGKILL")
  }

  private start(site: string | undefined): void {
    const [program, ...before] = this.options.runtime
    this.checkpoints = 0
    const child = spawn(program!, [
      ...before,
      victim,
      this.script,
      ...site === undefined ? [] : [site]
    ], {
      stdio: ["ignore", "pipe", "pipe"]
    })
    this.child = child
    child.stdout.on("data", (data) => {
      for (const line of String(data).split("\n")) {
        if (line === "checkpoint") this.checkpoints++
        if (line === "ended") this.finished = true
        if (line.startsWith("restart")) {
          this.restarts++
          this.options.report?.(line)
        }
      }
    })
    child.stderr.on("data", (data) => {
      this.stderr = (this.stderr + String(data)).slice(-20_000)
    })
    this.exited = new Promise((resolve) => {
      child.once("exit", (code, signal) => resolve(signal ?? code))
    })
  }

  private async strike(blow: Blow): Promise<void> {
    const began = performance.now()
    switch (blow.kind) {
      case "kill":
        await this.strikeJob(blow.site)
        break
      case "broker":
        await this.strikeBroker(blow)
        break
      case "network":
        await this.proxy.disturb(blow.fault, blow.millis)
    }
    const over = performance.now()
    await this.checkpointed(1)
    const recovered = performance.now() - over
    this.recoveryMillisMax = Math.max(this.recoveryMillisMax, recovered)
    this.options.report?.(
      `${JSON.stringify(blow)} took ${Math.round(over - began)} ms, a checkpoint after ${
        Math.round(recovered)
      } ms`
    )
  }

  /** The job has completed a checkpoint before; it dies at a random moment or at a place, and is started again. */
  private async strikeJob(site: string | undefined): Promise<void> {
    if (site === undefined) await sleep(this.next() * 700)
    this.kill()
    await this.exited
    this.count.kills++
    if (this.checkpoints > 0) this.count.afterCheckpoint++
    if (site !== undefined) {
      // the next start is the one that dies at the place
      this.start(site)
      const how = await Promise.race([this.exited, sleep(30_000, "lives")])
      if (how !== "SIGKILL") {
        this.problems.push(`the job did not die at ${site} but ${how}: ${this.stderr.slice(-2000)}`)
      }
      this.count.betweenPrepareAndCommit++
      this.count.kills++
      if (this.checkpoints > 0) this.count.afterCheckpoint++
    }
    this.start(undefined)
  }

  private async strikeBroker({ signal, millis }: Extract<Blow, { kind: "broker" }>): Promise<void> {
    this.broker.kill(signal)
    if (signal === "SIGSTOP") {
      await sleep(millis)
      this.broker.kill("SIGCONT")
      return
    }
    await this.broker.ended()
    await this.broker.restart()
  }

  /** So many checkpoints more. */
  private async checkpointed(more: number): Promise<void> {
    const wanted = this.checkpoints + more
    const until = performance.now() + 60_000
    while (this.checkpoints < wanted) {
      const ended = await Promise.race([this.exited.then((how) => ({ how })), sleep(20)])
      if (ended !== undefined) {
        this.problems.push(`the job ended with ${ended.how}: ${this.stderr.slice(-3000)}`)
        return
      }
      if (performance.now() > until) {
        this.problems.push(`no checkpoint within a minute: ${this.stderr.slice(-2000)}`)
        return
      }
    }
  }

  /** Rows with rising numbers, each key always in the same partition. */
  private async feed(): Promise<void> {
    const producer = this.other.kafka.producer({
      retry: { retries: 100, maxRetryTime: 500 },
      idempotent: true,
      maxInFlightRequests: 1
    })
    await producer.connect()
    while (this.feeding) {
      const from = this.produced
      const messages = Array.from({ length: rowsPerTurn }, (_, i) => {
        const id = from + i
        return { partition: (id % keys) % 2, key: null, value: `{"id":${id},"k":${id % keys}}` }
      })
      await producer.send({ topic: "soak-in", messages })
      this.produced += rowsPerTurn
      await sleep(turnMillis)
    }
    await producer.disconnect()
  }

  private async caughtUp(): Promise<void> {
    const until = performance.now() + 60_000
    while (performance.now() < until && this.problems.length === 0) {
      const seen = await this.other.readAll("soak-copy", true)
      if (seen.length >= this.produced) return
      await sleep(300)
    }
  }

  private async judge(): Promise<void> {
    const hung = await this.other.openTransactions()
    if (hung.length > 0) this.problems.push(`open transactions: ${hung.join(", ")}`)
    const copies = await this.other.readAll("soak-copy", true)
    const seen = new Map<number, number>()
    const lastOfKey = new Map<number, number>()
    for (const { value } of copies) {
      const { id, k } = JSON.parse(value!) as { id: number; k: number }
      seen.set(id, (seen.get(id) ?? 0) + 1)
      if ((lastOfKey.get(k) ?? -1) >= id) {
        this.problems.push(`row ${id} of key ${k} is out of order`)
      }
      lastOfKey.set(k, id)
    }
    const lost = Array.from({ length: this.produced }, (_, id) => id).filter((id) => !seen.has(id))
    const doubled = [...seen].filter(([, times]) => times > 1)
    if (lost.length > 0) {
      this.problems.push(`${lost.length} rows lost: ${lost.slice(0, 5).join(", ")}`)
    }
    if (doubled.length > 0) {
      this.problems.push(
        `${doubled.length} rows doubled: ${doubled.slice(0, 5).map(([id]) => id).join(", ")}`
      )
    }
    const counts = new Map<number, number>()
    for (const { value } of await this.other.readAll("soak-counts", true)) {
      const { k, n } = JSON.parse(value!) as { k: number; n: number }
      if (n <= (counts.get(k) ?? 0)) this.problems.push(`count ${n} of key ${k} steps back`)
      counts.set(k, n)
    }
    for (const [k, n] of counts) {
      if (n !== this.produced / keys) {
        this.problems.push(`key ${k} counts ${n}, not ${this.produced / keys}`)
      }
    }
    const all = (await this.other.readAll("soak-counts", false)).length
    if (this.problems.length > 0) {
      this.problems.unshift(`soak-counts has ${all} messages, committed or not`)
    }
    if (counts.size !== keys) this.problems.push(`${counts.size} keys are counted, not ${keys}`)
    this.problems.splice(8)
  }
}

function script(folder: string, address: string, client: string): string {
  const common =
    `'properties.bootstrap.servers' = '${address}', 'millrace.kafka.client' = '${client}'`
  const exactly = (prefix: string): string =>
    `'sink.delivery-guarantee' = 'exactly-once', 'sink.transactional-id-prefix' = '${prefix}'`
  return `SET 'pipeline.name' = 'soak';
SET 'parallelism.default' = '2';
SET 'execution.checkpointing.interval' = '150 ms';
SET 'execution.checkpointing.dir' = '${folder}/checkpoints';
SET 'execution.checkpointing.tolerable-failed-checkpoints' = '1000';
SET 'execution.checkpointing.timeout' = '60 s';
SET 'restart-strategy.type' = 'fixed-delay';
SET 'restart-strategy.fixed-delay.attempts' = '1000';
SET 'restart-strategy.fixed-delay.delay' = '200 ms';
CREATE TABLE source (id BIGINT, k INT) WITH ('connector' = 'kafka', 'topic' = 'soak-in', ${common},
  'scan.startup.mode' = 'earliest-offset', 'properties.request.timeout.ms' = '5000', 'format' = 'json');
CREATE TABLE copy (id BIGINT, k INT) WITH ('connector' = 'kafka', 'topic' = 'soak-copy', ${common},
  'key.format' = 'json', 'key.fields' = 'k', 'value.format' = 'json', 'properties.request.timeout.ms' = '5000', ${
    exactly("soak-copy")
  });
CREATE TABLE counts (k INT, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'upsert-kafka', 'topic' = 'soak-counts', ${common},
  'key.format' = 'json', 'value.format' = 'json', 'properties.request.timeout.ms' = '5000', ${
    exactly("soak-counts")
  });
BEGIN STATEMENT SET;
INSERT INTO copy SELECT * FROM source;
INSERT INTO counts SELECT k, COUNT(*) FROM source GROUP BY k;
END;
`
}
