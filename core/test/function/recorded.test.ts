/**
 * Claim: every recorded call has the type and value that Flink 2.3 gave it, whether it is folded or computed by a generated loop.
 * Model: `recorded/*.jsonl`, written by `npm run record-functions`. What Flink refuses may run here; what fails there in a
 * row fails here too. Exceptions stand in `differences.ts` with their reasons.
 */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { isFault } from "../../src/fault.ts"
import { format } from "../../src/type/logical-type.ts"
import { differences, patterns } from "./differences.ts"
import { type Evaluated, evaluateFolded, evaluateGenerated } from "./evaluate.ts"

interface Recorded {
  readonly sql: string
  readonly type?: string
  readonly value?: string | null
  /** The class of the exception. */
  readonly error?: string
}

const groups = ["logic", "number", "text", "temporal", "conversion", "collection", "json"]

function read(group: string): ReadonlyArray<Recorded> {
  const text = readFileSync(new URL(`recorded/${group}.jsonl`, import.meta.url), "utf8")
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as Recorded)
}

function shownValue({ value }: Evaluated): string | null {
  return value instanceof Uint8Array
    ? Buffer.from(value).toString("base64")
    : value as string | null
}

/** Doubles may differ in their last digits: runtimes have mathematics of their own. */
function agree(a: string | null, b: string | null, type: string): boolean {
  if (a === b) return true
  // Maps have no order.
  const entries = (text: string | null) => text?.slice(1, -1).split(", ").sort().join()
  if (/^(MAP|MULTISET)/.test(type)) return entries(a) === entries(b)
  if (a === null || b === null || !type.startsWith("DOUBLE")) return false
  const [x, y] = [Number(a), Number(b)]
  return Math.abs(x - y) <= 4e-15 * Math.abs(y)
}

function attempt(compute: () => Evaluated | undefined): Evaluated | Error | undefined {
  try {
    return compute()
  } catch (error) {
    if (isFault(error)) return error as Error
    throw error
  }
}

/** Exceptions that a value gives rise to; others tell of what Flink's planner does not allow or fails to do. */
const ofValues = new Set(["ArithmeticException", "NumberFormatException", "DateTimeException"])

/** The type; whether the whole may be NULL is judged by values, as Flink does not always say when a function gives NULL. */
function sameType(got: string, wanted: string, sql: string): boolean {
  // Flink counts the units of UTF-16 in literals, we count characters.
  const plain = (text: string) => {
    const nullable = text.replace(/ NOT NULL$/, "")
    return sql.includes("😀") ? nullable.replace(/CHAR\(\d+\)/g, "CHAR") : nullable
  }
  return plain(got) === plain(wanted)
}

function problemOf(
  got: Evaluated | Error | undefined,
  wanted: Recorded,
  typed: boolean
): string | undefined {
  if (got === undefined) return undefined
  if (wanted.error !== undefined) {
    const must = ofValues.has(wanted.error)
    return got instanceof Error || !must ? undefined : `is ${shownValue(got)}, but must fail`
  }
  if (got instanceof Error) return `fails: ${got.message.split("\n")[0]}`
  const type = format(got.type)
  const same = sameType(type, wanted.type!, wanted.sql)
  if (typed && !same) return `is of ${type}, but must be of ${wanted.type}`
  const value = shownValue(got)
  if (value === null && !got.type.nullable) return `is NULL, but of ${type}`
  if (!same || agree(value, wanted.value!, wanted.type!)) return undefined
  return `is ${JSON.stringify(value)}, but must be ${JSON.stringify(wanted.value)}`
}

/** What is wrong with a call, if anything. */
function check(recorded: Recorded): string | undefined {
  const folded = problemOf(attempt(() => evaluateFolded(recorded.sql)), recorded, true)
  if (folded !== undefined) return folded
  const generated = problemOf(attempt(() => evaluateGenerated(recorded.sql)), recorded, false)
  return generated && `generated ${generated}`
}

describe("recorded calls", () => {
  for (const group of groups) {
    it(`recorded calls of ${group} have Flink's types and values`, () => {
      const problems: Array<string> = []
      for (const recorded of read(group)) {
        const problem = check(recorded)
        if (problem !== undefined && patterns.some(({ form }) => form.test(recorded.sql))) continue
        const known = differences[recorded.sql] !== undefined
        if (known && problem === undefined) {
          problems.push(`${recorded.sql} is no difference any more`)
        } else if (!known && problem !== undefined) problems.push(`${recorded.sql} ${problem}`)
      }
      const shown = process.env["ALL"] === undefined ? problems.slice(0, 20) : problems
      assert.equal(problems.length, 0, `${problems.length} differ:\n${shown.join("\n")}`)
    })
  }
})
