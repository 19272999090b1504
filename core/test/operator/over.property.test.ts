/**
 * Claim: OVER gives each row what its frame, its place and its neighbours say: once and in order of time over event time, as a changelog over
 * rows that come and go, at the end in batch mode. Model: `naive-over.ts`. Generator: few partitions, equal times and values, NULLs, frames
 * of rows and ranges with ends on either side. A failure: a wrong frame, a forgotten or doubled row, state lost by a cut.
 */
import { describe, it } from "node:test"
import assert from "node:assert/strict"
import * as fc from "fast-check"
import type { Boxed } from "../../src/state/boxed.ts"
import { compileOver } from "../../src/table/compile-over.ts"
import type { Frame, FrameBound, OverCall, SortKey } from "../../src/table/expression.ts"
import type { PlanNode, PlanWork } from "../../src/table/plan.ts"
import { simple, string, timestamp } from "../../src/type/logical-type.ts"
import type { LogicalType } from "../../src/type/logical-type.ts"
import { type Form, seed } from "../state/kit.ts"
import {
  changelog,
  cuts,
  groupsHeld,
  type Input,
  insert,
  materialize,
  run,
  sameWhenCut,
  type Subject,
  tableOf
} from "./kit.ts"
import { type NaiveOver, naiveOver } from "./naive-over.ts"

type OverWork = Extract<PlanWork, { readonly kind: "over" }>

const types: ReadonlyArray<LogicalType> = [
  string,
  timestamp(3, false),
  simple("BIGINT"),
  simple("DOUBLE"),
  simple("BOOLEAN"),
  simple("INT", false)
]
const schema = types.map((type, k) => ({ name: `c${k}`, type }))
const bigint = simple("BIGINT")
const double = simple("DOUBLE")

type Template = Omit<OverCall, "frame" | "filter" | "distinct" | "offset"> & Partial<OverCall>

function call(name: string, args: Array<number>, type: LogicalType): Template {
  return { name, args, type }
}

const aggregates: ReadonlyArray<Template> = [
  call("count", [], simple("BIGINT", false)),
  call("sum", [2], bigint),
  { ...call("sum", [2], bigint), filter: 4 },
  { ...call("count", [2], simple("BIGINT", false)), distinct: true },
  call("avg", [2], bigint),
  call("min", [3], double),
  call("max", [2], bigint)
]
/** Depend on the order of equal rows. */
const placed: ReadonlyArray<Template> = [
  call("sum", [3], double),
  call("first_value", [2], bigint),
  call("last_value", [3], double)
]
const numbers: ReadonlyArray<Template> = [
  call("rank", [], simple("BIGINT", false)),
  call("dense_rank", [], simple("BIGINT", false))
]
const shifts: ReadonlyArray<Template> = [
  call("row_number", [], simple("BIGINT", false)),
  { ...call("lag", [2], bigint), offset: 1 },
  { ...call("lag", [3, 3], double), offset: 2 }
]
const whole: ReadonlyArray<Template> = [
  { ...call("lead", [2], bigint), offset: 2 },
  { ...call("ntile", [], simple("INT", false)), offset: 3 },
  call("percent_rank", [], simple("DOUBLE", false)),
  call("cume_dist", [], simple("DOUBLE", false))
]

const end: fc.Arbitrary<FrameBound> = fc.oneof(
  fc.constant("unbounded" as const),
  fc.integer({ min: -3, max: 3 })
)
const frame: fc.Arbitrary<Frame> = fc.tuple(fc.constantFrom("rows", "range"), end, end)
  .filter(([, low, high]) => low === "unbounded" || high === "unbounded" || low <= high)
  .map(([unit, low, high]): Frame => ({ unit: unit as Frame["unit"], low, high }))
/** What a stream ordered by time can do: frames that end at the current row. */
const timedFrame: fc.Arbitrary<Frame> = fc.tuple(
  fc.constantFrom("rows", "range"),
  fc.oneof(fc.constant("unbounded" as const), fc.integer({ min: -3, max: 0 }))
).map(([unit, low]): Frame => ({ unit: unit as Frame["unit"], low, high: 0 }))

