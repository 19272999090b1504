/**
 * How a value of state is stored: as the JSON side of its Effect Schema, with the schema's fingerprint and the version that
 * the program gives it. What was stored under another version goes through the migrations; what cannot is refused by name.
 */
import * as Schema from "effect/Schema"
import { encodeUtf8 } from "../../batch/utf8.ts"
import { Fault, type FaultClass } from "../../fault.ts"
import type { Plain } from "../../operator/operator.ts"
import { murmurBytes } from "../../state/murmur.ts"

/** A schema that needs nothing but itself to decode and encode. */
export type StateSchema<A> = Schema.Codec<A, unknown>

/** Changes what was stored: `migrations[1]` takes the JSON form of version 1 to that of version 2. */
export type Migrations = Readonly<Record<number, (stored: unknown) => unknown>>

const StateFaultBase: FaultClass<
  "StateFault",
  { operator: string; state: string; detail: string }
> = Fault<{ operator: string; state: string; detail: string }>()("StateFault", "user", "never")

/** State that cannot be stored or restored. */
export class StateFault extends StateFaultBase {
  override get message(): string {
    return `Cannot use state '${this.state}' of "${this.operator}": ${this.detail}`
  }
}

/** The stored form of one state. */
export interface StateCodec {
  readonly version: number
  /** Equal for schemas with the same JSON form. */
  readonly fingerprint: string
  readonly encode: (value: unknown) => Plain
  readonly decode: (stored: unknown) => unknown
  readonly migrations: Migrations
}

/** What a checkpoint says of a state. */
export interface StoredState {
  readonly version: number
  readonly fingerprint: string
}

/** The codec of a schema. Cost: once per state of an operator. */
export function stateCodec(
  schema: StateSchema<never>,
  version: number,
  migrations: Migrations
): StateCodec {
  const json = Schema.toCodecJson(schema as unknown as Schema.Codec<unknown, unknown>)
  const text = JSON.stringify(Schema.toJsonSchemaDocument(json))
  return {
    version,
    fingerprint: fingerprint(text),
    encode: Schema.encodeSync(json) as (value: unknown) => Plain,
    decode: Schema.decodeUnknownSync(json),
    migrations
  }
}

function fingerprint(text: string): string {
  const bytes = encodeUtf8(text)
  const first = murmurBytes(bytes, 0, bytes.length)
  const second = murmurBytes(encodeUtf8(`${text}#`), 0, bytes.length + 1)
  return [first, second].map((n) => (n >>> 0).toString(16).padStart(8, "0")).join("")
}

/** What brings values stored as `stored` to today's JSON form. Throws {@link StateFault} when nothing can. */
export function migration(
  codec: StateCodec,
  stored: StoredState,
  operator: string,
  state: string
): (value: unknown) => unknown {
  const fail = (detail: string): StateFault => new StateFault({ operator, state, detail })
  if (stored.version === codec.version) {
    if (stored.fingerprint === codec.fingerprint) return (value) => value
    throw fail(
      `the checkpoint holds version ${stored.version} with another schema. Give the state version ${
        codec.version + 1
      } and a migration from ${codec.version}, or start without --resume`
    )
  }
  if (stored.version > codec.version) {
    throw fail(
      `the checkpoint holds version ${stored.version}, which is newer than this program's version ${codec.version}`
    )
  }
  const steps: Array<(value: unknown) => unknown> = []
  for (let version = stored.version; version < codec.version; version++) {
    const step = codec.migrations[version]
    if (step === undefined) {
      throw fail(
        `the checkpoint holds version ${stored.version}, and there is no migration from ${version} to ${
          version + 1
        }`
      )
    }
    steps.push(step)
  }
  return (value) => steps.reduce((current, step) => step(current), value)
}

/** Values that are plain data already. */
export const plainCodec: StateCodec = {
  version: 1,
  fingerprint: "plain",
  encode: (value) => value as Plain,
  decode: (stored) => stored,
  migrations: {}
}
