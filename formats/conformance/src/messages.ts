/**
 * What every format of messages must do: what is written is read back, projected or not; a message that is cut off or damaged costs that message
 * alone; whatever comes, the decoder ends, throws nothing and holds on to nothing.
 *
 * A format may take a damaged message for another valid one; then it gives rows, else exactly one bad record: never both, never neither, unless the
 * message is empty.
 */
import assert from "node:assert/strict"
import fc from "fast-check"
import {
  type BadRecord,
  type Batch,
  batchRowsMax,
  type FormatContext,
  type FormatFactory,
  GrowingBytes,
  type LogicalType,
  type RowDecoder
} from "@millrace/core/internal"
import { contextOf } from "./bulk.ts"
import { columnOf, type TextForm, type Value, valueAt } from "./bulk-values.ts"
import { type Check, hostileInputs, register, seed } from "./check.ts"
import { heldBytes, hostileInputsOf } from "./hostile.ts"
import { textValue } from "./row.ts"

type Type = LogicalType.LogicalType
type Row = ReadonlyArray<Value>

/** One table and one set of options that a format must handle. */
export interface MessageCase {
  readonly name: string
  readonly physical: LogicalType.RowType
  readonly given: Readonly<Record<string, string>>
  /** Values of a type, where the format cannot hold all of them; undefined: the usual ones. */
  readonly values?: (type: Type) => fc.Arbitrary<Value> | undefined
  /** What is read of a row that was written, where the format has no NULL in some place; the row itself unless given. */
  readonly readBack?: (row: Row) => Row
  /** Whether every byte of a message is needed, so that a shorter one is never valid. */
  readonly strict: boolean
  /** Whether a message may hold several records, so that damage makes rows and bad records of one. */
  readonly several?: boolean
}

/** A hostile message may take so many bytes beside what the runtime needs anyway. */
const growthBytesMax = 128 * 2 ** 20
/** Nor may it take longer than this, which is far above what any takes. */
const stallMillisMax = 2000

interface Decoded {
  readonly rows: Array<Row>
  readonly bad: Array<BadRecord>
}

function rowArbitrary(shape: MessageCase): fc.Arbitrary<Row> {
  return fc.tuple(...shape.physical.map((field) => textValue(field.type, shape.values)))
}

function encodeAll(
  factory: FormatFactory,
  context: FormatContext,
  rows: ReadonlyArray<Row>,
  form: TextForm
): Array<Uint8Array> {
  const columns = context.physical.map((field, i) =>
    columnOf(field.type, rows.map((row) => row[i]!), form)
  )
  const encoder = factory.encoder!(context)
  return rows.map((_, i) => {
    const out = new GrowingBytes(16)
    encoder.encodeRow(columns, i, out)
    return out.view().slice()
  })
}

function typesOf(context: FormatContext): ReadonlyArray<Type> {
  const at = (fields: LogicalType.RowType, path: ReadonlyArray<number>): Type => {
    const { type } = fields[path[0]!]!
    return path.length === 1
      ? type
      : at((type as Type & { readonly kind: "ROW" }).fields, path.slice(1))
  }
  return context.projection.map((path) => at(context.physical, path))
}

function rowsOf(batch: Batch, types: ReadonlyArray<Type>): Array<Row> {
  assert.ok(batch.rows >= 1 && batch.rows <= batchRowsMax, `a batch has ${batch.rows} rows`)
  for (const column of batch.columns) assert.equal(column.rows, batch.rows)
  return Array.from(
    { length: batch.rows },
    (_, row) => batch.columns.map((column, i) => valueAt(types[i]!, column, row))
  )
}

function drain(decoder: RowDecoder, types: ReadonlyArray<Type>, into: Array<Row>): void {
  while (decoder.rows > 0) {
    const batch = decoder.take()
    assert.ok(batch !== undefined, "a decoder with rows gives a batch")
    into.push(...rowsOf(batch, types))
  }
  assert.equal(decoder.take(), undefined, "a decoder without rows gives none")
}

/** Decode messages; `together`: all stand in one array, as a fetch has them. */
function decodeAll(
  factory: FormatFactory,
  context: FormatContext,
  messages: ReadonlyArray<Uint8Array>,
  together: boolean
): Decoded {
  const found: Decoded = { rows: [], bad: [] }
  const decoder = factory.decoder!(context, (record) => found.bad.push(record))
  const whole = Buffer.concat(messages.flatMap((message) => [Uint8Array.of(255), message]))
  const bytes = new Uint8Array(whole.buffer, whole.byteOffset, whole.length)
  let at = 0
  for (const message of messages) {
    at++
    if (together) decoder.decodeMessage(bytes, at, at + message.length)
    else decoder.decodeMessage(message, 0, message.length)
    at += message.length
  }
  drain(decoder, typesOf(context), found.rows)
  return found
}

