/** A session on Flink's SQL gateway: statements in, job ids and rows out, as its REST endpoint gives them. */
import { setTimeout as sleep } from "node:timers/promises"

/** How a job ended. */
export interface JobOutcome {
  readonly state: string
  readonly durationMillis: number
}

/** One session. */
export class GatewaySession {
  private readonly gateway: string
  private readonly rest: string
  private readonly handle: string

  private constructor(gateway: string, rest: string, handle: string) {
    this.gateway = gateway
    this.rest = rest
    this.handle = handle
  }

  /** Open a session with the given settings. */
  static async open(
    addresses: Readonly<Record<string, string>>,
    properties: Readonly<Record<string, string>>
  ): Promise<GatewaySession> {
    const gateway = addresses["FLINK_GATEWAY"]!
    const opened = await call(`${gateway}/v1/sessions`, { properties }) as { sessionHandle: string }
    return new GatewaySession(gateway, addresses["FLINK_REST"]!, opened.sessionHandle)
  }

  /** Run one statement; a statement that starts a job answers its id. */
  async run(statement: string): Promise<string | undefined> {
    const session = `${this.gateway}/v1/sessions/${this.handle}`
    const { operationHandle } = await call(`${session}/statements`, { statement }) as {
      operationHandle: string
    }
    for (;;) {
      const result = await call(`${session}/operations/${operationHandle}/result/0`) as Result
      if (result.resultType === "NOT_READY") {
        await sleep(50)
        continue
      }
      const first = result.results?.data[0]?.fields[0]
      return result.jobID ??
        (typeof first === "string" && /^[0-9a-f]{32}$/.test(first) ? first : undefined)
    }
  }

  /** Run a query and give its columns and all the rows it inserts or updates. */
  async select(statement: string): Promise<Selected> {
    const session = `${this.gateway}/v1/sessions/${this.handle}`
    const { operationHandle } = await call(`${session}/statements`, { statement }) as {
      operationHandle: string
    }
    const rows: Array<ReadonlyArray<unknown>> = []
    let columns: Selected["columns"] = []
    for (let token = 0;;) {
      const page = await call(`${session}/operations/${operationHandle}/result/${token}`) as Result
      if (page.resultType === "NOT_READY") {
        await sleep(20)
        continue
      }
      if (page.results !== undefined && page.results.columns.length > 0) {
        columns = page.results.columns
      }
      for (const { kind, fields } of page.results?.data ?? []) {
        if (kind === undefined || kind === "INSERT" || kind === "UPDATE_AFTER") rows.push(fields)
      }
      if (page.resultType === "EOS") return { columns, rows }
      token++
    }
  }

  /** Wait for the end of a job. */
  async wait(job: string): Promise<JobOutcome> {
    for (;;) {
      const { state, duration } = await call(`${this.rest}/jobs/${job}`) as {
        state: string
        duration: number
      }
      if (["FINISHED", "FAILED", "CANCELED"].includes(state)) {
        return { state, durationMillis: duration }
      }
      await sleep(100)
    }
  }

  /** Close the session. */
  async close(): Promise<void> {
    await fetch(`${this.gateway}/v1/sessions/${this.handle}`, { method: "DELETE" })
  }
}

/** What a query gave. */
export interface Selected {
  readonly columns: ReadonlyArray<{ readonly name: string; readonly logicalType: unknown }>
  readonly rows: ReadonlyArray<ReadonlyArray<unknown>>
}

interface Result {
  readonly resultType: string
  readonly jobID?: string
  readonly results?: {
    readonly columns: Selected["columns"]
    readonly data: ReadonlyArray<
      { readonly kind?: string; readonly fields: ReadonlyArray<unknown> }
    >
  }
}

async function call(url: string, body?: unknown): Promise<unknown> {
  const init = body === undefined ? {} : {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body)
  }
  const response = await fetch(url, init)
  const text = await response.text()
  if (!response.ok) throw new Error(`Flink refused ${url}: ${text.slice(0, 20000)}`)
  return JSON.parse(text)
}
