/** What a history has committed against what the model gives, as bags of rows. */
import { Breach, type Durable } from "./durable.ts"
import { type Model, textOf } from "./model.ts"

/** All that is committed is what `model` gives, and nothing prepared is left. `law` begins the message. Answers the number of rows and a digest of them. */
export function compare(
  durable: Durable,
  model: Model,
  law: string
): { readonly rows: number; readonly digest: number } {
  const got: Array<string> = []
  for (const { rows, sink } of durable.committed.values()) {
    for (const row of rows) got.push(`${sink} ${textOf(row)}`)
  }
  const want: Array<string> = []
  for (const end of model.ends) {
    for (const row of model.rows[end]!) want.push(`s${end} ${textOf(row)}`)
  }
  for (const [source, letters] of model.letters.entries()) {
    for (const row of letters) want.push(`l${source} ${textOf(row)}`)
  }
  got.sort()
  want.sort()
  for (let i = 0; i < Math.max(got.length, want.length); i++) {
    if (got[i] !== want[i]) {
      throw new Breach(
        `${law}: ${got.length} rows are committed and ${want.length} wanted; at ${i} "${
          got[i]
        }" stands for "${want[i]}"`
      )
    }
  }
  if (durable.prepared.size > 0) throw new Breach(`${law}: something prepared was never committed`)
  return { rows: got.length, digest: digestOf(got) }
}

function digestOf(lines: ReadonlyArray<string>): number {
  let digest = 0x811c9dc5
  for (const line of lines) {
    for (let i = 0; i < line.length; i++) {
      digest = Math.imul(digest ^ line.charCodeAt(i), 0x01000193) >>> 0
    }
  }
  return digest
}