function overs(
  frames: fc.Arbitrary<Frame>,
  orders: fc.Arbitrary<ReadonlyArray<SortKey>>,
  templates: ReadonlyArray<Template>
): fc.Arbitrary<NaiveOver> {
  return fc.record({
    partition: fc.constantFrom([0], [], [4, 0]),
    order: orders,
    frames: fc.array(frames, { minLength: 1, maxLength: 2 }),
    templates: fc.uniqueArray(fc.constantFrom(...templates), { minLength: 1, maxLength: 4 }),
    picks: fc.array(fc.nat(1), { minLength: 4, maxLength: 4 })
  }).map(({ partition, order, frames, templates, picks }) => ({
    partition,
    order,
    // A range counts in values of a single column.
    frames: frames.map((one) => order.length > 1 ? { ...one, unit: "rows" as const } : one),
    calls: templates.map((template, i): OverCall => ({
      filter: undefined,
      distinct: false,
      offset: undefined,
      ...template,
      frame: framed(template) ? picks[i]! % frames.length : undefined
    }))
  }))
}

function framed({ name }: Template): boolean {
  return [...aggregates, ...placed].some((one) => one.name === name)
}

function subjectOf(over: NaiveOver, mode: OverWork["mode"], updateBefore = true): Subject {
  const results = over.calls.map((one, i) => ({ name: `r${i}`, type: one.type }))
  const work: OverWork = { kind: "over", mode, ...over }
  const node: Partial<PlanNode> = {
    schema: [...schema, ...results],
    changelog: { insert: true, updateBefore, updateAfter: true, delete: true }
  }
  const input: Partial<PlanNode> = { schema }
  return {
    make: compileOver(work, node as PlanNode, input as PlanNode, over.partition),
    inputs: [types],
    output: [...types, ...over.calls.map((one) => one.type)],
    groupBy: [over.partition]
  }
}

const byTime: ReadonlyArray<SortKey> = [{ column: 1, descending: false, nullsFirst: true }]
const key = (column: number): fc.Arbitrary<SortKey> =>
  fc.record({ column: fc.constant(column), descending: fc.boolean(), nullsFirst: fc.boolean() })
const loose: fc.Arbitrary<ReadonlyArray<SortKey>> = fc.tuple(
  fc.constantFrom(1, 2)
    .chain(key)
)
const total: fc.Arbitrary<ReadonlyArray<SortKey>> = fc.oneof(
  fc.tuple(key(2), key(5)),
  fc.tuple(key(5))
)

const values = fc.tuple(
  fc.constantFrom<Boxed>(null, new Uint8Array([97]), new Uint8Array([98])),
  fc.integer({ min: 0, max: 9 }),
  fc.option(fc.bigInt({ min: -4n, max: 4n }), { freq: 4 }),
  fc.constantFrom<Boxed>(null, 0.5, 1.25, 1e16, -3),
  fc.constantFrom<Boxed>(null, true, false)
)
const rows = fc.array(values, { maxLength: 30 }).map((all) =>
  all.map((row, i): ReadonlyArray<Boxed> => [...row, i])
)

function batches(
  all: ReadonlyArray<Input & { readonly rows: unknown }>,
  size: number,
  form: Form
): ReadonlyArray<Input> {
  const flat = all.flatMap((one) =>
    "rows" in one ? one.rows as Array<ReturnType<typeof insert>> : []
  )
  const inputs: Array<Input> = []
  for (let at = 0; at < flat.length; at += size) {
    inputs.push({ input: 0, rows: flat.slice(at, at + size), form })
  }
  return inputs
}

const sizes = fc.integer({ min: 1, max: 9 })
const forms = fc.constantFrom<Form>("plain", "other")

/** Rows of random times with watermarks between; what comes at or before one is late. */
const streams = fc.tuple(rows, fc.array(fc.record({ after: sizes, time: fc.nat(9) })), forms)
  .map(([all, marks, form]) => {
    const inputs: Array<Input> = []
    const kept: Array<ReadonlyArray<Boxed>> = []
    let watermark = -Infinity
    let at = 0
    for (const { after, time } of [...marks, { after: all.length, time: 0 }]) {
      const part = all.slice(at, at + after)
      at += after
      if (part.length > 0) {
        inputs.push({ input: 0, rows: part.map((row) => insert(...row)), form })
        kept.push(...part.filter((row) => (row[1] as number) > watermark))
      }
      if (time > watermark) inputs.push({ watermark: watermark = time })
    }
    return { inputs, kept }
  })