/** The checks of one case. */
export function messageChecks(factory: FormatFactory, shape: MessageCase): ReadonlyArray<Check> {
  const context = contextOf(factory, shape.physical, shape.given)
  const back = shape.readBack ?? ((row: Row) => row)
  const rows = fc.array(rowArbitrary(shape), { minLength: 1, maxLength: 8 })
  const check = (name: string, run: () => void): Check => ({ name, run })
  return [
    check("FormatFactory.check() accepts the table", () => {
      assert.deepEqual(factory.check?.(context, "source") ?? [], [])
    }),
    // Claim: encode, decode = the rows. Model: the rows. A failure would mean lost or changed data.
    check(
      "RowDecoder.decodeMessage() reads back what RowEncoder.encodeRow() wrote, apart or in one array",
      () => {
        const form = fc.constantFrom("plain" as const, "coded" as const)
        fc.assert(
          fc.property(rows, form, fc.boolean(), (given, text, together) => {
            const messages = encodeAll(factory, context, given, text)
            assert.deepEqual(decodeAll(factory, context, messages, together), {
              rows: given.map(back),
              bad: []
            })
          }),
          { seed, numRuns: 150 }
        )
      }
    ),
    // Claim: projecting before or after decoding is the same. Model: the rows, picked. A failure would mean swapped columns.
    check("RowDecoder with a projection gives the projected columns in its order", () => {
      const order = fc.shuffledSubarray(shape.physical.map((_, i) => i), { minLength: 0 })
      fc.assert(
        fc.property(rows, order, (given, wanted) => {
          const narrow = contextOf(factory, shape.physical, shape.given, wanted.map((i) => [i]))
          const found = decodeAll(
            factory,
            narrow,
            encodeAll(factory, context, given, "plain"),
            true
          )
          assert.deepEqual(found.rows, given.map((row) => wanted.map((i) => back(row)[i]!)))
          assert.deepEqual(found.bad, [])
        }),
        { seed, numRuns: 100 }
      )
    }),
    check("RowDecoder.take() gives at most 1,024 rows at once, and every row", () => {
      const [row] = fc.sample(rowArbitrary(shape), { numRuns: 1, seed })
      const messages = encodeAll(
        factory,
        context,
        Array.from({ length: 2500 }, () => row!),
        "plain"
      )
      for (const together of [false, true]) {
        const found = decodeAll(factory, context, messages, together)
        assert.equal(found.rows.length, 2500)
        assert.deepEqual(found.rows[2499], back(row!))
      }
    }),
    ...damageChecks(factory, shape, context)
  ]
}

/** Each message alone, with the one behind it to see that it was not harmed. */
function damageChecks(
  factory: FormatFactory,
  shape: MessageCase,
  context: FormatContext
): ReadonlyArray<Check> {
  const samples = (): ReadonlyArray<Row> => fc.sample(rowArbitrary(shape), { numRuns: 40, seed })
  const back = shape.readBack ?? ((row: Row) => row)
  const types = typesOf(context)
  return [
    {
      name:
        "RowDecoder.decodeMessage() of a message cut off anywhere gives its row or one bad record, and the next row is whole",
      run: () => {
        const given = samples().slice(0, 6)
        const messages = encodeAll(factory, context, given, "plain")
        messages.forEach((message, i) => {
          const longer = new Uint8Array(message.length + 1)
          longer.set(message)
          const more = decodeAll(factory, context, [longer], false)
          if (shape.strict) assert.equal(more.bad.length, 1, "a byte behind the record is passed")
          for (let length = 0; length < message.length; length++) {
            const next = messages[(i + 1) % messages.length]!
            const cut = decodeAll(factory, context, [message.slice(0, length), next], true)
            const outcomes = cut.rows.length - 1 + cut.bad.length
            assert.ok(
              outcomes === 1 || (outcomes === 0 && length === 0),
              `${outcomes} of ${length} bytes`
            )
            if (shape.strict && length > 0) {
              assert.equal(cut.bad.length, 1, `${length} bytes are taken for a row`)
            }
            assert.deepEqual(cut.rows.at(-1), back(given[(i + 1) % given.length]!))
            for (const record of cut.bad) checkBad(record)
          }
        })
      }
    },
    {
      name:
        `RowDecoder.decodeMessage() of ${hostileInputs} hostile messages throws nothing, ends, grows by nothing, and gives rows or a bad record for each`,
      run: () => {
        const given = samples()
        const messages = encodeAll(factory, context, given, "plain")
        const bad: Array<BadRecord> = []
        const decoder = factory.decoder!(context, (record) => bad.push(record))
        const good = messages[0]!
        const wanted = JSON.stringify(back(given[0]!), printable)
        const before = heldBytes()
        let deep = 0
        for (const { bytes, intact } of hostileInputsOf(messages, hostileInputs, seed)) {
          bad.length = 0
          const began = performance.now()
          decoder.decodeMessage(bytes, 0, bytes.length)
          assert.ok(performance.now() - began < stallMillisMax, "a message stalls the decoder")
          const { rows } = decoder
          const outcomes = (rows > 0 ? 1 : 0) + bad.length
          assert.ok(
            outcomes === 1 || (shape.several === true && outcomes > 1) ||
              (bytes.length === 0 && outcomes === 0),
            `${outcomes} outcomes of ${Buffer.from(bytes).toString("hex")}`
          )
          if (rows > 0 || intact * 2 >= bytes.length) deep++
          decoder.decodeMessage(good, 0, good.length)
          const all: Array<Row> = []
          drain(decoder, types, all)
          assert.equal(JSON.stringify(all.at(-1), printable), wanted, "the next message is whole")
          for (const record of bad) checkBad(record)
        }
        assert.ok(deep * 2 >= hostileInputs, `${deep} of ${hostileInputs} went past half`)
        const grown = heldBytes() - before
        assert.ok(grown < growthBytesMax, `${grown} bytes more are held`)
        assert.equal(Object.keys(Object.prototype).length, 0, "nothing was added to every object")
      }
    }
  ]
}

function printable(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}n` : Object.is(value, -0) ? "-0" : value
}

function checkBad(record: BadRecord): void {
  assert.match(record.error, /^[A-Z][\s\S]*[^.]$/, "an error is a sentence without a full stop")
  assert.ok(record.bytes.length <= 65536)
}

/** Run the suite for a format. Each case is a `describe`. */
export function messageSuite(factory: FormatFactory, cases: ReadonlyArray<MessageCase>): void {
  for (const shape of cases) {
    register(
      `${factory.identifier} messages: ${shape.name} (SEED=${seed})`,
      messageChecks(factory, shape)
    )
  }
}
