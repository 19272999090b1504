/**
 * What every bulk format must do with files that are cut off or damaged: rows or a typed fault that names the file, never another error, never without
 * end, never more memory than the file can have asked for.
 */
import assert from "node:assert/strict"
import { type FormatContext, type FormatFactory, isFault } from "@millrace/core/internal"
import { memoryFile, readBatches, rowsOf, type Value, writeRows } from "./bulk.ts"
import { type Check, hostileInputs, register, seed } from "./check.ts"
import { heldBytes, hostileInputsOf } from "./hostile.ts"

const growthBytesMax = 256 * 2 ** 20
const stallMillisMax = 5000

/** What reading a damaged file came to. */
function attempt(
  factory: FormatFactory,
  context: FormatContext,
  bytes: Uint8Array
): ReadonlyArray<ReadonlyArray<Value>> | undefined {
  try {
    return rowsOf(readBatches(factory, context, memoryFile("damaged", bytes)))
  } catch (cause) {
    if (!isFault(cause)) throw cause
    assert.match(cause.message, /damaged/, "the fault names the file")
    return undefined
  }
}

/** The checks. `contexts`: one for each variant to write with; all have the same columns. */
export function bulkDamageChecks(
  factory: FormatFactory,
  contexts: ReadonlyArray<FormatContext>,
  rows: ReadonlyArray<ReadonlyArray<Value>>,
  /** Whether a file ends in a way that can be told from being cut off between its parts. */
  footer: boolean
): ReadonlyArray<Check> {
  const files = (): ReadonlyArray<Uint8Array> =>
    contexts.map((context) => writeRows(factory, context, rows, 64, "plain"))
  return [
    {
      name:
        `${factory.identifier}.bulkReader() of a file cut off anywhere gives a fault, or the rows before the cut`,
      run: () => {
        for (const bytes of files()) {
          const step = Math.max(1, Math.floor(bytes.length / 400))
          for (let length = 0; length < bytes.length; length += step) {
            const found = attempt(factory, contexts[0]!, bytes.slice(0, length))
            if (footer) {
              assert.equal(found, undefined, `${length} of ${bytes.length} bytes are a file`)
            } else if (found !== undefined) assert.deepEqual(found, rows.slice(0, found.length))
          }
        }
      }
    },
    {
      name:
        `${factory.identifier}.bulkReader() of ${hostileInputs} hostile files ends in rows or a typed fault, and grows by nothing`,
      run: () => {
        const before = heldBytes()
        let deep = 0
        for (const { bytes, intact } of hostileInputsOf(files(), hostileInputs, seed)) {
          const began = performance.now()
          const found = attempt(factory, contexts[0]!, bytes)
          assert.ok(performance.now() - began < stallMillisMax, "a file stalls the reader")
          if (found !== undefined || intact * 2 >= bytes.length) deep++
        }
        assert.ok(deep * 2 >= hostileInputs, `${deep} of ${hostileInputs} went past half`)
        const grown = heldBytes() - before
        assert.ok(grown < growthBytesMax, `${grown} bytes more are held`)
        assert.equal(Object.keys(Object.prototype).length, 0, "nothing was added to every object")
      }
    }
  ]
}

/** Run them as tests. */
export function bulkDamageSuite(
  factory: FormatFactory,
  contexts: ReadonlyArray<FormatContext>,
  rows: ReadonlyArray<ReadonlyArray<Value>>,
  footer: boolean
): void {
  register(
    `${factory.identifier} files that are damaged (SEED=${seed})`,
    bulkDamageChecks(factory, contexts, rows, footer)
  )
}
