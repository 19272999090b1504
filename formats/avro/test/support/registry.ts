/** A schema registry in the test's own process: just what the interface says, without checks of compatibility. For what real ones cannot be made to do. */
import { createServer, type IncomingMessage, type Server } from "node:http"
import type { AddressInfo } from "node:net"

/** A registry that listens. */
export interface TestRegistry {
  readonly url: string
  /** Requests so far, as "METHOD path". */
  readonly requests: Array<string>
  /** The header Authorization of the last request. */
  readonly authorization: () => string | undefined
  /** Add a schema; answers its number. */
  readonly add: (subject: string, schema: unknown, more?: object) => number
  /** Answer with this status instead; undefined: as usual. */
  fail: number | undefined
  readonly close: () => Promise<void>
}

/** Start one on loopback. */
export async function testRegistry(): Promise<TestRegistry> {
  const schemas: Array<{ readonly subject: string; readonly schema: string }> = []
  const requests: Array<string> = []
  let authorization: string | undefined
  const answerTo = (path: string, body: string): readonly [number, unknown] => {
    const byId = /^\/schemas\/ids\/(-?\d+)$/.exec(path)
    if (byId !== null) {
      const found = schemas[Number(byId[1]) - 1]
      return found === undefined
        ? [404, { error_code: 40403, message: "Schema not found" }]
        : [200, found]
    }
    const version = /^\/subjects\/([^/]+)\/versions\/\d+$/.exec(path)
    if (version !== null) {
      const found = schemas.find((one) => one.subject === decodeURIComponent(version[1]!))
      return found === undefined ? [404, { message: "Version not found" }] : [200, found]
    }
    const subject = decodeURIComponent(/^\/subjects\/([^/]+)/.exec(path)![1]!)
    const { schema } = JSON.parse(body) as { readonly schema: string }
    const at = schemas.findIndex((one) => one.subject === subject && one.schema === schema)
    if (at >= 0) return [200, { id: at + 1 }]
    if (!path.endsWith("/versions")) {
      return [404, { error_code: 40403, message: "Schema not found" }]
    }
    return [200, { id: schemas.push({ subject, schema }) }]
  }
  const registry: TestRegistry = {
    url: "",
    requests,
    authorization: () => authorization,
    add: (subject, schema, more = {}) =>
      schemas.push({ subject, schema: JSON.stringify(schema), ...more }),
    fail: undefined,
    close: () => new Promise((resolve) => server.close(() => resolve()))
  }
  const server: Server = createServer((request, response) => {
    void textOf(request).then((body) => {
      requests.push(`${request.method} ${request.url}`)
      authorization = request.headers.authorization
      const [status, json] = registry.fail === undefined
        ? answerTo(request.url!, body)
        : [registry.fail, { message: `told to answer ${registry.fail}` }]
      response.writeHead(status, { "content-type": "application/json", connection: "close" })
      response.end(JSON.stringify(json))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return Object.assign(registry, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Array<Uint8Array> = []
  for await (const part of request) parts.push(part as Uint8Array)
  return Buffer.concat(parts).toString()
}