describe("OVER", () => {
  const timed = overs(timedFrame, fc.constant(byTime), [
    ...aggregates,
    ...placed,
    ...numbers,
    ...shifts
  ])
  it("makeOverTime() gives each row once, in order of event time", () => {
    fc.assert(
      fc.property(timed, streams, (over, { inputs, kept }) => {
        const { out } = run(subjectOf(over, "event-time"), inputs)
        assert.deepEqual(materialize(out), tableOf(naiveOver(over, types, kept)))
        assert.ok(out.every((row, i) => i === 0 || row.values[1]! >= out[i - 1]!.values[1]!))
      }),
      { seed, numRuns: 300 }
    )
  })

  it("makeOverTime() goes on after a cut", () => {
    fc.assert(
      fc.property(
        timed,
        streams,
        cuts(20),
        (over, { inputs }, cut) => sameWhenCut(subjectOf(over, "event-time"), inputs, cut)
      ),
      { seed, numRuns: 150 }
    )
  })

  it("makeOverTime() in order of arrival gives each row at once", () => {
    const rowsOnly = overs(
      timedFrame.map((one): Frame => ({ ...one, unit: "rows" })),
      fc.constant(byTime),
      [...aggregates, ...placed, ...shifts]
    )
    fc.assert(
      fc.property(rowsOnly, rows, sizes, forms, (over, all, size, form) => {
        const arriving = all.map((row, i) => row.with(1, i))
        const inputs = batches(
          [{ input: 0, rows: arriving.map((row) => insert(...row)), form }],
          size,
          form
        )
        const { out } = run(subjectOf(over, "processing-time"), inputs)
        assert.deepEqual(materialize(out), tableOf(naiveOver(over, types, arriving)))
      }),
      { seed, numRuns: 100 }
    )
  })

  it("makeOverTime() forgets partitions that a range cannot reach any more", () => {
    const over: NaiveOver = {
      partition: [0],
      order: byTime,
      frames: [{ unit: "range", low: -2, high: 0 }],
      calls: [{
        ...call("count", [], bigint),
        frame: 0,
        filter: undefined,
        distinct: false,
        offset: undefined
      }]
    }
    const row = insert(new Uint8Array([97]), 5, null, null, null, 0)
    const inputs: ReadonlyArray<Input> = [{ input: 0, rows: [row], form: "plain" }, {
      watermark: 5
    }]
    assert.equal(groupsHeld(subjectOf(over, "event-time"), inputs), 1)
    assert.equal(groupsHeld(subjectOf(over, "event-time"), [...inputs, { watermark: 5000 }]), 0)
  })

  for (
    const [name, updating] of [
      ["equal rows", overs(frame, loose, [...aggregates, ...numbers, ...whole.slice(2)])],
      [
        "a total order",
        overs(frame, total, [...aggregates, ...placed, ...numbers, ...shifts, ...whole])
      ]
    ] as const
  ) {
    const histories = fc.tuple(rows, fc.array(fc.boolean(), { maxLength: 60 }), sizes, forms)
      .map(([all, backs, size, form]) => {
        const steps = all.flatMap((row, i) => [
          { values: row, takeBack: false },
          ...backs[i] === true ? [{ values: row, takeBack: true }] : []
        ])
        const { rows, table } = changelog(steps)
        return { inputs: batches([{ input: 0, rows, form }], size, form), table }
      })

    it(`makeOverUpdate() tells the results of the rows that are left, with ${name}`, () => {
      fc.assert(
        fc.property(updating, histories, (over, { inputs, table }) => {
          const { out } = run(subjectOf(over, "update"), inputs)
          assert.deepEqual(materialize(out), tableOf(naiveOver(over, types, table)))
        }),
        { seed, numRuns: 250 }
      )
    })

    it(`makeOverUpdate() goes on after a cut, with ${name}`, () => {
      fc.assert(
        fc.property(
          updating,
          histories,
          cuts(20),
          fc.boolean(),
          (over, { inputs }, cut, before) =>
            sameWhenCut(subjectOf(over, "update", before), inputs, cut)
        ),
        { seed, numRuns: 100 }
      )
    })

    it(`makeOverFinal() computes at the end, with ${name}`, () => {
      fc.assert(
        fc.property(updating, rows, sizes, forms, cuts(5), (over, all, size, form, cut) => {
          const inputs = batches(
            [{ input: 0, rows: all.map((row) => insert(...row)), form }],
            size,
            form
          )
          const want = tableOf(naiveOver(over, types, all))
          assert.deepEqual(materialize(run(subjectOf(over, "final"), inputs).out), want)
          assert.deepEqual(materialize(run(subjectOf(over, "final"), inputs, cut).out), want)
        }),
        { seed, numRuns: 150 }
      )
    })
  }
})
