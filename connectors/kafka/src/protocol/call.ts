/** One request of Kafka's protocol and how its response is read: data that any client's connection can carry. */
import type { ResponseReader } from "./response-reader.ts"
import { RequestWriter } from "./request-writer.ts"

/** A request. `flexible` versions have tagged fields in their headers. */
export interface Call<A> {
  readonly name: string
  readonly apiKey: number
  readonly version: number
  readonly flexible: boolean
  readonly body: Uint8Array
  readonly read: (response: ResponseReader) => A
}

/** Make a call of a version without tagged fields. */
export function call<A>(
  name: string,
  apiKey: number,
  version: number,
  write: (writer: RequestWriter) => void,
  read: (response: ResponseReader) => A
): Call<A> {
  const writer = new RequestWriter()
  write(writer)
  return { name, apiKey, version, flexible: false, body: writer.written(), read }
}
