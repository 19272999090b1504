/** What `avro-confluent` and `debezium-avro-confluent` share: messages that begin with 0 and the number of their schema in a registry. */
import {
  type FormatContext,
  type LogicalType,
  type MessageColumns,
  type OnBadRecord,
  type RowDecoder,
  type RowEncoder
} from "@millrace/core/internal"
import { AvroDecoder, type Framing, type Program } from "./decoder.ts"
import { deriveSchema, deriveType, rowProblem } from "./derive.ts"
import { RegisteredEncoder } from "./encoder.ts"
import { fail, Problem } from "./problem.ts"
import { envelopeProgramOf, programOf, putOf } from "./program.ts"
import { RegistryClient } from "./registry-client.ts"
import {
  accessOf,
  accessProblems,
  autoRegister,
  schema as schemaOption,
  subject as subjectOption
} from "./registry-options.ts"
import { parseSchema, type Schema } from "./schema.ts"
import { writingOf } from "./write-plan.ts"

/** Bytes before the record. */
const headBytes = 5
/** So many schemas are kept; a topic has a few. */
const schemasMax = 10_000

/** Problems of a table, as sentences. */
export function registeredProblems(
  context: FormatContext,
  role: "source" | "sink",
  identifier: string,
  envelope: boolean
): ReadonlyArray<string> {
  const { options } = context
  const problems = [...accessProblems(options, identifier)]
  const problem = rowProblem(context.physical, false)
  if (problem !== undefined) problems.push(problem)
  const given = options.get(schemaOption)
  if (given !== undefined) {
    try {
      writingOf(parseSchema(given), typeOf(context, envelope), "")
    } catch (cause) {
      if (!(cause instanceof Problem)) throw cause
      problems.push(
        `Schema provided for '${identifier}' format does not match the table schema: ${cause.text}`
      )
    }
  }
  const named = options.get(subjectOption) ?? context.subject
  if (role === "sink" && named === undefined) {
    problems.push(`Option ${identifier}.subject is required for serialization`)
  }
  return problems
}

function typeOf(context: FormatContext, envelope: boolean): LogicalType.LogicalType {
  const fields = envelope ? envelopeRow(context.physical) : context.physical
  return { kind: "ROW", nullable: false, fields }
}

function envelopeRow(physical: LogicalType.RowType): LogicalType.RowType {
  const image: LogicalType.LogicalType = { kind: "ROW", nullable: true, fields: physical }
  return [
    { name: "before", type: image },
    { name: "after", type: image },
    { name: "op", type: { kind: "VARCHAR", nullable: true, length: 2147483647 } }
  ]
}

/** Messages with the number of their schema before the record; programs by that number. */
class RegisteredFraming implements Framing {
  readonly tombstones: boolean
  at = 0
  private readonly client: RegistryClient
  private readonly make: (writer: Schema) => Program
  private readonly programs = new Map<number, Program>()

  constructor(client: RegistryClient, tombstones: boolean, make: (writer: Schema) => Program) {
    this.client = client
    this.tombstones = tombstones
    this.make = make
  }

  program(bytes: Uint8Array, from: number, to: number): Program | Promise<void> {
    if (to - from < headBytes || bytes[from] !== 0) {
      fail("Unknown data format. Magic number does not match")
    }
    const id = (bytes[from + 1]! << 24) | (bytes[from + 2]! << 16) | (bytes[from + 3]! << 8) |
      bytes[from + 4]!
    this.at = from + headBytes
    return this.programs.get(id) ?? this.fetch(id)
  }

  private async fetch(id: number): Promise<void> {
    const found = await this.client.schema(id)
    if (this.programs.size >= schemasMax) this.programs.clear()
    this.programs.set(id, this.programOf(id, found))
  }

  private programOf(
    id: number,
    found: Awaited<ReturnType<RegistryClient["schema"]>>
  ): Program {
    if (found === undefined) return new Problem(`Could not find schema with id ${id} in registry`)
    if (found.type !== "AVRO") {
      return new Problem(
        `Schema ${id} of the registry is of type ${found.type.slice(0, 40)}, not AVRO`
      )
    }
    try {
      return this.make(parseSchema(found.text, found.references))
    } catch (problem) {
      if (problem instanceof Problem) return problem
      throw problem
    }
  }
}

/** A decoder of such messages. */
export function registeredDecoder(
  context: FormatContext,
  onBad: OnBadRecord,
  envelope: boolean
): RowDecoder {
  const given = context.options.get(schemaOption)
  const reader = given === undefined ? undefined : parseSchema(given)
  const client = new RegistryClient(accessOf(context.options))
  const framing = (columns: MessageColumns): Framing =>
    new RegisteredFraming(
      client,
      envelope,
      (writer) => (envelope ? envelopeProgramOf : programOf)(writer, context, columns, reader)
    )
  return new AvroDecoder(context, envelope ? "debezium" : "none", framing, onBad)
}

/** An encoder of such messages. The schema is registered by `prepare`. */
export function registeredEncoder(context: FormatContext, envelope: boolean): RowEncoder {
  const { options, physical } = context
  const row = envelope ? envelopeRow(physical) : physical
  const text = options.get(schemaOption) ?? JSON.stringify(derived(row, envelope))
  const client = new RegistryClient(accessOf(options))
  const subject = options.get(subjectOption) ?? context.subject
  const register = (): Promise<number> => {
    if (subject === undefined) throw new Error("Broken invariant: a table to write has a subject")
    return client.id(subject, text, "AVRO", options.need(autoRegister))
  }
  return new RegisteredEncoder(putOf(context, text, row), envelope, register)
}

/** Flink's envelopes may be NULL, so that their schema is a union. */
function derived(row: LogicalType.RowType, envelope: boolean): unknown {
  return envelope
    ? deriveType(
      { kind: "ROW", nullable: true, fields: row },
      "org.apache.flink.avro.generated.record",
      true
    )
    : deriveSchema(row, true)
}
