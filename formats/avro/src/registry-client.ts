/**
 * A client of the Confluent schema registry's HTTP interface, as far as formats need it: a schema by its number, and a number for a schema.
 * Requests are by `node:http`, whose TLS settings are the same in all runtimes.
 */
import * as http from "node:http"
import * as https from "node:https"
import { RegistryRefused, RegistryUnreachable } from "./registry-fault.ts"
import type { RegistryAccess } from "./registry-options.ts"
import { tlsOf } from "./registry-tls.ts"

/** A schema as the registry has it. `references`: the schemas it uses, each before those that use it. */
export interface RegisteredSchema {
  readonly type: string
  readonly text: string
  readonly references: ReadonlyArray<string>
}

interface Answer {
  readonly status: number
  readonly body: string
  readonly host: string
}

/** An answer has at most so many bytes. */
const answerBytesMax = 16 * 2 ** 20
const timeoutMillis = 20_000
/** Schemas that use one another. */
const referencesMax = 256
const contentType = "application/vnd.schemaregistry.v1+json"

interface Reference {
  readonly subject: string
  readonly version: number
}

interface SchemaJson {
  readonly schema: string
  readonly schemaType?: string
  readonly references?: ReadonlyArray<Reference>
}

/** Owned by one decoder or encoder. Nothing is sent before it is asked. */
export class RegistryClient {
  private readonly access: RegistryAccess
  private tls: https.RequestOptions | undefined = undefined

  constructor(access: RegistryAccess) {
    this.access = access
  }

  /** The schema of a number; undefined: the registry has none. Throws RegistryUnreachable, RegistryRefused. */
  async schema(id: number): Promise<RegisteredSchema | undefined> {
    const action = `fetch schema ${id}`
    const answer = await this.ask(action, "GET", `/schemas/ids/${id}`, undefined)
    if (answer.status === 404) return undefined
    const json = this.jsonOf(action, answer) as SchemaJson
    const references: Array<string> = []
    await this.follow(json, references, new Set())
    return { type: json.schemaType ?? "AVRO", text: json.schema, references }
  }

  private async follow(
    json: SchemaJson,
    into: Array<string>,
    seen: Set<string>
  ): Promise<void> {
    for (const { subject, version } of json.references ?? []) {
      const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`
      if (seen.has(path)) continue
      seen.add(path)
      const action = `fetch version ${version} of subject "${subject}"`
      const answer = await this.ask(action, "GET", path, undefined)
      const inner = this.jsonOf(action, answer) as SchemaJson
      if (seen.size > referencesMax) {
        const detail = `a schema uses more than ${referencesMax} others`
        throw new RegistryRefused({ action, host: answer.host, status: answer.status, detail })
      }
      await this.follow(inner, into, seen)
      into.push(inner.schema)
    }
  }

  /** The number of a schema under a subject; `register`: make it known there if it is not. Throws RegistryUnreachable, RegistryRefused. */
  async id(subject: string, text: string, type: string, register: boolean): Promise<number> {
    const action = `${register ? "register" : "find"} the schema of subject "${subject}"`
    const path = `/subjects/${encodeURIComponent(subject)}${register ? "/versions" : ""}`
    const body = JSON.stringify(
      type === "AVRO" ? { schema: text } : { schema: text, schemaType: type }
    )
    const answer = await this.ask(action, "POST", path, body)
    const { id } = this.jsonOf(action, answer) as { readonly id?: unknown }
    if (Number.isInteger(id)) return id as number
    throw refused(action, answer, "its answer has no id")
  }

  private jsonOf(action: string, answer: Answer): object {
    let json: unknown
    try {
      json = JSON.parse(answer.body)
    } catch {
      throw refused(
        action,
        answer,
        "its answer is not JSON: the address may not be a schema registry's"
      )
    }
    if (answer.status !== 200 || typeof json !== "object" || json === null) {
      const { message } = (json ?? {}) as { readonly message?: unknown }
      throw refused(action, answer, String(message ?? "it does not say why").slice(0, 500))
    }
    return json
  }

  /** Ask the addresses in turn until one answers. */
  private async ask(
    action: string,
    method: string,
    path: string,
    body: string | undefined
  ): Promise<Answer> {
    let last: RegistryUnreachable | undefined
    for (const address of this.access.urls) {
      const { host } = new URL(address)
      try {
        const answer = await this.request(new URL(address + path), method, body)
        if (answer.status < 500) return answer
        const detail = `it answers ${answer.status}`
        last = new RegistryUnreachable({ action, host, detail })
      } catch (error) {
        const { code, message } = error as { readonly code?: string; readonly message: string }
        last = new RegistryUnreachable({
          action,
          host,
          detail: message || (code ?? "no reason given")
        })
      }
    }
    throw last!
  }

  private request(address: URL, method: string, body: string | undefined): Promise<Answer> {
    const secure = address.protocol === "https:"
    if (secure) this.tls ??= tlsOf(this.access)
    const { authorization } = this.access
    const user = address.username === ""
      ? undefined
      : `${decodeURIComponent(address.username)}:${decodeURIComponent(address.password)}`
    const options: https.RequestOptions = {
      ...(secure ? this.tls : {}),
      method,
      host: address.hostname.replace(/^\[|\]$/g, ""),
      port: address.port === "" ? (secure ? 443 : 80) : Number(address.port),
      path: address.pathname,
      timeout: timeoutMillis,
      headers: {
        accept: `${contentType}, application/json`,
        ...(body === undefined ? {} : {
          "content-type": contentType,
          "content-length": Buffer.byteLength(body)
        }),
        ...(authorization !== undefined
          ? { authorization }
          : user === undefined
          ? {}
          : { authorization: `Basic ${Buffer.from(user).toString("base64")}` })
      }
    }
    return new Promise((resolve, reject) => {
      const request = (secure ? https : http).request(options, (response) => {
        read(response, address.host).then(resolve, reject)
      })
      request.on("error", reject)
      request.on(
        "timeout",
        () => request.destroy(new Error(`it did not answer within ${timeoutMillis} ms`))
      )
      request.end(body)
    })
  }
}

async function read(response: http.IncomingMessage, host: string): Promise<Answer> {
  const parts: Array<Uint8Array> = []
  let length = 0
  for await (const part of response) {
    const bytes = part as Uint8Array
    length += bytes.length
    if (length > answerBytesMax) {
      response.destroy()
      throw new Error(`its answer is longer than ${answerBytesMax} bytes`)
    }
    parts.push(bytes)
  }
  return { status: response.statusCode ?? 0, body: Buffer.concat(parts).toString("utf8"), host }
}

function refused(action: string, answer: Answer, detail: string): RegistryRefused {
  return new RegistryRefused({ action, host: answer.host, status: answer.status, detail })
}
