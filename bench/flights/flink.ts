/** The main job on a Flink session cluster, through its SQL gateway: the same script with absolute paths. */
import { type Cost, peakMegabytes, processSeconds } from "../src/measure.ts"
import { GatewaySession, start } from "@millrace/services"

/** A session that can run the job again and again. */
export class FlinkFlights {
  private readonly addresses: Readonly<Record<string, string>>
  private readonly worker: number
  private readonly statements: ReadonlyArray<string>

  private constructor(
    addresses: Readonly<Record<string, string>>,
    worker: number,
    statements: ReadonlyArray<string>
  ) {
    this.addresses = addresses
    this.worker = worker
    this.statements = statements
  }

  /** Start Flink if it does not run. */
  static async open(script: string, folder: string): Promise<FlinkFlights> {
    const flink = await start("flink")
    const absolute = script.replaceAll(`'${folder}/checkpoints'`, `'file://${folder}/checkpoints'`)
    return new FlinkFlights(flink.addresses, flink.processes.at(-1)!.pid, split(absolute))
  }

  /** One run, in a session of its own. CPU seconds are the TaskManager's. */
  async run(): Promise<Cost> {
    const settings: Record<string, string> = {
      "parallelism.default": "1",
      "pipeline.object-reuse": "true",
      "restart-strategy.type": "none"
    }
    const rest: Array<string> = []
    for (const statement of this.statements) {
      const set = /^SET\s+'([^']+)'\s*=\s*'([^']+)'$/i.exec(statement)
      if (set === null) rest.push(statement)
      else settings[set[1]!] = set[2]!
    }
    const session = await GatewaySession.open(this.addresses, settings)
    const seconds = processSeconds(this.worker)
    const began = performance.now()
    let job: string | undefined
    for (const statement of rest) job = await session.run(statement) ?? job
    if (job === undefined) throw new Error("Flink started no job")
    const outcome = await session.wait(job)
    if (outcome.state !== "FINISHED") throw new Error(`Flink's job ended as ${outcome.state}`)
    const cost = {
      cpuSeconds: processSeconds(this.worker) - seconds,
      wallSeconds: (performance.now() - began) / 1000,
      rssMegabytes: peakMegabytes(this.worker)
    }
    await session.close()
    return cost
  }
}

/** Statements of the script; a statement set is one. */
function split(script: string): ReadonlyArray<string> {
  const text = script.replace(/--.*$/gm, "")
  const at = text.indexOf("EXECUTE STATEMENT SET")
  const before = text.slice(0, at).split(";").map((statement) => statement.trim()).filter((
    statement
  ) => statement !== "")
  return [...before, text.slice(at).trim().replace(/;\s*$/, "")]
}
